"""Where the guard asks: the accounts and regions that the program's AWS providers deploy to."""

import json
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pulumi

from ..checks.errors import DurableFunctionsError

if TYPE_CHECKING:  # a deployment that deletes and changes nothing does without its import
    import boto3

_KEPT_SECONDS = 1_800
"""Half of what an assumed role's credentials last, which is an hour where nothing else is asked for."""
_PLAIN = ("profile", "accessKey", "secretKey", "token", "region")
_STRUCTURED = ("endpoints", "assumeRoles")
_ENDPOINTS = {"lambda": ("lambda", "lambda_"), "logs": ("cloudwatchlogs", "logs")}
"""What the AWS provider calls a service's endpoint, where that is not just the service's name."""


class CannotAskError(DurableFunctionsError):
    """No provider of the program reaches the account, or AWS does not say who one is there."""


@dataclass
class Place:
    """One AWS provider: what it is configured with, and clients with the same credentials and endpoints.

    Args:
        settings: the provider's settings by their names in Pulumi: profile, accessKey, secretKey, token, region,
            endpoints, assumeRoles. What is missing comes from the environment, as it does for the provider. They may
            come one by one, before the first question.
    """

    settings: dict[str, Any]
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _made: dict[tuple[str, str], tuple[float, Any]] = field(default_factory=dict, repr=False)
    _account: str | None = None

    def add(self, key: str, value: Any) -> None:
        """Take in a setting that has become known."""
        self.settings.update(_settings({key: value}))

    @property
    def region(self) -> str | None:
        """The provider's region."""
        environment = (os.environ.get(name) for name in ("AWS_REGION", "AWS_DEFAULT_REGION"))
        return self.settings.get("region") or next(filter(None, environment), None)

    def account(self) -> str:
        """Return the account that the provider deploys to.

        Raises:
            botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError: AWS does not say so.
        """
        if self._account is None:
            self._account = str(self.client("sts", self.region).get_caller_identity()["Account"])
        return self._account

    def client(self, service: str, region: str | None) -> Any:
        """Return a client, for any thread; it is made once, and anew after half an hour."""
        key = (service, region or "")
        with self._lock:
            made, client = self._made.get(key, (0.0, None))
            if client is None or time.monotonic() - made > _KEPT_SECONDS:
                client = self._session(region).client(
                    service, endpoint_url=self.endpoint(service), config=_limits()
                )
                self._made[key] = (time.monotonic(), client)
            return client

    def endpoint(self, service: str) -> str | None:
        """Return the provider's own endpoint; None where it has none: boto3 reads the environment as the provider does.

        AWS's provider goes where it is configured to. The local cloud's, which goes nowhere but to this machine, is sent
        to another port by the environment.
        """
        named = {key: url for each in self.settings.get("endpoints", []) for key, url in each.items()}
        own = next((named[name] for name in _ENDPOINTS.get(service, (service,)) if named.get(name)), None)
        return None if _is_local(own) and _is_local(os.environ.get("AWS_ENDPOINT_URL")) else own

    def _session(self, region: str | None) -> "boto3.Session":
        import boto3  # noqa: PLC0415 - as above

        keys = self.settings.get("accessKey"), self.settings.get("secretKey")
        if keys == ("test", "test"):
            # Means nothing on AWS; the local cloud's provider takes it for the environment's own.
            keys = None, None
        session = boto3.Session(
            profile_name=self.settings.get("profile"),
            aws_access_key_id=keys[0],
            aws_secret_access_key=keys[1],
            aws_session_token=self.settings.get("token"),
            region_name=region,
        )
        for role in self.settings.get("assumeRoles", []):
            session = self._assumed(session, role, region)
        return session

    def _assumed(self, session: "boto3.Session", role: dict[str, Any], region: str | None) -> "boto3.Session":
        import boto3  # noqa: PLC0415 - as above

        named = {_camel(key): value for key, value in role.items()}
        given = {
            "RoleArn": named["roleArn"],
            "RoleSessionName": named.get("sessionName") or "durable-functions",
        }
        if named.get("externalId"):
            given["ExternalId"] = named["externalId"]
        sts = session.client("sts", region_name=region, endpoint_url=self.endpoint("sts"), config=_limits())
        keys = sts.assume_role(**given)["Credentials"]
        return boto3.Session(
            aws_access_key_id=keys["AccessKeyId"],
            aws_secret_access_key=keys["SecretAccessKey"],
            aws_session_token=keys["SessionToken"],
            region_name=region,
        )


class Places:
    """Every AWS provider of the program: the default one, and those that functions are given."""

    def __init__(self, default: Place) -> None:
        self._places = [default]
        self._seen: set[pulumi.ProviderResource] = set()

    def add(self, provider: pulumi.ProviderResource | None) -> None:
        """Note a provider that was made by the program; its settings are read as soon as they are known."""
        if provider is None or provider in self._seen:
            return
        self._seen.add(provider)
        # The engine gives a provider's inputs back as its outputs, which the SDK keeps under the inputs' names.
        given = {
            _camel(key): value for key, value in vars(provider).items() if isinstance(value, pulumi.Output)
        }
        place = Place({})
        # One by one: in a preview what the program does not set is unknown, and would keep back the others.
        for key in (*_PLAIN, *_STRUCTURED):
            if key in given:
                given[key].apply(partial(place.add, key))
        self._places.append(place)

    def of(self, arn: str) -> list[tuple[Place, str]]:
        """Return where to ask about what has this ARN: every place of its account, each with the region to ask in.

        What is global, or has no ARN but a name, is asked about in the region of each provider. Two providers that
        differ in their credentials alone are one place.

        Raises:
            CannotAskError: no provider of the program is of that account.
        """
        region, account = (arn.split(":") + [""] * 5)[3:5]
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 - as above

        found: dict[tuple[str | None, str, str], tuple[Place, str]] = {}
        others, silent = set(), []
        for place in self._places:
            where = region or place.region or ""
            try:
                own = place.account()
            except (BotoCoreError, ClientError) as error:
                # The default provider of a program whose providers are all its own, for one, has no credentials.
                silent.append(str(error))
                continue
            if account in ("", own):
                found.setdefault((place.endpoint("lambda"), own, where), (place, where))
            else:
                others.add(own)
        if found:
            return list(found.values())
        if not others:
            raise CannotAskError("; ".join(dict.fromkeys(silent)))
        raise CannotAskError(
            f"it is of account {account}, and the program deploys to {' and '.join(sorted(others))}; "
            "pass the provider that has made it: register_guard(providers=[...])"
        )


def default_place() -> Place:
    """Return the default provider's place; reads the stack's `aws:` settings, while the program runs."""
    config = pulumi.Config("aws")
    found: dict[str, Any] = {key: config.get(key) for key in _PLAIN}
    found |= {key: config.get(key) for key in _STRUCTURED}
    settings = _settings(found)
    if "assumeRoles" not in settings and (role := config.get("assumeRole")):
        settings["assumeRoles"] = [json.loads(role)]
    return Place(settings)


def _settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings as they are used; lists come as the JSON in which providers take them."""
    found = dict(given)
    for key in _STRUCTURED:
        if isinstance(found.get(key), str):
            found[key] = json.loads(found[key])
    return {key: value for key, value in found.items() if value}


def _is_local(url: str | None) -> bool:
    return urlsplit(url or "").hostname in ("127.0.0.1", "localhost", "::1")


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(map(str.capitalize, rest))


def _limits() -> Any:
    from botocore.config import Config  # noqa: PLC0415 - as above

    return Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 5})
