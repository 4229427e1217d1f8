"""The program's AWS providers: which accounts and regions the guard asks, and with which credentials."""

import json
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import pulumi

from ..checks.endpoints import is_local
from ..checks.errors import DurableFunctionsError

if TYPE_CHECKING:  # a deployment that deletes and changes nothing need not import it
    import boto3

_CLIENT_SECONDS = 1_800
"""How long a client is reused: half the life of an assumed role's credentials, which is an hour by default."""
_PLAIN = ("profile", "accessKey", "secretKey", "token", "region")
_STRUCTURED = ("endpoints", "assumeRoles")
_ENDPOINTS = {"lambda": ("lambda", "lambda_"), "logs": ("cloudwatchlogs", "logs")}
"""The AWS provider's names of a service's endpoint, where they differ from the service's name."""


class UnreachableAccountError(DurableFunctionsError):
    """No provider of the program deploys to the account, or none can tell its account."""


@dataclass
class AwsProvider:
    """One AWS provider: its settings, and clients with the same credentials and endpoints.

    Args:
        settings: the provider's settings by their names in Pulumi: profile, accessKey, secretKey, token, region,
            endpoints, assumeRoles. Missing ones come from the environment, as they do for the provider. They may
            be added one by one, before the first API call.
    """

    settings: dict[str, Any]
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _clients: dict[tuple[str, str], tuple[float, Any]] = field(default_factory=dict, repr=False)
    _account: str | None = None

    def add(self, key: str, value: Any) -> None:
        """Add a setting that has become known."""
        self.settings.update(_parsed({key: value}))

    @property
    def region(self) -> str | None:
        """The provider's region."""
        environment = (os.environ.get(name) for name in ("AWS_REGION", "AWS_DEFAULT_REGION"))
        return self.settings.get("region") or next(filter(None, environment), None)

    def account(self) -> str:
        """Return the account that the provider deploys to.

        Raises:
            botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: AWS could not be asked.
        """
        if self._account is None:
            self._account = str(self.client("sts", self.region).get_caller_identity()["Account"])
        return self._account

    def client(self, service: str, region: str | None) -> Any:
        """Return a client, for any thread. It is created once, and replaced after half an hour."""
        key = (service, region or "")
        with self._lock:
            created, client = self._clients.get(key, (0.0, None))
            if client is None or time.monotonic() - created > _CLIENT_SECONDS:
                client = self._session(region).client(
                    service, endpoint_url=self.endpoint(service), config=_client_config()
                )
                self._clients[key] = (time.monotonic(), client)
            return client

    def endpoint(self, service: str) -> str | None:
        """Return the provider's own endpoint; None where it has none, since boto3 reads the environment as the provider does.

        AWS's provider uses the endpoint that it is configured with. The local cloud's provider only ever uses this
        machine, and the environment may point it to another port.
        """
        urls = {
            key: url for endpoints in self.settings.get("endpoints", []) for key, url in endpoints.items()
        }
        own = next((urls[name] for name in _ENDPOINTS.get(service, (service,)) if urls.get(name)), None)
        return None if is_local(own) and is_local(os.environ.get("AWS_ENDPOINT_URL")) else own

    def _session(self, region: str | None) -> "boto3.Session":
        import boto3  # noqa: PLC0415 - as above

        keys = self.settings.get("accessKey"), self.settings.get("secretKey")
        if keys == ("test", "test"):
            # Not valid on AWS; the local cloud's provider takes the credentials of the environment instead.
            keys = None, None
        session = boto3.Session(
            profile_name=self.settings.get("profile"),
            aws_access_key_id=keys[0],
            aws_secret_access_key=keys[1],
            aws_session_token=self.settings.get("token"),
            region_name=region,
        )
        for role in self.settings.get("assumeRoles", []):
            session = self._assume_role(session, role, region)
        return session

    def _assume_role(
        self, session: "boto3.Session", role: dict[str, Any], region: str | None
    ) -> "boto3.Session":
        import boto3  # noqa: PLC0415 - as above

        settings = {_camel(key): value for key, value in role.items()}
        request = {
            "RoleArn": settings["roleArn"],
            "RoleSessionName": settings.get("sessionName") or "durable-functions",
        }
        if settings.get("externalId"):
            request["ExternalId"] = settings["externalId"]
        sts = session.client(
            "sts", region_name=region, endpoint_url=self.endpoint("sts"), config=_client_config()
        )
        keys = sts.assume_role(**request)["Credentials"]
        return boto3.Session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            region_name=region,
        )


class AwsProviders:
    """Every AWS provider of the program: the default one, and those that its functions use."""

    def __init__(self, default: AwsProvider) -> None:
        self._providers = [default]
        self._seen: set[pulumi.ProviderResource] = set()

    def add(self, provider: pulumi.ProviderResource | None) -> None:
        """Add a provider that the program makes; its settings are read as soon as they are known."""
        if provider is None or provider in self._seen:
            return
        self._seen.add(provider)
        # The engine returns a provider's inputs as its outputs, and the SDK stores them under the inputs' names.
        settings = {
            _camel(key): value for key, value in vars(provider).items() if isinstance(value, pulumi.Output)
        }
        added = AwsProvider({})
        # One by one: in a preview, settings that the program does not set are unknown, and would hold up the others.
        for key in (*_PLAIN, *_STRUCTURED):
            if key in settings:
                settings[key].apply(partial(added.add, key))
        self._providers.append(added)

    @property
    def is_single(self) -> bool:
        """Whether there is one, so that a role's name stands for one role: two accounts may each have a role of a name."""
        return len(self.of("")) == 1

    def of(self, arn: str) -> list[tuple[AwsProvider, str]]:
        """Return the providers that can be asked about an ARN, those of its account, each with the region to ask.

        Global resources, and those that have a name but no ARN, are looked up in the region of each provider. Of two
        providers that differ only in their credentials, the first is returned.

        Raises:
            UnreachableAccountError: no provider of the program deploys to that account.
        """
        region, account = (arn.split(":") + [""] * 5)[3:5]
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

        matching: dict[tuple[str | None, str, str], tuple[AwsProvider, str]] = {}
        other_accounts, errors = set(), []
        for provider in self._providers:
            own_region = region or provider.region or ""
            try:
                own_account = provider.account()
            except (BotoCoreError, ClientError) as error:
                # For example, a default provider that nothing uses has no credentials.
                errors.append(str(error))
                continue
            if account in ("", own_account):
                key = (provider.endpoint("lambda"), own_account, own_region)
                matching.setdefault(key, (provider, own_region))
            else:
                other_accounts.add(own_account)
        if matching:
            return list(matching.values())
        if not other_accounts:
            raise UnreachableAccountError("; ".join(dict.fromkeys(errors)))
        raise UnreachableAccountError(
            f"it is in account {account}, but the program deploys to {' and '.join(sorted(other_accounts))}; "
            "pass the provider that made it: register_guard(providers=[...])"
        )


def default_provider() -> AwsProvider:
    """Return the default provider; reads the stack's `aws:` settings, while the program runs."""
    config = pulumi.Config("aws")
    settings = _parsed({key: config.get(key) for key in (*_PLAIN, *_STRUCTURED)})
    if "assumeRoles" not in settings and (role := config.get("assumeRole")):
        settings["assumeRoles"] = [json.loads(role)]
    return AwsProvider(settings)


def _parsed(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings with their lists parsed: providers take lists as JSON."""
    parsed = dict(settings)
    for key in _STRUCTURED:
        if isinstance(parsed.get(key), str):
            parsed[key] = json.loads(parsed[key])
    return {key: value for key, value in parsed.items() if value}


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


def _client_config() -> Any:
    from botocore.config import Config  # noqa: PLC0415 - as above

    return Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 5})
