"""Lambda's rules for which versions an alias may name, at the requests that make or move one.

https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html demands of a weighted alias two published
versions with the same execution role and the same dead letter configuration, or none. Where Lambda's message is
not published, the message is this cloud's own; the code is Lambda's.
"""

import re
from collections.abc import Mapping
from typing import Any

from local_cloud.gateway.asgi import Request
from local_cloud.gateway.aws_errors import failed_constraint, invalid_parameter, not_found
from local_cloud.gateway.functions import Function, FunctionDirectory

NUMBER = re.compile(r"[0-9]+")
WEIGHTS = "routingConfig.additionalVersionWeights"


async def check(request: Request, functions: FunctionDirectory, reference: str, name: str | None) -> None:
    """Refuse versions that do not exist, and weights that Lambda refuses; without a name, the alias is new."""
    function = await functions.resolve(reference, None, request.root_authorization)
    before = await functions.alias(reference, name, request.root_authorization) if name else {}
    if function is None or before is None:
        return  # the control plane's to refuse
    after = {**before, **await request.members()}
    main, routing = after.get("FunctionVersion"), after.get("RoutingConfig")
    weights = routing.get("AdditionalVersionWeights") if isinstance(routing, Mapping) else None
    if not isinstance(main, str):
        return
    named = named_versions(main, weights if isinstance(weights, Mapping) else {})
    check_alike([await _version(functions, function, each, request.root_authorization) for each in named])


def named_versions(main: str, weights: Mapping[str, Any]) -> tuple[str, ...]:
    """The versions that an alias names, by its main version and the weights of others.

    Raises:
        AwsError: Lambda refuses their numbers or weights.
    """
    if main != "$LATEST" and not NUMBER.fullmatch(main):
        pattern = r"satisfy regular expression pattern: (\$LATEST(\.PUBLISHED)?|[0-9]+)"
        raise failed_constraint("functionVersion", main[:80], pattern)
    if weights:
        _check_weights(main, weights)
    return main, *weights


def _check_weights(main: str, weights: Mapping[str, Any]) -> None:
    if len(weights) > 1:
        raise invalid_parameter("Number of items in AdditionalVersionWeights cannot be greater than 1")
    ((version, weight),) = weights.items()
    pair = f"{{{version[:80]}={str(weight)[:80]}}}"
    if not NUMBER.fullmatch(version):
        raise failed_constraint(WEIGHTS, pair, "satisfy regular expression pattern: [0-9]+")
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 1:
        raise failed_constraint(WEIGHTS, pair, "have value between 0.0 and 1.0")
    if main == "$LATEST":
        raise invalid_parameter("$LATEST is not supported for an alias pointing to more than 1 version")
    if version == main:
        raise invalid_parameter(
            f"Invalid function version {main}. Function version {main} is already included in routing "
            "configuration."
        )


def check_alike(versions: list[Function]) -> None:
    """Refuse weights between versions that differ in their execution role or dead letter configuration."""
    if len({each.role_arn for each in versions}) > 1:
        raise invalid_parameter("Specified versions must be associated with the same execution role")
    if len({each.dead_letter_target for each in versions}) > 1:
        raise invalid_parameter("Specified versions must have the same dead letter configuration, or none")


async def _version(
    functions: FunctionDirectory, function: Function, version: str, authorization: str | None
) -> Function:
    resolved = await functions.resolve(function.arn, version, authorization)
    if resolved is None:
        raise not_found(f"Function not found: {function.arn}:{version}")
    return resolved
