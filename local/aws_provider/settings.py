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
"""The root's access key; and what stands for a secret in configurations, of which no cloud takes it."""

_ALIASES: dict[str, tuple[str, ...]] = {
    "logs": ("cloudwatchlogs", "cloudwatchlog", "logs"),
    "events": ("eventbridge", "cloudwatchevents", "events"),
}


class EndpointError(ValueError):
    """An endpoint that this provider will not talk to; the message names it and the fix."""


@dataclass(frozen=True)
class Settings:
    """What the stack's `aws:` configuration asks for, as far as a local cloud can honour it."""

    region: str = "us-east-1"
    access_key: str = ROOT_KEY
    secret_key: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    endpoints: Mapping[str, str] = field(default_factory=dict)
    endpoint: str = ""
    """For every service; wins over `endpoints`."""
    allowed_accounts: tuple[str, ...] = ()
    forbidden_accounts: tuple[str, ...] = ()
    default_tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def partition(self) -> str:
        """Give the ARN partition that the region belongs to."""
        prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
        return next((name for prefix, name in prefixes.items() if self.region.startswith(prefix)), "aws")

    def endpoint_of(self, service: str) -> str:
        """Give the service's endpoint; there is no other to fall back to."""
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
    """Give the endpoint in its plainest form, or raise `EndpointError` if it is not on this machine."""
    text = str(url)
    fix = f"Use a loopback address such as {EXAMPLE}, or deploy to AWS without local/bin on PATH"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise EndpointError(f"the endpoint of {service!r} is not a URL: {text!r} ({error}). {fix}") from None
    shown = f"[{host}]" if ":" in host else host
    # The parts below have no place in an endpoint, and readers of URLs differ about them.
    odd = not text.isascii() or any(c in text for c in "\\@ \t\r\n") or parts.path not in {"", "/"}
    odd = odd or parts.netloc.lower() not in {shown, f"{shown}:{port}"} or port == 0
    if odd or parts.query or parts.fragment or parts.scheme not in {"http", "https"}:
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
    """Read the provider's inputs; raise `EndpointError` or `ValueError` with (property: message).

    Compound values arrive as JSON strings from the SDK and from stack files alike.
    """
    told = {name: _unpacked(value) for name, value in config.items() if value is not UNKNOWN}
    override = environment.get(ENDPOINT_VARIABLE, "")
    blocks = told.get("endpoints") or []
    blocks = [blocks] if isinstance(blocks, dict) else blocks
    if not isinstance(blocks, list) or not all(isinstance(item, dict) for item in blocks):
        raise EndpointError(
            f"aws:endpoints is {blocks!r}; it takes a list with an object: [{{lambda: {EXAMPLE}}}]"
        )
    given = {service: url for item in blocks for service, url in item.items() if url}
    endpoints = {service: loopback(service, url) for service, url in given.items() if url is not UNKNOWN}
    waits = config.get("endpoints") is UNKNOWN
    if not override and not endpoints and not waits:
        raise EndpointError(
            "no endpoint is configured, and this provider never uses AWS's own. Add "
            f"`aws:endpoints: [{{lambda: {EXAMPLE}, iam: {EXAMPLE}, ...}}]` to the stack's configuration, "
            f"or set {ENDPOINT_VARIABLE}={EXAMPLE}"
        )
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1"
    tags = (told.get("defaultTags") or {}).get("tags") or {}
    return Settings(
        region=str(told.get("region") or region),
        **_credentials(told, environment),
        endpoints=endpoints,
        endpoint=loopback(ENDPOINT_VARIABLE, override) if override else "",
        allowed_accounts=_accounts(told.get("allowedAccountIds")),
        forbidden_accounts=_accounts(told.get("forbiddenAccountIds")),
        default_tags={str(key): str(value) for key, value in tags.items()},
    )


def _credentials(told: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, str]:
    """Give the configuration's credentials, or those of the environment that leads to the endpoint.

    What else is in the environment may be a real account's, which is nothing to send to a port of this machine.
    """
    environment = environment if environment.get(ENDPOINT_VARIABLE) else {}
    key, secret = str(told.get("accessKey") or ""), str(told.get("secretKey") or "")
    if secret and secret != PLACEHOLDER:
        return {"access_key": key or ROOT_KEY, "secret_key": secret, "token": str(told.get("token") or "")}
    # `test`, or an account's id, is the root's key, whose secret is the same for all of them.
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
            # YAML reads an account's digits as a number, and so drops its leading zeros.
            return tuple(str(item).zfill(12) for item in value)
        case _:
            return (str(value).zfill(12),)
