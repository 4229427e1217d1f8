"""The function `getPolicyDocument`, which writes a policy from statements; no service is asked."""

import json
import zlib
from collections.abc import Iterable
from typing import Any

from aws_provider.failures import ProviderError
from aws_provider.model import Props

VERSION = "2012-10-17"


def policy_document(args: Props) -> Props:
    """Return the document, as it is and without spaces."""
    sources = [args["sourceJson"]] if args.get("sourceJson") else []
    overrides = [args["overrideJson"]] if args.get("overrideJson") else []
    version = args.get("version") or VERSION
    parts = [
        *(_parsed(text) for text in [*sources, *(args.get("sourcePolicyDocuments") or ())]),
        {
            "Id": args.get("policyId"),
            "Version": args.get("version"),
            "Statement": [_statement(each, version) for each in args.get("statements") or ()],
        },
        *(_parsed(text) for text in [*(args.get("overridePolicyDocuments") or ()), *overrides]),
    ]
    document: Props = {"Version": version}
    statements: list[Props] = []
    for part in parts:
        document |= {key: part[key] for key in ("Version", "Id") if part.get(key)}
        given = part.get("Statement") or []
        for statement in given if isinstance(given, list) else [given]:
            _merge(statements, statement)
    document["Statement"] = statements
    text = json.dumps(document, indent=2)
    return {
        **args,
        "id": str(zlib.crc32(text.encode())),
        "version": document["Version"],
        "json": text,
        "minifiedJson": json.dumps(document, separators=(",", ":")),
    }


def _parsed(text: str) -> Props:
    try:
        document = json.loads(text) if text else {}
    except ValueError as error:
        raise ProviderError(f"a policy document is not valid JSON: {error}") from error
    if not isinstance(document, dict):
        raise ProviderError(f"a policy document is {text[:80]!r}, but must be a JSON object")
    return document


def _merge(statements: list[Props], statement: Props) -> None:
    # A statement replaces the one with its Sid.
    for place, other in enumerate(statements):
        if statement.get("Sid") and other.get("Sid") == statement["Sid"]:
            statements[place] = statement
            return
    statements.append(statement)


def _statement(given: Props, version: str) -> Props:
    statement: Props = {
        "Sid": given.get("sid"),
        "Effect": given.get("effect") or "Allow",
        "Action": _one_or_many(given.get("actions")),
        "NotAction": _one_or_many(given.get("notActions")),
        "Resource": _one_or_many(_variables(given.get("resources"), version)),
        "NotResource": _one_or_many(_variables(given.get("notResources"), version)),
        "Principal": _principals(given.get("principals"), version),
        "NotPrincipal": _principals(given.get("notPrincipals"), version),
        "Condition": _conditions(given.get("conditions"), version),
    }
    return {name: value for name, value in statement.items() if value not in (None, [], {}, "")}


def _one_or_many(values: Iterable[str] | None) -> Any:
    listed = sorted(values or (), reverse=True)
    return listed[0] if len(listed) == 1 else listed


def _variables(values: Iterable[str] | None, version: str) -> list[str]:
    """Return the values with IAM's own variables, which a program writes as `&{...}`."""
    return [value.replace("&{", "${") if version == VERSION else value for value in values or ()]


def _principals(given: Iterable[Props] | None, version: str) -> Any:
    by_type: dict[str, list[str]] = {}
    for each in given or ():
        by_type.setdefault(each["type"], []).extend(_variables(each["identifiers"], version))
    if by_type == {"*": ["*"]}:
        return "*"
    return {name: _one_or_many(identifiers) for name, identifiers in by_type.items()}


def _conditions(given: Iterable[Props] | None, version: str) -> Props:
    conditions: dict[str, dict[str, list[str]]] = {}
    for each in given or ():
        values = conditions.setdefault(each["test"], {}).setdefault(each["variable"], [])
        values += _variables(each["values"], version)
    return {
        test: {name: values[0] if len(values) == 1 else values for name, values in variables.items()}
        for test, variables in conditions.items()
    }
