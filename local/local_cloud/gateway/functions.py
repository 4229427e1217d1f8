"""Functions as the gateway knows them: looked up in the control plane each time, and never cached."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from aws_durable_execution_sdk_python_testing.child_dispatcher import FunctionTarget, parse_function_target

from local_cloud.gateway.aws_errors import AwsError, failed_constraint, invalid_parameter, not_found

FUNCTIONS = "/2015-03-31/functions"
DEFAULT_RETENTION_DAYS = 14


@dataclass(frozen=True)
class DurableConfig:
    """What makes a function durable."""

    execution_timeout: int
    """Seconds."""
    retention_days: int


@dataclass(frozen=True)
class Function:
    """One published version (or $LATEST) that an invocation resolved to."""

    account_id: str
    region: str
    name: str
    version: str
    qualified: bool
    durable: DurableConfig | None
    """None: a plain function."""
    dead_letter_target: str | None = None
    """The ARN of the queue or topic for the events of asynchronous executions that do not succeed."""
    role_arn: str = ""
    """The execution role."""
    timeout: int = 3
    """Seconds: the limit of one invocation."""

    @property
    def arn(self) -> str:
        """The ARN without the version."""
        return f"arn:aws:lambda:{self.region}:{self.account_id}:function:{self.name}"


class FunctionDirectory:
    """Finds functions in the control plane, an ASGI app, by calls in process."""

    def __init__(self, control_plane: httpx.ASGITransport, region: str) -> None:
        self._client = httpx.AsyncClient(transport=control_plane, base_url="http://127.0.0.1")
        self._region = region
        self._own_authorization = own_authorization("test", region)

    async def resolve(
        self, reference: str, qualifier: str | None = None, authorization: str | None = None
    ) -> Function | None:
        """The version behind a name, ARN or partial ARN; None if there is none.

        An alias is resolved to its version, by weight if it has weights. `authorization` is the root's in the
        caller's account and region; by default, in those of the cloud.

        Raises:
            AwsError: an alias names a version that does not exist. The control plane would run $LATEST instead.
        """
        target = parse(reference, qualifier)
        if target.account_id:
            # Another account's function is read as the root of that account.
            authorization = own_authorization(target.account_id, target.region or self._region)
        headers = {"authorization": authorization or self._own_authorization}
        version = await self._version(target, headers)
        query = {} if version is None else {"Qualifier": version}
        config = await self._get(f"/{_bare(target)}/configuration", headers, query)
        if config is not None:
            return described(config, qualified=target.qualifier is not None)
        if version != target.qualifier:
            function = await self.resolve(_bare_reference(target), None, authorization)
            raise not_found(f"Function not found: {function.arn if function else target.name}:{version}")
        return None

    async def alias(
        self, reference: str, name: str, authorization: str | None = None
    ) -> dict[str, Any] | None:
        """An alias of the function behind a name, ARN or partial ARN; None where there is none."""
        headers = {"authorization": authorization or self._own_authorization}
        return await self._alias(parse(reference), name, headers)

    async def count(self) -> int:
        """How many functions there are."""
        headers = {"authorization": self._own_authorization}
        total, marker = 0, None
        while True:
            page = await self._get("/", headers, {"Marker": marker} if marker else {}) or {}
            total += len(page.get("Functions", []))
            marker = page.get("NextMarker")
            if not marker:
                return total

    async def _version(self, target: FunctionTarget, headers: Mapping[str, str]) -> str | None:
        qualifier = target.qualifier
        if qualifier is None or qualifier.startswith("$") or qualifier.isdigit():
            return qualifier
        alias = await self._alias(target, qualifier, headers)
        if alias is None:
            return qualifier
        weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
        versions = [alias["FunctionVersion"], *weights]
        shares = [max(0.0, 1.0 - sum(weights.values())), *weights.values()]
        return str(random.choices(versions, shares)[0])  # noqa: S311  traffic, not secrets

    async def _alias(
        self, target: FunctionTarget, name: str, headers: Mapping[str, str]
    ) -> dict[str, Any] | None:
        return await self._get(f"/{_bare(target)}/aliases/{quote(name, safe='')}", headers, {})

    async def _get(
        self, path: str, headers: Mapping[str, str], query: Mapping[str, str]
    ) -> dict[str, Any] | None:
        response = await self._client.get(FUNCTIONS + path, headers=dict(headers), params=dict(query))
        if response.status_code == 404:
            return None
        if response.is_error:
            raise AwsError(500, "ServiceException", f"control plane: {response.text[:200]}")
        body: dict[str, Any] = response.json()
        return body


def described(config: Mapping[str, Any], *, qualified: bool) -> Function:
    """The version that a FunctionConfiguration of the control plane describes."""
    _, _, _, region, account_id, _, name = config["FunctionArn"].split(":")[:7]
    durable = config.get("DurableConfig")
    return Function(
        account_id=account_id,
        region=region,
        name=name,
        version=config.get("Version") or "$LATEST",
        qualified=qualified,
        durable=durable
        and DurableConfig(
            int(durable["ExecutionTimeout"]),
            int(durable.get("RetentionPeriodInDays") or DEFAULT_RETENTION_DAYS),
        ),
        dead_letter_target=(config.get("DeadLetterConfig") or {}).get("TargetArn"),
        role_arn=config.get("Role", ""),
        timeout=int(config.get("Timeout") or Function.timeout),
    )


def own_authorization(access_key_id: str, region: str) -> str:
    """The header with which the gateway calls the control plane as the root of an account, by its id or as `test`.

    A caller may be allowed to invoke a function but not to read its configuration, so the gateway reads it as root.
    """
    credential = f"{access_key_id}/20260101/{region}/lambda/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders=host, Signature=0"


def parse(reference: str, qualifier: str | None = None) -> FunctionTarget:
    """Split a function's name, ARN or partial ARN, and join it with the qualifier given beside it."""
    try:
        target = parse_function_target(reference)
    except ValueError as error:
        raise failed_constraint(
            "functionName", reference[:256], "satisfy the pattern of a function name or ARN"
        ) from error
    if qualifier is None:
        return target
    if target.qualifier not in (None, qualifier):
        raise invalid_parameter(
            "The derived qualifier from the function name does not match the specified qualifier."
        )
    return FunctionTarget(target.name, qualifier, target.account_id, target.region)


def _bare(target: FunctionTarget) -> str:
    """The function without its qualifier, as a path segment."""
    return quote(_bare_reference(target), safe="")


def _bare_reference(target: FunctionTarget) -> str:
    """The function without its qualifier; its ARN where the caller gave one."""
    if target.region and target.account_id:
        return f"arn:aws:lambda:{target.region}:{target.account_id}:function:{target.name}"
    return target.name
