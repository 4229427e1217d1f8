"""What the command says of AWS's refusals and of answers it did not expect: the reason, and what to do."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, NoRegionError

from cli import recovery
from cli import stack as stacks
from cli.__main__ import explained
from cli.commands import start
from cli.log_groups import group_of


def refusal(code: str, message: str = "no") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "ListDurableExecutionsByFunction")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (refusal("ExpiredTokenException"), "the credentials have expired: sign in again"),
        (refusal("RequestExpired"), "the credentials have expired: sign in again"),
        (refusal("UnrecognizedClientException"), "AWS does not know these credentials: check AWS_PROFILE"),
        (refusal("AccessDeniedException"), "these credentials lack a permission; see grant_read"),
        (NoCredentialsError(), "sign in to AWS, or for the local cloud: eval"),
        (NoRegionError(), "sign in to AWS, or for the local cloud: eval"),
        (EndpointConnectionError(endpoint_url="http://127.0.0.1:9"), "is it running? (make up)"),
        (refusal("ThrottlingException"), "(ThrottlingException)"),
        (
            refusal("ResourceNotFoundException", "Function not found: arn:x:7"),
            "doctor` shows which versions and aliases exist",
        ),
        (
            refusal("ResourceNotFoundException", "The specified log group does not exist."),
            "shows how to recreate it",
        ),
    ],
)
def test_errors_say_what_to_do(error: Exception, said: str) -> None:
    assert said in explained(error)
    assert str(error) in explained(error)


FUNCTION = stacks.Function("orders", "orders-1a2b", "arn:aws:lambda:eu-west-1:1:function:orders-1a2b", "live")


class Plain:
    """Lambda, where the function is not durable and version 1 was deleted."""

    def invoke(self, **_: Any) -> dict[str, Any]:
        return {"StatusCode": 202}

    def get_function_configuration(self, **request: str) -> dict[str, Any]:
        if request.get("Qualifier") == "1":
            raise refusal("ResourceNotFoundException")
        return {"LoggingConfig": {"LogGroup": "logs"}}


def test_an_invoke_that_starts_no_execution_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "functions_of", lambda _: {"orders": FUNCTION})
    monkeypatch.setattr(stacks.Function, "client", lambda _: Plain())
    for sync in (False, True):
        with pytest.raises(stacks.CommandError, match="is not durable") as caught:
            start.invoke("orders", "{}", sync=sync)
        assert "`durable doctor orders` shows why" in str(caught.value)


def test_a_log_group_is_known_after_its_version_was_deleted() -> None:
    for version in ("1", "2"):
        assert group_of(Plain(), FUNCTION, f"{FUNCTION.arn}:{version}/durable-execution/a/b") == "logs"


def test_what_was_being_made_without_a_name_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = {
        "urn": "urn:pulumi:s::p::aws:cloudwatch/logGroup:LogGroup::orders",
        "type": "aws:cloudwatch/logGroup:LogGroup",
        "inputs": {"namePrefix": "/aws/lambda/orders-"},
    }
    state = {"deployment": {"pending_operations": [{"type": "creating", "resource": resource}]}}
    monkeypatch.setattr(recovery, "export_state", lambda _: state)
    assert [each.existing_id for each in recovery.pending_creations(None)] == [None]
