"""The provider's configuration, and the rule that no endpoint leaves this machine."""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from aws_provider.values import UNKNOWN

EXAMPLE = "http://127.0.0.1:4566"
ENDPOINT_VARIABLE = "AWS_ENDPOINT_URL"
ROOT_KEY = PLACEHOLDER = "test"
"""The root's access key; as a secret key, a placeholder that no cloud accepts."""

_ALIASES: dict[str, tuple[str, ...]] = {
    "logs": ("cloudwatchlogs", "cloudwatchlog", "logs"),
    "events": ("eventbridge", "cloudwatchevents", "events"),
    "cognito-idp": ("cognitoidp", "cognitoidentityprovider"),
    "stepfunctions": ("sfn", "stepfunctions"),
}


class EndpointError(ValueError):
    """An endpoint that this provider refuses; the message names it and the fix."""


@dataclass(frozen=True)
class Settings:
    """The stack's `aws:` configuration, as far as it applies to a local cloud."""

    region: str = "us-east-1"
    access_key: str = ROOT_KEY
    secret_key: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    endpoint: str = ""
    """For every service; takes precedence over `endpoints`."""
    allowed_accounts: tuple[str, ...] = ()
    forbidden_accounts: tuple[str, ...] = ()
    default_tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def partition(self) -> str:
        """Return the ARN partition that the region belongs to."""
        prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
        return next((name for prefix, name in prefixes.items() if self.region.startswith(prefix)), "aws")

    def endpoint_of(self, service: str) -> str:
        """Return the service's endpoint, or raise `EndpointError`: there is no default."""
        if self.endpoint:
            return self.endpoint
        for name in _ALIASES.get(service, (service,)):
            if name in self.endpoints:
                return self.endpoints[name]
        name = _ALIASES.get(service, (service,))[0]
        raise EndpointError(
            f"no endpoint is configured for the service {name!r}, and this provider never uses AWS's own. "
            f"Add `{name}: {EXAMPLE}` to aws:endpoints, or set {ENDPOINT_VARIABLE}={EXAMPLE}"
        )


def loopback(service: str, url: object) -> str:
    """Return the endpoint as scheme, host and port; raise `EndpointError` if it is not on this machine."""
    text = str(url)
    fix = f"Use a loopback address such as {EXAMPLE}, or deploy to AWS without local/bin on PATH"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise EndpointError(f"the endpoint of {service!r} is not a URL: {text!r} ({error}). {fix}") from None
    shown = f"[{host}]" if ":" in host else host
    # Parsers of URLs differ about the parts that are refused here, and an endpoint needs none of them.
    ambiguous = not text.isascii() or any(c in text for c in "\\@ \t\r\n") or parts.path not in {"", "/"}
    ambiguous = ambiguous or parts.netloc.lower() not in {shown, f"{shown}:{port}"} or port == 0
    if ambiguous or parts.query or parts.fragment or parts.scheme not in {"http", "https"}:
        raise EndpointError(
            f"the endpoint of {service!r} is {text!r}; only scheme, host and port are allowed. {fix}"
        )
    if not _is_loopback(host):
        raise EndpointError(
            f"the endpoint of {service!r} is {text!r}, which is not on this machine; "
            f"the local cloud's provider talks to 127.0.0.0/8, ::1 and localhost only. {fix}"
        )
    return f"{parts.scheme}://{shown}" + (f":{port}" if port else "")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return address in ipaddress.IPv4Network("127.0.0.0/8")
    return address == ipaddress.IPv6Address("::1")


def parse(config: Mapping[str, Any], environment: Mapping[str, str]) -> Settings:
    """Read the provider's configuration; raise `EndpointError` for a wrong endpoint.

    Lists and objects arrive as JSON strings, from the SDK and from stack files.
    """
    values = {name: _unpacked(value) for name, value in config.items() if value is not UNKNOWN}
    override = environment.get(ENDPOINT_VARIABLE, "")
    blocks = values.get("endpoints") or []
    blocks = [blocks] if isinstance(blocks, dict) else blocks
    if not isinstance(blocks, list) or not all(isinstance(item, dict) for item in blocks):
        raise EndpointError(
            f"aws:endpoints is {blocks!r}; it takes a list with an object: [{{lambda: {EXAMPLE}}}]"
        )
    urls = {service: url for item in blocks for service, url in item.items() if url}
    endpoints = {service: loopback(service, url) for service, url in urls.items() if url is not UNKNOWN}
    unknown = config.get("endpoints") is UNKNOWN
    if not override and not endpoints and not unknown:
        raise EndpointError(
            "no endpoint is configured, and this provider never uses AWS's own. Add "
            f"`aws:endpoints: [{{lambda: {EXAMPLE}, iam: {EXAMPLE}, ...}}]` to the stack's configuration, "
            f"or set {ENDPOINT_VARIABLE}={EXAMPLE}"
        )
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1"
    tags = (values.get("defaultTags") or {}).get("tags") or {}
    return Settings(
        region=str(values.get("region") or region),
        **_credentials(values, environment),
        endpoints=endpoints,
        endpoint=loopback(ENDPOINT_VARIABLE, override) if override else "",
        allowed_accounts=_accounts(values.get("allowedAccountIds")),
        forbidden_accounts=_accounts(values.get("forbiddenAccountIds")),
        default_tags={str(key): str(value) for key, value in tags.items()},
    )


def _credentials(values: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, str]:
    """Return the configuration's credentials, or those of an environment that sets the endpoint too.

    Without the endpoint they may be a real account's, which must not be sent to a port of this machine.
    """
    environment = environment if environment.get(ENDPOINT_VARIABLE) else {}
    key, secret = str(values.get("accessKey") or ""), str(values.get("secretKey") or "")
    if secret and secret != PLACEHOLDER:
        return {"access_key": key or ROOT_KEY, "secret_key": secret, "token": str(values.get("token") or "")}
    # `test` and any account's id are keys of the root, which has one secret for all of them.
    key = key if key not in ("", PLACEHOLDER) else environment.get("AWS_ACCESS_KEY_ID", ROOT_KEY)
    return {
        "access_key": key,
        "secret_key": environment.get("AWS_SECRET_ACCESS_KEY", ""),
        "token": environment.get("AWS_SESSION_TOKEN", ""),
    }


def _unpacked(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _accounts(value: object) -> tuple[str, ...]:
    match value:
        case None | "":
            return ()
        case list():
            # YAML reads an account's id as a number, without its leading zeros.
            return tuple(str(item).zfill(12) for item in value)
        case _:
            return (str(value).zfill(12),)
