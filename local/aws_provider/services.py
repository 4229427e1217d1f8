"""Clients of the local cloud's services, created when first needed and only for loopback endpoints."""

import importlib
import os
import threading
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from aws_provider.failures import ProviderError, translated
from aws_provider.settings import EndpointError, Settings, loopback


class Services:
    """Clients by service and region; the first call imports botocore and connects."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.cancelled = threading.Event()
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()

    def warm(self) -> None:
        """Import botocore in the background, while the engine starts the program."""
        threading.Thread(target=importlib.import_module, args=("botocore.session",), daemon=True).start()

    def call(self, service: str, op: str, region: str = "", **params: Any) -> dict[str, Any]:
        """Make one request; raise `ProviderError`, or `NotFoundError` if the resource does not exist."""
        client = self._client(service, region or self.settings.region)
        with translated(service, client.meta.method_to_api_mapping[op], client.meta.endpoint_url):
            answer: dict[str, Any] = getattr(client, op)(**params)
        return answer

    def pages(self, service: str, op: str, region: str = "", **params: Any) -> list[dict[str, Any]]:
        """Return all pages of a listing; an operation without pages has one."""
        client = self._client(service, region or self.settings.region)
        if not client.can_paginate(op):
            return [self.call(service, op, region, **params)]
        with translated(service, client.meta.method_to_api_mapping[op], client.meta.endpoint_url):
            return list(client.get_paginator(op).paginate(**params))

    @cached_property
    def identity(self) -> dict[str, str]:
        """Return whose the credentials are: Account, Arn, UserId."""
        answer = self.call("sts", "get_caller_identity")
        return {name: answer[name] for name in ("Account", "Arn", "UserId")}

    def check_account(self) -> None:
        """Refuse an account that the stack does not allow."""
        settings = self.settings
        if not settings.allowed_accounts and not settings.forbidden_accounts:
            return
        account = self.identity["Account"]
        if settings.allowed_accounts and account not in settings.allowed_accounts:
            allowed = ", ".join(settings.allowed_accounts)
            raise ProviderError(
                f"the account is {account}, but aws:allowedAccountIds allows only {allowed}. "
                "Use credentials of an allowed account, or correct aws:allowedAccountIds"
            )
        if account in settings.forbidden_accounts:
            raise ProviderError(f"the account {account} is in aws:forbiddenAccountIds")

    def _client(self, service: str, region: str) -> Any:
        with self._lock:
            if (service, region) not in self._clients:
                self._clients[service, region] = self._connect(service, region)
            return self._clients[service, region]

    @cached_property
    def _session(self) -> Any:
        from botocore.session import Session  # noqa: PLC0415 (start-up)

        # The user's profiles, credentials and settings of AWS are not for a local cloud.
        overrides = {
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
            "ignore_configured_endpoint_urls": (None, None, True, None),
            "use_fips_endpoint": (None, None, False, None),
            "use_dualstack_endpoint": (None, None, False, None),
        }
        session = Session(session_vars=overrides)
        settings = self.settings
        if not settings.secret_key:
            raise ProviderError(
                "there are no credentials of the local cloud, which has a secret of its own: run "
                '`eval "$(make env)"` in this shell, or set AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID and '
                "AWS_SECRET_ACCESS_KEY as `local/bin/local-cloud env` prints them"
            )
        session.set_credentials(settings.access_key, settings.secret_key, settings.token or None)
        session.register("before-send", _refuse_other_hosts)
        return session

    def _connect(self, service: str, region: str) -> Any:
        from botocore.config import Config  # noqa: PLC0415 (start-up)

        try:
            endpoint = self.settings.endpoint_of(service)
        except EndpointError as error:
            raise ProviderError(str(error)) from None
        config = Config(
            proxies={},
            connect_timeout=5,
            read_timeout=120,
            max_pool_connections=32,
            retries={"mode": "standard", "total_max_attempts": 3},
            s3={"addressing_style": "path"},
        )
        return self._session.create_client(service, region, endpoint_url=endpoint, config=config)


def _refuse_other_hosts(request: Any, **_: Any) -> None:
    # Right before a request is sent, because a redirect changes its URL.
    url = request.url.split("?", 1)[0]
    scheme, _, rest = url.partition("://")
    loopback("request", f"{scheme}://{rest.split('/', 1)[0]}")


@dataclass
class Handle:
    """An operation on a resource: the service and region of its calls, and their time limit in seconds."""

    services: Services
    service: str
    region: str
    noun: str
    timeout: float = 0
    started: float = field(default_factory=time.monotonic)

    def call(self, op: str, **params: Any) -> dict[str, Any]:
        """Make one request of the resource's service, in the resource's region."""
        return self.services.call(self.service, op, self.region, **params)

    def pages(self, op: str, **params: Any) -> list[dict[str, Any]]:
        """Return all pages of a listing."""
        return self.services.pages(self.service, op, self.region, **params)

    def arn(self, resource: str, service: str = "") -> str:
        """Return the ARN of a resource of this account and region."""
        partition = self.services.settings.partition
        account = self.services.identity["Account"]
        return f"arn:{partition}:{service or self.service}:{self.region}:{account}:{resource}"

    def pause(self, what: str, seconds: float = 0.1) -> None:
        """Sleep before the next check; raise `ProviderError` after the time limit, or when the user cancels."""
        limit = self.timeout or 600
        if self.services.cancelled.wait(seconds):
            raise ProviderError(f"cancelled while waiting for {what}")
        if time.monotonic() - self.started > limit:
            raise ProviderError(
                f"stopped after {limit:g} s of waiting for {what} (customTimeouts sets the limit)"
            )
