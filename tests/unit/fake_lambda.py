"""Lambda as far as `durable` calls it, with executions and histories that a test gives it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from cli.stack import Function

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:orders-1a2b"
FUNCTION = Function("orders", "orders-1a2b", ARN, "live")
BEGUN = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def refusal(code: str, message: str = "no", status: int = 400) -> ClientError:
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(response, "TheCall")


def execution(name: str, status: str = "SUCCEEDED", started: datetime = BEGUN, **more: Any) -> dict[str, Any]:
    ended = {} if status == "RUNNING" else {"EndTimestamp": started + timedelta(seconds=72)}
    return {
        "DurableExecutionArn": f"{ARN}:7/durable-execution/{name}/id-{started:%H%M%S}",
        "DurableExecutionName": name,
        "FunctionArn": f"{ARN}:7",
        "Version": "7",
        "Status": status,
        "StartTimestamp": started,
        **ended,
        **more,
    }


def event(after: float, kind: str, name: str, parent: str | None = None, **details: Any) -> dict[str, Any]:
    identity = name or "execution"
    made = {"EventType": kind, "Id": identity, "EventTimestamp": BEGUN + timedelta(seconds=after)}
    made |= {"Name": name} if name else {}
    made |= {"ParentId": parent} if parent else {}
    return {**made, f"{kind}Details": details}


class FakeLambda:
    """Answers by what it holds; what it is told stands in `calls`."""

    def __init__(self, *executions: dict[str, Any], events: list[dict[str, Any]] | None = None) -> None:
        self.executions = sorted(executions, key=lambda each: each["StartTimestamp"], reverse=True)
        self.events = events or []
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def get_paginator(self, name: str) -> Any:
        return type("Pages", (), {"paginate": lambda _, **request: self._pages(name, request)})()

    def _pages(self, name: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        self.calls.append((name, request))
        if name == "get_durable_execution_history":
            events = self.events[::-1] if request.get("ReverseOrder") else self.events
            yield {"Events": events}
            return
        yield {
            "DurableExecutions": [
                each
                for each in self.executions
                if request.get("DurableExecutionName", each["DurableExecutionName"])
                == each["DurableExecutionName"]
                and each["Status"] in request.get("Statuses", [each["Status"]])
                and each["StartTimestamp"] >= request.get("StartedAfter", each["StartTimestamp"])
            ]
        }

    def get_durable_execution(self, **request: Any) -> dict[str, Any]:
        arn = request["DurableExecutionArn"]
        return next(dict(each) for each in self.executions if each["DurableExecutionArn"] == arn)

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.calls.append(("invoke", request))
        name = request.get("DurableExecutionName", "new-1")
        return {"DurableExecutionArn": f"{ARN}:7/durable-execution/{name}/id"}

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        def call(**request: Any) -> dict[str, Any]:
            self.calls.append((name, request))
            return {}

        return call

    def called(self, name: str) -> list[dict[str, Any]]:
        return [request for call, request in self.calls if call == name]
