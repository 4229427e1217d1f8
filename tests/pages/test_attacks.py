"""What a page of another origin can do to the local cloud of whoever looks at it: nothing. A real browser, a real cloud."""

import base64
import io
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.conftest import LocalCloud
from tests.pages.conftest import launched

ATTACKER = "attacker.example"
ROLE = "arn:aws:iam::000000000000:role/planted"
TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["sts:AssumeRole"], '
    '"Principal": {"Service": "lambda.amazonaws.com"}}]}'
)
CODE = """
import pathlib
def handler(event, context):
    # A browser asks the host of any page for its icon by itself.
    if event.get("rawPath") != "/favicon.ico":
        pathlib.Path({mark!r}).write_text("ran")
"""
# No header that a browser would ask about first, and credentials in the query, where any were taken once.
SEND = """async ([url, type, body, mode]) => {
  try {
    const answer = await fetch(url, {method: body === null ? "GET" : "POST", mode, body,
                                     headers: type ? {"content-type": type} : {}});
    return mode === "cors" ? await answer.text() : answer.type;
  } catch (error) { return "refused: " + error; }
}"""


@pytest.fixture(scope="module")
def attackers_browser() -> Iterator[Browser]:
    """A browser in which the attacker's name leads to this machine, as a name server of the attacker's could say."""
    with launched(f"--host-resolver-rules=MAP {ATTACKER} 127.0.0.1") as started:
        yield started


@pytest.fixture
def tab(attackers_browser: Browser) -> Iterator[Page]:
    context = attackers_browser.new_context()
    try:
        yield context.new_page()
    finally:
        context.close()


@contextmanager
def site() -> Iterator[int]:
    """The attacker's site, which has an empty page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(b"<title>attack</title>")

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def claimed(service: str, key: str = "test") -> str:
    """Return a query that claims to be signed by the root."""
    now = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    scope = f"{key}%2F{now[:8]}%2Fus-east-1%2F{service}%2Faws4_request"
    return (
        f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={scope}&X-Amz-Date={now}"
        "&X-Amz-SignedHeaders=host&X-Amz-Expires=60&X-Amz-Signature=0"
    )


def archive(mark: Path) -> bytes:
    """Return code that leaves a mark when it runs."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as opened:
        opened.writestr("index.py", CODE.format(mark=str(mark)))
    return content.getvalue()


def posts(mark: Path) -> list[tuple[str, str | None, str]]:
    """Return the three requests of the attack: a role, a function, its invocation."""
    code = base64.b64encode(archive(mark)).decode()
    function = (
        f'{{"FunctionName": "planted", "Runtime": "python3.13", "Role": "{ROLE}", "Handler": "index.handler",'
        f'"Code": {{"ZipFile": "{code}"}}}}'
    )
    form = "application/x-www-form-urlencoded"
    role = f"Action=CreateRole&Version=2010-05-08&RoleName=planted&AssumeRolePolicyDocument={TRUST}"
    return [
        (f"/?{claimed('iam')}", form, role),
        (f"/2015-03-31/functions?{claimed('lambda')}", "text/plain", function),
        (f"/2015-03-31/functions/planted/invocations?{claimed('lambda')}", "text/plain", "{}"),
    ]


def planted(cloud: LocalCloud) -> list[str]:
    roles = [each["RoleName"] for each in cloud.client("iam").list_roles()["Roles"]]
    functions = [each["FunctionName"] for each in cloud.client("lambda").list_functions()["Functions"]]
    return [name for name in (*roles, *functions) if name == "planted"]


@pytest.mark.parametrize("home", [ATTACKER, "localhost", "127.0.0.1"])
def test_a_page_runs_no_code_and_reads_nothing(
    tab: Page, cloud: LocalCloud, tmp_path: Path, home: str
) -> None:
    mark = tmp_path / "mark"
    with site() as port:
        tab.goto(f"http://{home}:{port}/")
        for name in ("127.0.0.1", "localhost"):
            for path, type_, body in posts(mark):
                url = f"http://{name}:{cloud.port}{path}"
                # The browser does not tell the page what the answer was.
                assert tab.evaluate(SEND, [url, type_, body, "no-cors"]) == "opaque"
            for path in (
                f"/2015-03-31/functions?{claimed('lambda')}",
                "/",
                "/_ministack/config",
                "/_local/health",
            ):
                read = tab.evaluate(SEND, [f"http://{name}:{cloud.port}{path}", None, None, "cors"])
                assert read.startswith("refused: "), read
            tab.evaluate(SEND, [f"http://{name}:{cloud.port}/_ministack/reset", "text/plain", "", "no-cors"])
    assert planted(cloud) == []
    assert not mark.exists()


def test_a_page_whose_name_leads_to_the_cloud_runs_no_code(
    tab: Page, cloud: LocalCloud, tmp_path: Path
) -> None:
    """DNS rebinding: to the browser the cloud is the page's own origin."""
    own = f"http://{ATTACKER}:{cloud.port}"
    shown = tab.goto(f"{own}/")
    assert shown
    assert (shown.status, ATTACKER in shown.text()) == (403, True)
    for path, type_, body in posts(tmp_path / "mark"):
        assert "answers to 127.0.0.1" in tab.evaluate(SEND, [own + path, type_, body, "cors"])
    assert planted(cloud) == []


def test_a_page_that_knows_a_signed_url_does_not_use_it(tab: Page, cloud: LocalCloud) -> None:
    """A URL that was signed for somebody is of no use to the page that it leaks to."""
    made = cloud.client("s3").generate_presigned_url("list_buckets")
    assert httpx.get(made).status_code == 200
    with site() as port:
        tab.goto(f"http://{ATTACKER}:{port}/")
        assert tab.evaluate(SEND, [made, None, None, "cors"]).startswith("refused: ")


@pytest.fixture
def function_url(cloud: LocalCloud, tmp_path: Path) -> Iterator[str]:
    """The ID of a function URL that everybody may call, whose function leaves a mark."""
    iam, client = cloud.client("iam"), cloud.client("lambda")
    iam.create_role(RoleName="open", AssumeRolePolicyDocument=TRUST)
    client.create_function(
        FunctionName="open",
        Runtime="python3.13",
        Role=ROLE.replace("planted", "open"),
        Handler="index.handler",
        Code={"ZipFile": archive(tmp_path / "ran")},
    )
    made = client.create_function_url_config(FunctionName="open", AuthType="NONE")
    for action, condition in (
        ("lambda:InvokeFunctionUrl", {"FunctionUrlAuthType": "NONE"}),
        ("lambda:InvokeFunction", {"InvokedViaFunctionUrl": True}),
    ):
        client.add_permission(
            FunctionName="open", StatementId=action[7:], Action=action, Principal="*", **condition
        )
    try:
        yield made["FunctionUrl"].partition("//")[2].partition(".")[0]
    finally:
        client.delete_function_url_config(FunctionName="open")
        client.delete_function(FunctionName="open")
        iam.delete_role(RoleName="open")


def test_the_host_of_a_function_url_or_an_api_is_no_way_in(
    tab: Page, cloud: LocalCloud, function_url: str, tmp_path: Path
) -> None:
    mark, ran = tmp_path / "mark", tmp_path / "ran"
    inside = ["/_ministack/reset", "/_ministack/config", "/_local/health", "/health"]
    with site() as port:
        for name in (
            f"{function_url}.lambda-url.us-east-1",
            f"{'0' * 32}.lambda-url.us-east-1",
            "0a1b2c3d.execute-api",
        ):
            own = f"http://{name}.localhost:{cloud.port}"
            # From another page, and from the page that the function itself could serve.
            for home, mode in ((f"http://{ATTACKER}:{port}/", "no-cors"), (f"{own}/health", "cors")):
                tab.goto(home)
                for path, type_, body in [*posts(mark), *((each, "text/plain", "") for each in inside)]:
                    said = tab.evaluate(SEND, [own + path, type_, body, mode])
                    # What it claims to have signed is checked; what it does not sign gets no further than the function.
                    told = "make env" if path.startswith(("/?", "/2015")) else "serves no others"
                    assert said == "opaque" if mode == "no-cors" else told in said, said
            assert not ran.exists()
    assert planted(cloud) == []
    assert not mark.exists()
    # Its owner calls it by that name.
    host = f"{function_url}.lambda-url.us-east-1.localhost:{cloud.port}"
    assert httpx.get(cloud.endpoint, headers={"host": host}).status_code == 200
    assert ran.exists()


def test_a_web_socket_is_not_opened(tab: Page, cloud: LocalCloud) -> None:
    with site() as port:
        tab.goto(f"http://{ATTACKER}:{port}/")
        opened = tab.evaluate(
            """url => new Promise(done => {
              const socket = new WebSocket(url);
              socket.onopen = () => done("open");
              socket.onerror = () => done("refused");
            })""",
            f"ws://127.0.0.1:{cloud.port}/_aws/execute-api/0a1b2c3d/live",
        )
    assert opened == "refused"
