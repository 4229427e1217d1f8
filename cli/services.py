"""Makes clients of AWS's services.

By botocore alone, which is imported when a client is made: that takes longer than a command that needs none. boto3 would
also import its resources and transfers.
"""

from functools import cache
from typing import Any

ANY_REGION = "us-east-1"


def client(service: str, region_name: str | None = None) -> Any:
    """Return the client of a service, with the credentials of the environment, in a region or that of the environment."""
    return _client(service, region_name or _session().get_config_variable("region"))


def prepare() -> None:
    """Import botocore and make Lambda's client, for the functions' region if that is the environment's."""
    client("lambda", _session().get_config_variable("region") or ANY_REGION)


@cache
def _client(service: str, region_name: str | None) -> Any:
    """Make a client once, so that its connections are used again."""
    from botocore.config import Config  # noqa: PLC0415 - see above

    limits = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 5})
    return _session().create_client(service, region_name=region_name, config=limits)


@cache
def _session() -> Any:
    """Return the one session, so that credentials are looked up once."""
    from botocore.session import Session  # noqa: PLC0415 - see above

    return Session()
