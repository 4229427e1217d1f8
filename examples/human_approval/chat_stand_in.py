"""A chat for the local cloud: receives a message, shows it, presses a button, and shows the reply.

    python chat_stand_in.py approve

It listens where the stack's `chatUrl` points, and signs with its `signingSecret`, as the real chat would.
"""

import argparse
import hashlib
import hmac
import http.server
import json
import os
import queue
import subprocess
import threading
import time
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import httpx


class Chat:
    """A chat that listens on a port of this machine, as a context manager."""

    def __init__(self, port: int) -> None:
        received = self._received = queue.Queue[dict[str, Any]]()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                received.put(json.loads(self.rfile.read(int(self.headers["content-length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                """Log nothing."""

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def message(self, seconds: float = 60) -> dict[str, Any]:
        """Wait for the next message.

        Raises:
            queue.Empty: there was none in time.
        """
        return self._received.get(timeout=seconds)

    def press(self, button: dict[str, Any], webhook_url: str, secret: str) -> None:
        """Press a button as a person in the chat.

        Raises:
            httpx.HTTPStatusError: the webhook has refused it.
        """
        press = {
            "type": "block_actions",
            "user": {"username": "ann"},
            "actions": [button],
            "response_url": f"http://127.0.0.1:{self._server.server_port}/response",
        }
        body, now = urlencode({"payload": json.dumps(press)}), str(int(time.time()))
        signature = hmac.new(secret.encode(), f"v0:{now}:{body}".encode(), hashlib.sha256).hexdigest()
        response = httpx.post(
            # On AWS, the host name identifies the function; the local cloud serves all functions at one address.
            os.environ["AWS_ENDPOINT_URL"],
            content=body,
            headers={
                "host": urlsplit(webhook_url).netloc,
                "content-type": "application/x-www-form-urlencoded",
                "x-slack-request-timestamp": now,
                "x-slack-signature": f"v0={signature}",
            },
            timeout=60,
        )
        response.raise_for_status()


def pulumi(*command: str) -> dict[str, Any]:
    """Run a Pulumi command on the selected stack, and return its JSON."""
    completed = subprocess.run(  # noqa: S603 - a fixed command
        ["pulumi", *command, "--json", "--show-secrets"],  # noqa: S607 - from PATH, as everywhere
        check=True,
        stdout=subprocess.PIPE,
    )
    output: dict[str, Any] = json.loads(completed.stdout)
    return output


def main() -> None:
    """Receive one message, and press the button that is named on the command line."""
    parser = argparse.ArgumentParser(description="A chat for the local cloud.")
    parser.add_argument("button", choices=["approve", "reject"])
    button = parser.parse_args().button
    config = {key.rpartition(":")[2]: value["value"] for key, value in pulumi("config").items()}
    webhook_url = pulumi("stack", "output")["webhook_url"]

    with Chat(urlsplit(config["chatUrl"]).port or 80) as chat:
        message = chat.message()
        buttons = {element["action_id"]: element for element in message["blocks"][1]["elements"]}
        print(f"chat  {message['text']}  [{'] ['.join(buttons)}]")
        print(f"      ann presses {button}")
        chat.press(buttons[button], webhook_url, config["signingSecret"])
        print(f"chat  {chat.message()['text']}")


if __name__ == "__main__":
    main()
