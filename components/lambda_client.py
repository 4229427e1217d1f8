"""Lambda's API as the AWS provider would reach it, for what no resource of the provider can ask."""

import json
import os
import threading
import time
from typing import TYPE_CHECKING, Any

import pulumi

if TYPE_CHECKING:  # a deployment that deletes and changes no function does without its import
    import boto3


_KEPT_SECONDS = 1_800
"""Half of what an assumed role's credentials last, which is an hour where nothing else is asked for."""


class LambdaClients:
    """Clients with the provider's settings: its credentials, profile, assumed roles and endpoint.

    Args:
        settings: what `provider_settings` gave while the program ran.
    """

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._made: dict[str, tuple[float, Any]] = {}

    def of(self, region: str) -> Any:
        """Return the client for a region, for any thread; it is made once, and anew after half an hour."""
        with self._lock:
            made, client = self._made.get(region, (0.0, None))
            if client is None or time.monotonic() - made > _KEPT_SECONDS:
                client = _client(self._settings, region)
                self._made[region] = (time.monotonic(), client)
            return client


def provider_settings() -> dict[str, Any]:
    """Return the stack's `aws:` settings that say who one is and where; read while the program runs."""
    config = pulumi.Config("aws")
    found: dict[str, Any] = {key: config.get(key) for key in ("profile", "accessKey", "secretKey", "token")}
    for key in ("endpoints", "assumeRoles"):
        found[key] = json.loads(config.get(key) or "[]")
    if not found["assumeRoles"] and (role := config.get("assumeRole")):
        found["assumeRoles"] = [json.loads(role)]
    return {key: value for key, value in found.items() if value}


def _client(settings: dict[str, Any], region: str) -> Any:
    import boto3  # noqa: PLC0415 - as above

    session = boto3.Session(
        profile_name=settings.get("profile"),
        aws_access_key_id=settings.get("accessKey"),
        aws_secret_access_key=settings.get("secretKey"),
        aws_session_token=settings.get("token"),
        region_name=region,
    )
    for role in settings.get("assumeRoles", []):
        session = _assumed(session, role, region)
    # The engine hands a stack's `aws:endpoints` to the provider; the environment's are boto3's own.
    endpoints = {key: url for each in settings.get("endpoints", []) for key, url in each.items()}
    endpoint = os.environ.get("AWS_ENDPOINT_URL") or endpoints.get("lambda")
    return session.client("lambda", endpoint_url=endpoint, config=_limits())


def _limits() -> Any:
    from botocore.config import Config  # noqa: PLC0415 - as above

    return Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 5})


def _assumed(session: "boto3.Session", role: dict[str, Any], region: str) -> "boto3.Session":
    import boto3  # noqa: PLC0415 - as above

    given = {"RoleArn": role["roleArn"], "RoleSessionName": role.get("sessionName", "durable-functions")}
    if "externalId" in role:
        given["ExternalId"] = role["externalId"]
    keys = session.client("sts", region_name=region, config=_limits()).assume_role(**given)["Credentials"]
    return boto3.Session(
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
        region_name=region,
    )
