"""Who may do what in the local cloud: the control plane's evaluator in process, asked by the gateway over its stubs.

Not proved here: real handlers, and the grants of the components; the project's tests/e2e/test_permissions.py does.
"""

import base64
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from aws_durable_execution_sdk_python_testing.token import CallbackToken
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from ministack import app
from ministack.core import iam_actions
from ministack.services import iam, lambda_svc

import in_process
from local_cloud.errors import CloudError
from local_cloud.gateway import lambda_actions, simulation
from local_cloud.gateway.aws_errors import AwsError
from local_cloud.gateway.functions import Function, own_authorization
from local_cloud.gateway.permissions import delivery_refusal, role_refusal
from local_cloud.process import LocalCloud
from stubbed_gateway import ACCOUNT, ARN, REGION, Cloudlet

LIVE = f"{ARN}orders:live"
POLICY = "/2015-03-31/functions/orders/policy"
IAM_URL = {"AuthType": "AWS_IAM", "Cors": {"AllowOrigins": ["*"]}}
EXECUTION = f"{ARN}orders:1/durable-execution/order-1/id"
RULE = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/nightly"


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloudlet]:
    with Cloudlet(tmp_path) as cloud:
        yield cloud


def allowing(action: str | list[str], resource: str) -> str:
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [allowed]})


class ControlPlane:
    """The real one, in process."""

    def send(
        self, method: str, path: str, service: str, account: str = "test", **content: Any
    ) -> httpx.Response:
        authorization = own_authorization(account, REGION).replace("/lambda/", f"/{service}/")
        response = in_process.send(app.app, method, path, headers={"authorization": authorization}, **content)
        return response.raise_for_status()

    def iam(self, action: str, account: str = "test", **parameters: str) -> str:
        form = {"Action": action, "Version": "2010-05-08", **parameters}
        return self.send("POST", "/", "iam", account, data=form).text

    def role(self, name: str, policy: str, boundary: str | None = None) -> Function:
        """Make a role, and return a function that runs with it."""
        more = {} if boundary is None else {"PermissionsBoundary": boundary}
        self.iam(
            "CreateRole", RoleName=name, AssumeRolePolicyDocument=allowing("sts:AssumeRole", "*"), **more
        )
        self.iam("PutRolePolicy", RoleName=name, PolicyName="p", PolicyDocument=policy)
        role = f"arn:aws:iam::{ACCOUNT}:role/{name}"
        return Function(ACCOUNT, REGION, "caller", "1", True, None, role_arn=role)

    def function(self, account: str) -> None:
        """Make the function `orders` with version 1 and alias `live`."""
        trust = allowing("sts:AssumeRole", "*")
        self.iam("CreateRole", account, RoleName="runner", AssumeRolePolicyDocument=trust)
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as made:
            made.writestr("index.py", "def handler(event, context): ...")
        function = {
            "FunctionName": "orders",
            "Role": f"arn:aws:iam::{account}:role/runner",
            "Handler": "index.handler",
            "Runtime": "python3.13",
            "Code": {"ZipFile": base64.b64encode(archive.getvalue()).decode()},
            "Publish": True,
        }
        alias = {"Name": "live", "FunctionVersion": "1"}
        for path, body in (("", function), ("/orders/aliases", alias)):
            self.send("POST", f"/2015-03-31/functions{path}", "lambda", account, json=body)

    def user(self, name: str, policy: str) -> Credentials:
        self.iam("CreateUser", UserName=name)
        self.iam("PutUserPolicy", UserName=name, PolicyName="p", PolicyDocument=policy)
        made = self.iam("CreateAccessKey", UserName=name)
        key, secret = (re.search(f"<{tag}>(.+?)</{tag}>", made) for tag in ("AccessKeyId", "SecretAccessKey"))
        assert key
        assert secret
        return Credentials(key[1], secret[1])


@pytest.fixture
def plane(monkeypatch: pytest.MonkeyPatch) -> Iterator[ControlPlane]:
    monkeypatch.setattr(app, "AUTH", True)
    for name in ("_lambda_action", "extract_resource_arn", "access_denied_response"):
        monkeypatch.setattr(iam_actions, name, getattr(iam_actions, name))
    monkeypatch.delitem(iam_actions._BOTOCORE_SERVICE_MAP, "lambda", raising=False)
    lambda_actions.install()
    monkeypatch.setattr(iam, "_IAM_HANDLERS", dict(iam._IAM_HANDLERS))
    simulation.install()
    yield ControlPlane()
    iam.reset()
    lambda_svc.reset()


def signed(cloud: Cloudlet, keys: Credentials, method: str, path: str, body: bytes = b"") -> httpx.Response:
    request = AWSRequest(method, f"http://local{path}", data=body)
    SigV4Auth(keys, "lambda", REGION).add_auth(request)
    return cloud.request(
        method, path, body, **{name.lower(): value for name, value in request.headers.items()}
    )


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("POST", "/2015-03-31/functions/orders/invocations", "InvokeFunction"),
        ("PUT", "/2015-03-31/functions/orders/aliases/live", "UpdateAlias"),
        ("GET", "/2015-03-31/functions/orders/configuration", "GetFunctionConfiguration"),
        ("POST", "/2025-12-01/durable-executions/arn/checkpoint", "CheckpointDurableExecution"),
        ("GET", "/2025-12-01/durable-executions/arn", "GetDurableExecution"),
        ("GET", "/2025-12-01/functions/orders/durable-executions", "ListDurableExecutionsByFunction"),
        ("POST", "/2025-12-01/durable-execution-callbacks/id/fail", "SendDurableExecutionCallbackFailure"),
        ("PUT", "/2025-12-01/nothing", None),
    ],
)
def test_actions_are_those_of_the_sdks_model(
    plane: ControlPlane, method: str, path: str, action: str | None
) -> None:
    assert lambda_actions.action_of(method, path) == action


@pytest.mark.parametrize(
    ("path", "query", "resource"),
    [
        ("/2015-03-31/functions/orders/invocations", {}, f"{ARN}orders"),
        ("/2015-03-31/functions/orders%3Alive/invocations", {}, LIVE),
        ("/2015-03-31/functions/orders/invocations", {"Qualifier": ["live"]}, LIVE),
        (
            "/2015-03-31/functions/000000000000%3Afunction%3Aorders/invocations",
            {"Qualifier": ["7"]},
            f"{ARN}orders:7",
        ),
        (f"/2015-03-31/functions/{LIVE}/invocations", {}, LIVE),
        (
            "/2025-12-01/functions/orders/durable-executions",
            {"Qualifier": ["$LATEST"]},
            f"{ARN}orders:$LATEST",
        ),
        (f"/2025-12-01/durable-executions/{EXECUTION.replace('/', '%2F')}/stop", {}, EXECUTION),
        (
            f"/2025-12-01/durable-execution-callbacks/{CallbackToken(EXECUTION, 'op').to_str()}/fail",
            {},
            EXECUTION,
        ),
        ("/2025-12-01/durable-execution-callbacks/nonsense/fail", {}, None),
        ("/2015-03-31/functions", {}, None),
    ],
)
def test_resources_are_named_as_they_are_requested(
    path: str, query: dict[str, list[str]], resource: str | None
) -> None:
    assert lambda_actions.resource_of(path, query, ACCOUNT, REGION) == resource


def test_a_name_that_cannot_be_a_functions_is_refused() -> None:
    with pytest.raises(AwsError, match="functionName"):
        lambda_actions.resource_of("/2015-03-31/functions/a b/invocations", {}, ACCOUNT, REGION)


def test_a_signed_request_is_authorized(cloud: Cloudlet, plane: ControlPlane) -> None:
    keys = plane.user("clerk", allowing("lambda:InvokeFunction", LIVE))
    path = "/2015-03-31/functions/orders%3A{}/invocations"
    assert signed(cloud, keys, "POST", path.format("live"), b'{"a": 1}').json() == {"got": {"a": 1}}
    denied = signed(cloud, keys, "POST", path.format("1"), b"{}")
    assert (denied.status_code, denied.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")
    assert denied.json()["message"] == (
        f"User: arn:aws:iam::{ACCOUNT}:user/clerk is not authorized to perform: lambda:InvokeFunction on resource: "
        f"{ARN}orders:1 because no identity-based policy allows the lambda:InvokeFunction action"
    )


@pytest.mark.parametrize(
    "path",
    [
        "/2015-03-31/function%73/orders%3A1/invocations",
        "/2015-03-31/functions/orders%3A1/invocations/",
        "/2015-03-31/functions/orders%3A1/%69nvocations?Qualifier=",
        "/%32025-12-01/functions/orders/durable-executions",
        "/2025-12-01/function%73/orders/durable-execution%73/",
    ],
)
def test_a_path_that_is_encoded_in_another_way_is_authorized_as_what_it_is_served_as(
    cloud: Cloudlet, plane: ControlPlane, path: str
) -> None:
    keys = plane.user("clerk", allowing("lambda:InvokeFunction", LIVE))
    denied = signed(cloud, keys, "GET" if "execution" in path else "POST", path, b"{}")
    assert (denied.status_code, denied.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")


def test_a_request_is_refused_whose_signature_is_not_the_callers(
    cloud: Cloudlet, plane: ControlPlane
) -> None:
    keys = plane.user("clerk", allowing("*", "*"))
    path = "/2015-03-31/functions/orders%3Alive/invocations"
    forged = signed(cloud, Credentials(keys.access_key, "guessed"), "POST", path, b"{}")
    assert (forged.status_code, forged.headers["x-amzn-errortype"]) == (403, "InvalidSignatureException")
    unknown = signed(cloud, Credentials("AKIAUNKNOWN", "guessed"), "POST", path, b"{}")
    assert (unknown.status_code, unknown.headers["x-amzn-errortype"]) == (403, "UnrecognizedClientException")
    unsigned = cloud.invoke("orders:live")
    assert unsigned.status_code == 403
    assert unsigned.headers["x-amzn-errortype"] == "MissingAuthenticationTokenException"


def test_everything_is_allowed_where_nothing_is_enforced(
    cloud: Cloudlet, plane: ControlPlane, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = plane.role("stranger", allowing("s3:GetObject", "*"))
    monkeypatch.setattr(app, "AUTH", False)
    assert cloud.invoke("orders:live").status_code == 200
    assert role_refusal(stranger, "lambda:InvokeFunction", LIVE) is None
    assert delivery_refusal("events.amazonaws.com", RULE, ACCOUNT, LIVE) is None


def test_a_function_may_do_what_its_role_allows_within_its_boundary(plane: ControlPlane) -> None:
    granted = allowing("lambda:InvokeFunction", LIVE)
    caller = plane.role("caller", granted)
    assert role_refusal(caller, "lambda:InvokeFunction", LIVE) is None
    assert role_refusal(caller, "lambda:InvokeFunction", f"{ARN}orders:1") == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/caller/caller is not authorized to perform: "
        f"lambda:InvokeFunction on resource: {ARN}orders:1 because no identity-based policy allows the "
        "lambda:InvokeFunction action"
    )
    plane.iam("CreatePolicy", PolicyName="boundary", PolicyDocument=allowing("sqs:SendMessage", "*"))
    bounded = plane.role("bounded", granted, f"arn:aws:iam::{ACCOUNT}:policy/boundary")
    assert role_refusal(bounded, "lambda:InvokeFunction", LIVE)
    plane.iam("DeleteRolePolicy", RoleName="caller", PolicyName="p")
    assert role_refusal(caller, "lambda:InvokeFunction", LIVE)


def test_another_accounts_function_needs_its_own_policy_too(cloud: Cloudlet, plane: ControlPlane) -> None:
    owner = "111111111111"
    live = LIVE.replace(ACCOUNT, owner)
    plane.function(owner)
    caller = Credentials(ACCOUNT, "test")
    user = plane.user("clerk", allowing("lambda:*", "*"))
    invoke = f"/2015-03-31/functions/{quote(live, safe='')}/invocations"
    listing = f"/2025-12-01/functions/{quote(live, safe='')}/durable-executions"
    history = f"/2025-12-01/durable-executions/{quote(EXECUTION.replace(ACCOUNT, owner), safe='')}/history"

    def refused(keys: Credentials, method: str, path: str) -> str:
        answer = signed(cloud, keys, method, path, b"{}")
        assert (answer.status_code, answer.headers["x-amzn-errortype"]) == (403, "AccessDeniedException")
        return str(answer.json()["message"])

    for keys, name in ((caller, "root"), (user, "user/clerk")):
        assert refused(keys, "POST", invoke) == (
            f"User: arn:aws:iam::{ACCOUNT}:{name} is not authorized to perform: lambda:InvokeFunction on resource: "
            f"{live} because no resource-based policy allows the lambda:InvokeFunction action"
        )
        for method, path, action in (
            ("GET", listing, "ListDurableExecutionsByFunction"),
            ("GET", history, "GetDurableExecutionHistory"),
            ("GET", invoke.replace("invocations", "configuration"), "GetFunctionConfiguration"),
            ("GET", invoke.replace("orders", "nothing").replace("invocations", "policy"), "GetPolicy"),
            ("GET", "/2017-03-31/tags/" + quote(live.removesuffix(":live"), safe=""), "ListTags"),
        ):
            assert f"because no resource-based policy allows the lambda:{action} action" in refused(
                keys, method, path
            )

    permission = {"StatementId": "s", "Action": "lambda:InvokeFunction", "Principal": ACCOUNT}
    plane.send("POST", f"{POLICY}?Qualifier=live", "lambda", owner, json=permission)
    for keys in (caller, user):
        assert signed(cloud, keys, "POST", invoke, b'{"a": 1}').json() == {"got": {"a": 1}}
    assert "no resource-based policy" in refused(caller, "POST", invoke.replace("live", "1"))
    permission |= {"StatementId": "t", "Action": "lambda:UpdateFunctionConfiguration"}
    plane.send("POST", POLICY, "lambda", owner, json=permission)
    update = f"/2015-03-31/functions/{quote(live.removesuffix(':live'), safe='')}/configuration"
    role = json.dumps({"Role": f"arn:aws:iam::{owner}:role/runner"}).encode()
    assert b"Cross-account pass role is not allowed" in signed(cloud, caller, "PUT", update, role).content
    assert signed(cloud, caller, "PUT", update, b"{}").status_code == 200
    assert "no resource-based policy" in refused(Credentials("222222222222", "test"), "POST", invoke)
    stranger = plane.user("stranger", allowing("sqs:*", "*"))
    assert "because no identity-based policy allows" in refused(stranger, "POST", invoke)


def test_a_simulation_finds_a_role_with_a_path_and_asks_about_every_resource(plane: ControlPlane) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/service/deep/worker"
    trust = allowing("sts:AssumeRole", "*")
    plane.iam("CreateRole", RoleName="worker", Path="/service/deep/", AssumeRolePolicyDocument=trust)
    inside = {"StringEquals": {"aws:SourceVpc": "vpc-1"}}
    statements = [
        {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": LIVE},
        {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*", "Condition": inside},
        {"Effect": "Deny", "Action": "lambda:InvokeFunction", "Resource": f"{ARN}orders:2"},
    ]
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    plane.iam("PutRolePolicy", RoleName="worker", PolicyName="p", PolicyDocument=policy)

    def decisions(action: str, operation: str = "SimulatePrincipalPolicy", **parameters: str) -> list[str]:
        asked = {"ActionNames.member.1": action} | {
            f"ResourceArns.member.{number}": resource
            for number, resource in enumerate((LIVE, f"{ARN}orders:1", f"{ARN}orders:2"), 1)
        }
        answer = plane.iam(operation, **asked, **parameters)
        return re.findall("<EvalDecision>(.*?)</EvalDecision>", answer)

    expected = ["allowed", "implicitDeny", "explicitDeny"]
    assert decisions("lambda:InvokeFunction", PolicySourceArn=arn) == expected
    custom = {"PolicyInputList.member.1": policy}
    assert decisions("lambda:InvokeFunction", "SimulateCustomPolicy", **custom) == expected
    key = {
        "ContextEntries.member.1.ContextKeyName": "aws:SourceVpc",
        "ContextEntries.member.1.ContextKeyValues.member.1": "vpc-1",
    }
    assert decisions("sqs:SendMessage", PolicySourceArn=arn) == ["implicitDeny"] * 3
    assert decisions("sqs:SendMessage", PolicySourceArn=arn, **key) == ["allowed"] * 3
    boundary = {"PermissionsBoundaryPolicyInputList.member.1": allowing("sqs:*", "*")}
    assert decisions("lambda:InvokeFunction", PolicySourceArn=arn, **boundary)[0] == "implicitDeny"
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        decisions("lambda:InvokeFunction", PolicySourceArn=arn.replace("deep/", ""))


@pytest.mark.parametrize(
    ("allowed", "answer"),
    [
        (["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"], 200),
        (["lambda:InvokeFunctionUrl"], 403),
        (["lambda:InvokeFunction"], 403),
    ],
)
def test_a_function_url_needs_two_permissions_of_its_caller(
    cloud: Cloudlet, plane: ControlPlane, allowed: list[str], answer: int
) -> None:
    plane.function(ACCOUNT)
    made = plane.send("POST", "/2021-10-31/functions/orders/url?Qualifier=live", "lambda", json=IAM_URL)
    name = made.json()["FunctionUrl"].partition("//")[2].partition(".")[0]
    path = f"/_aws/lambda-url/{name}"
    assert cloud.request("OPTIONS", path).status_code == 200  # asked by a browser, before it may sign
    keys = plane.user("clerk", allowing(allowed, LIVE))
    called = signed(cloud, keys, "POST", path, b"{}")
    assert called.status_code == answer
    by_name = AWSRequest("POST", f"http://{name}.lambda-url.us-east-1.on.aws/", data=b"{}")
    SigV4Auth(keys, "lambda", REGION).add_auth(by_name)
    headers = {"host": f"{name}.lambda-url.us-east-1.on.aws", **dict(by_name.headers.items())}
    assert in_process.send(cloud, "POST", "/", content=b"{}", headers=headers).status_code == answer
    if answer == 403:
        assert called.headers["access-control-allow-origin"] == "*"
        permissions: dict[str, dict[str, Any]] = {
            "lambda:InvokeFunctionUrl": {"FunctionUrlAuthType": "AWS_IAM"},
            "lambda:InvokeFunction": {"InvokedViaFunctionUrl": True},
        }
        for action, condition in permissions.items():
            permission = {"StatementId": action[7:], "Action": action, **condition}
            permission["Principal"] = f"arn:aws:iam::{ACCOUNT}:user/clerk"
            plane.send("POST", f"{POLICY}?Qualifier=live", "lambda", json=permission)
        assert signed(cloud, keys, "POST", path, b"{}").status_code == 200


def test_a_service_may_invoke_what_the_functions_policy_opens_to_its_resource(plane: ControlPlane) -> None:
    plane.function(ACCOUNT)
    permission = {
        "StatementId": "rule",
        "Action": "lambda:InvokeFunction",
        "Principal": "events.amazonaws.com",
        "SourceArn": RULE,
    }
    first = f"{ARN}orders:1"
    assert delivery_refusal("events.amazonaws.com", RULE, ACCOUNT, first)
    plane.send("POST", f"{POLICY}?Qualifier=1", "lambda", json=permission)
    assert delivery_refusal("events.amazonaws.com", RULE, ACCOUNT, first) is None
    for service, source, target in (
        ("events.amazonaws.com", f"{RULE}-other", first),
        ("sns.amazonaws.com", RULE, first),
        ("events.amazonaws.com", RULE, f"{ARN}orders"),
        ("events.amazonaws.com", RULE, f"{ARN}gone:1"),
    ):
        assert "because no resource-based policy allows" in str(
            delivery_refusal(service, source, ACCOUNT, target)
        )


def test_what_is_enforced_is_one_setting(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert LocalCloud(4700, tmp_path).environment()["AUTH"] == "true"
    assert LocalCloud(4700, tmp_path, "off").environment()["AUTH"] == "false"
    monkeypatch.setenv("LOCAL_IAM", "maybe")
    with pytest.raises(CloudError, match="LOCAL_IAM is 'maybe'; it must be enforce or off"):
        LocalCloud.from_environment()
