"""Failures, with messages for the user at the terminal."""

import contextlib
import re
from collections.abc import Iterable, Iterator
from typing import Any

MISSING = re.compile(r"404|.*NotFound(Error|Exception)?|NoSuch\w+|.*NonExistentQueue|\w+DoesNotExist")
"""The codes of what does not exist, of all services: `NoSuchKey`, `InvalidVpcID.NotFound`, `StateMachineDoesNotExist`."""


class ProviderError(Exception):
    """A failure with a complete message."""


class NotFoundError(ProviderError):
    """The service does not have the resource."""


class InitFailedError(ProviderError):
    """The resource exists, but a later step failed: the state keeps it, and the next run continues."""

    def __init__(
        self,
        message: str,
        id_: str,
        outputs: dict[str, Any],
        inputs: dict[str, Any],
        secrets: Iterable[tuple[str, ...]] | None = None,
    ) -> None:
        super().__init__(message)
        self.id = id_
        self.outputs = outputs
        self.inputs = inputs
        self.secrets = secrets or ()


@contextlib.contextmanager
def translated(service: str, operation: str, endpoint: str) -> Iterator[None]:
    """Turn botocore's exceptions into a `ProviderError` that carries the service's code and message."""
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError  # noqa: PLC0415 (start-up)

    try:
        yield
    except ClientError as error:
        details = error.response.get("Error", {})
        code, message = str(details.get("Code", "")), details.get("Message") or str(error)
        kind = NotFoundError if MISSING.fullmatch(code) else ProviderError
        raise kind(f"{service}:{operation}: {code}: {message}") from error
    except HTTPClientError as error:
        raise ProviderError(
            f"{service}:{operation}: the local cloud at {endpoint} does not answer ({error}). "
            "Start it with: local/bin/local-cloud start"
        ) from error
    except BotoCoreError as error:
        raise ProviderError(f"{service}:{operation}: {error}") from error
