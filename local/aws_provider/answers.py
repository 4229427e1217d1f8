"""Answers to the engine: differences in its form, failures as statuses with a message."""

import contextlib
import functools
import re
import sys
import traceback
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath
from typing import Any, TypeVar

import grpc  # type: ignore[import-untyped]
from pulumi.runtime.proto import provider_pb2, status_pb2

from aws_provider.diff import Change
from aws_provider.failures import InitFailedError, ProviderError
from aws_provider.model import Props, ResourceType
from aws_provider.settings import EndpointError
from aws_provider.values import Path, encode

_KINDS = {"add": provider_pb2.PropertyDiff.ADD, "delete": provider_pb2.PropertyDiff.DELETE}
_REPLACING = {
    provider_pb2.PropertyDiff.ADD: provider_pb2.PropertyDiff.ADD_REPLACE,
    provider_pb2.PropertyDiff.DELETE: provider_pb2.PropertyDiff.DELETE_REPLACE,
    provider_pb2.PropertyDiff.UPDATE: provider_pb2.PropertyDiff.UPDATE_REPLACE,
}

_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
"""What Python takes for printable although it shows nothing: fillers, joiners, and selectors of variants."""

Method = TypeVar("Method", bound=Callable[..., Any])


def reporting_failures(method: Method) -> Method:
    """Turn what a method of the servicer raises into a status with a message for the user."""

    @functools.wraps(method)
    def answer(self: Any, request: Any, context: Any) -> Any:
        try:
            return method(self, request, context)
        except InitFailedError as error:
            context.set_trailing_metadata((("grpc-status-details-bin", _details(error)),))
            code, message = grpc.StatusCode.UNKNOWN, str(error)
        except (ProviderError, EndpointError) as error:
            code, message = grpc.StatusCode.UNKNOWN, str(error)
        except Exception as error:  # whose traceback the engine would show
            traceback.print_exc(file=sys.stderr)
            place = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{PurePath(place.filename).name}:{place.lineno}"
            code = grpc.StatusCode.INTERNAL
            message = f"fault in the local cloud's provider at {where}: {type(error).__name__}: {error}"
        return context.abort(code, printable(message))

    return answer  # type: ignore[return-value]  # the same signature


@contextlib.contextmanager
def failures_of(
    row: ResourceType, operation: str, props: Props, secrets: set[Path] | None = None
) -> Iterator[None]:
    """Add to the message of a failure which operation failed, and on which resource."""
    name = next((str(props[key]) for key in reversed(row.keys) if isinstance(props.get(key), str)), "")
    failed = f"{operation} {row.noun} {name!r}" if name else f"{operation} {row.noun}"
    try:
        yield
    except InitFailedError as error:
        raise InitFailedError(f"{failed}: {error}", error.id, error.outputs, error.inputs, secrets) from error
    except ProviderError as error:
        raise ProviderError(f"{failed}: {error}") from error


def printable(text: str) -> str:
    """Return text that neither a terminal obeys, nor the engine, which takes what follows `<{%` for a colour."""
    shown = "".join(char if _is_harmless(char) else char.encode("unicode_escape").decode() for char in text)
    return shown.replace("<{%", r"<{\x25")


def _is_harmless(character: str) -> bool:
    # To isprintable(), the spaces of other scripts are not printable. Persian and some emoji need the joiners.
    shown = character.isprintable() or unicodedata.category(character) == "Zs"
    return (shown and not _INVISIBLE.match(character)) or character in "\n\t\u200c\u200d"


def _details(error: InitFailedError) -> bytes:
    detail = provider_pb2.ErrorResourceInitFailed(
        id=error.id,
        properties=encode(error.outputs, error.secrets),
        inputs=encode(error.inputs, error.secrets),
        reasons=[printable(str(error))],
    )
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=printable(str(error)))
    status.details.add().Pack(detail)
    return bytes(status.SerializeToString())


def diff_response(changes: Sequence[Change], *, collision: bool) -> provider_pb2.DiffResponse:
    """Return the differences, each at its path; `collision` if a replacement needs the old resource's name."""
    response = provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if changes else provider_pb2.DiffResponse.DIFF_NONE,
        hasDetailedDiff=True,
        diffs=sorted({change.name for change in changes}),
        replaces=sorted({change.name for change in changes if change.replaces}),
    )
    response.deleteBeforeReplace = bool(response.replaces) and collision
    for change in changes:
        kind = _KINDS.get(change.kind, provider_pb2.PropertyDiff.UPDATE)
        kind = _REPLACING[kind] if change.replaces else kind
        response.detailedDiff[change.path].CopyFrom(provider_pb2.PropertyDiff(kind=kind, inputDiff=True))
    return response
