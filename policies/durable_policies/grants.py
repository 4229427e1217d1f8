"""The policy on grants that name a durable function, but match nothing."""

from collections.abc import Iterator
from typing import Any

from .access import DOCUMENTS, ROLE, documents_in
from .documents import Statement, listed, reaches_executions, statements
from .lambda_ import bare_name, durable_functions
from .model import GUIDE, Finding, Settings, Stack, StackPolicy

ON_EXECUTIONS = tuple(
    f"lambda:{action}"
    for action in (
        *("CheckpointDurableExecution", "GetDurableExecutionState"),
        *("GetDurableExecution", "GetDurableExecutionHistory"),
        *(
            "StopDurableExecution",
            "PauseDurableExecution",
            "ResumeDurableExecution",
            "DeleteDurableExecution",
        ),
        *(f"SendDurableExecutionCallback{result}" for result in ("Success", "Failure", "Heartbeat")),
    )
)
"""The actions that Lambda authorizes on an execution's ARN."""
_CALLBACKS = "lambda:SendDurableExecutionCallback*"
_INVOKE = "lambda:InvokeFunction"


def _useless(statement: Statement, durable: set[Any]) -> Iterator[tuple[str, str]]:
    """Yield the actions of a statement that it allows nowhere, each with the reason."""
    known = {action.lower(): action for action in (*ON_EXECUTIONS, _CALLBACKS, _INVOKE)}
    resources = listed(statement.get("Resource"))
    for action in (known.get(str(each).lower()) for each in listed(statement.get("Action"))):
        if action == _INVOKE and resources and all(bare_name(each) in durable for each in resources):
            yield action, "an unqualified ARN, by which no durable function can be invoked"
        elif action not in (None, _INVOKE) and not reaches_executions(statement):
            yield action, "no execution's ARN"


def _matches_nothing(stack: Stack, _settings: Settings) -> Iterator[Finding]:
    durable = {name for function in durable_functions(stack) if isinstance(name := function.at("name"), str)}
    for resource in stack.all(*DOCUMENTS, ROLE):
        for document in documents_in(resource):
            for statement in statements(document):
                for action, reason in _useless(statement, durable):
                    yield Finding(f"{action} is allowed on {reason}", resource)


POLICIES = (
    StackPolicy(
        name="grant-matches",
        requirement="Permissions on a durable function and its executions name ARNs that requests have.",
        why="Lambda authorizes an invocation on the qualified ARN, and what concerns an execution on the execution's ARN, "
        "which has a version and never an alias: everything else is denied.",
        fix="Grant lambda:InvokeFunction on the alias's ARN, and actions on executions on <function ARN>:*.",
        source=f"{GUIDE}/durable-security.html",
        check=_matches_nothing,
    ),
)
