"""The grants on two functions, and what each principal may therefore do.

tests/e2e/test_permissions.py deploys the grants, and makes every call in the matrix as every principal.
"""

from dataclasses import dataclass

from components import rules

INVOKES = ("invoke alias", "invoke version", "invoke $LATEST")
CALLBACKS = ("callback success", "callback failure", "callback heartbeat")
READS = ("get", "history", "list")
ACTIONS = {
    "invoke alias": "InvokeFunction",
    "invoke version": "InvokeFunction",
    "invoke $LATEST": "InvokeFunction",
    "checkpoint": "CheckpointDurableExecution",
    "state": "GetDurableExecutionState",
    "get": "GetDurableExecution",
    "history": "GetDurableExecutionHistory",
    "list": "ListDurableExecutionsByFunction",
    "stop": "StopDurableExecution",
    "pause": "PauseDurableExecution",
    "resume": "ResumeDurableExecution",
    "delete": "DeleteDurableExecution",
    "callback success": "SendDurableExecutionCallbackSuccess",
    "callback failure": "SendDurableExecutionCallbackFailure",
    "callback heartbeat": "SendDurableExecutionCallbackHeartbeat",
}
"""What a principal may try on a function or one of its executions, and IAM's action for it, without `lambda:`."""

FUNCTIONS: dict[str, rules.ExecutionPolicy] = {"orders": "scoped", "payments": "managed"}
"""The two functions, and the execution policy of each."""

ALLOWED = {
    "run": frozenset({"checkpoint", "state"}),
    "invoke": frozenset({"invoke alias"}),
    "invoke version 1": frozenset({"invoke version"}),
    "invoke all versions": frozenset(INVOKES),
    "callback": frozenset(CALLBACKS),
    "read": frozenset(READS),
    "operate": frozenset({*READS, "stop"}),
    "pause": frozenset({"pause", "resume"}),
    "delete": frozenset({"delete"}),
}
"""What each grant allows, on the function that grants it and on no other."""


@dataclass(frozen=True)
class Grant:
    """A grant on one function, or `run` on every function, as AWS's managed policy grants it."""

    access: str
    function: str
    """A function's name, or `*`."""

    def allows(self, action: str, function: str) -> bool:
        """Whether the action is allowed on a function."""
        return self.function in ("*", function) and action in ALLOWED[self.access]


@dataclass(frozen=True)
class Principal:
    """A principal that makes calls."""

    name: str
    """Its name; for a function's role, the function's name."""
    kind: str
    """`function` for a function's execution role; `role`; `user`; or `member` for a user who only has a group's grants."""
    grants: tuple[Grant, ...] = ()
    boundary: tuple[str, ...] | None = None
    """The actions that a permissions boundary allows; None if there is no boundary."""

    def may(self, action: str, function: str) -> bool:
        """Whether the principal may do it: it is granted, and no boundary forbids it."""
        granted = any(grant.allows(action, function) for grant in self.grants)
        return granted and (self.boundary is None or action in self.boundary)


PRINCIPALS = (
    Principal("orders", "function", (Grant("run", "orders"), Grant("invoke", "payments"))),
    Principal("payments", "function", (Grant("run", "*"),)),
    Principal("shop", "role", (Grant("invoke", "orders"),)),
    Principal("canary", "role", (Grant("invoke version 1", "orders"),)),
    Principal("tester", "role", (Grant("invoke all versions", "payments"),)),
    Principal("approver", "role", (Grant("callback", "orders"),)),
    Principal("auditor", "role", (Grant("read", "orders"),)),
    Principal("operator", "role", (Grant("operate", "orders"), Grant("read", "payments"))),
    Principal("warden", "role", (Grant("pause", "payments"),)),
    Principal("archivist", "role", (Grant("delete", "orders"),)),
    Principal("clerk", "user", (Grant("invoke", "orders"), Grant("callback", "payments"))),
    Principal("trainee", "member", (Grant("invoke", "payments"), Grant("read", "payments"))),
    Principal("bounded", "role", (Grant("invoke", "orders"), Grant("callback", "orders")), INVOKES),
    Principal("stranger", "role"),
)
