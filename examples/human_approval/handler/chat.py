"""Messages to the chat, in Slack's format: text, and buttons that contain the callback's id."""

import json
from typing import Any
from urllib.request import Request, urlopen

TIMEOUT_SECONDS = 10


def question(order_id: str, amount_cents: int, callback_id: str) -> dict[str, Any]:
    """Return the message that asks for a refund. A button's value may have 2,000 characters; an id has fewer."""
    text = f"Refund {amount_cents / 100:.2f} for order {order_id}?"
    buttons = [
        {
            "type": "button",
            "action_id": action,
            "value": callback_id,
            "style": style,
            "text": {"type": "plain_text", "text": action.capitalize()},
        }
        for action, style in (("approve", "primary"), ("reject", "danger"))
    ]
    section = {"type": "section", "text": {"type": "plain_text", "text": text}}
    return {"text": text, "blocks": [section, {"type": "actions", "elements": buttons}]}


def post(url: str, message: dict[str, Any]) -> None:
    """Post a message to the chat's incoming webhook.

    Raises:
        OSError: the chat did not accept it; HTTPError and URLError are subclasses.
    """
    body, headers = json.dumps(message).encode(), {"content-type": "application/json"}
    request = Request(url, data=body, headers=headers)  # noqa: S310 - the deployment chose the URL
    with urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
        pass
