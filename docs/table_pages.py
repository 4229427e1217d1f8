"""Generates docs/errors.md and docs/permissions.md from the tables that the tests check the code against."""

from collections.abc import Iterator

from tables.invalid_inputs import TABLES
from tables.invalid_triggers import BETWEEN, LEFT_OUT
from tables.permissions import ACTIONS, FUNCTIONS, PRINCIPALS, Principal
from tables.sources import FORM, source_of

YES, NO = "\N{CHECK MARK}", "\N{EN DASH}"


def errors() -> str:
    """Return docs/errors.md."""
    lines = [
        "# Errors",
        "",
        "The message for each wrong value, and where the rule comes from: a page of AWS's documentation, or `form`, if the",
        "value has another type than the argument, contradicts another argument, or only this package has the argument.",
        "What AWS accepts is not refused; what is only unusual is a warning. All problems of one input are shown at once,",
        "before anything is made. The unit tests check every row of these tables.",
    ]
    for title, _, cases in TABLES:
        lines += ["", f"## {title}", "", "| input | message | source |", "| --- | --- | --- |"]
        for changes, message in cases:
            inputs = ", ".join(
                f"{key} left out" if value is LEFT_OUT else f"{key} = {_short(value)}"
                for key, value in changes.items()
            )
            lines.append(f"| {_cell(inputs or 'nothing')} | {_cell(message)} | {_source(message)} |")
    lines += ["", "## Between resources", "", "Found in the preview, when what is refused is known.", ""]
    lines += ["| what | message | source |", "| --- | --- | --- |"]
    lines += [f"| {what} | {_cell(message)} | {_source(message)} |" for what, message in BETWEEN.items()]
    return "\n".join(lines) + "\n"


def _source(message: str) -> str:
    source = source_of(message)
    return source if source == FORM else f"[AWS]({source})"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _cell(text: str) -> str:
    return f"`{text.replace('|', chr(92) + '|')}`"


def permissions() -> str:
    """Return docs/permissions.md."""
    lines = [
        "# Who may do what",
        "",
        "What the grants of two functions allow. The end-to-end tests deploy these grants to the local cloud and make",
        f"every call as every principal: {YES} is authorized, {NO} is refused with `AccessDeniedException`.",
        "",
        "`orders` has the execution policy `scoped`; `payments` has AWS's managed policy, which covers the executions",
        "of every function of the account.",
        "",
        "| principal | what it was granted |",
        "| --- | --- |",
        *(f"| `{each.name}` | {_granted(each)} |" for each in PRINCIPALS),
    ]
    for function in FUNCTIONS:
        lines += ["", f"## On `{function}`", ""]
        lines += _table(function)
    lines += [
        "",
        "Invokes are authorized on the qualified ARN as it is requested, lists on the function's ARN, and everything",
        "else on the execution's ARN, which names a version and never an alias.",
    ]
    return "\n".join(lines) + "\n"


def _granted(principal: Principal) -> str:
    match principal.kind:
        case "function":
            text = f"the function's execution role, {FUNCTIONS[principal.name]}"
        case "member":
            text = "a user of a group"
        case kind:
            text = f"a {kind}"
    grants = [
        f"`{grant.function}`: {grant.access}"
        for grant in principal.grants
        if principal.kind != "function" or grant.access != "run"
    ]
    if grants:
        text += "; " + ", ".join(grants)
    if not principal.grants:
        text += "; nothing"
    if principal.boundary is not None:
        text += "; its permissions boundary allows invoking, and nothing else"
    return text


def _table(function: str) -> Iterator[str]:
    yield f"| | {' | '.join(ACTIONS)} |"
    yield f"| --- |{' :-: |' * len(ACTIONS)}"
    for principal in PRINCIPALS:
        cells = (YES if principal.may(action, function) else NO for action in ACTIONS)
        yield f"| `{principal.name}` | {' | '.join(cells)} |"
