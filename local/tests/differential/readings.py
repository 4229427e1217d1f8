"""The state of a resource, as it is read by boto3."""

import json
import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from aws_provider.wire import dig
from differential.subject import Props, Request, named, unnamed
from differential.world import ACCOUNT
from server import Server

# What no two resources have in common.
_OWN = re.compile(
    r".*(?:Created?Date|CreationDate|ModificationDate|Modified|ModifiedTime|Timestamp|CreationTime|creationTime|RevisionId|UUID|DateTime|UpdateDate"
    r"|UpdatedTimestamp|ResponseMetadata|ETag|StreamLabel|TableId|LastUpdated|AlarmConfigurationUpdated\w+"
    r"|StateReason|StateReasonData|Location|FeedbackSampleRate|CreationRequestId|storedBytes|StartingHashKey|NextToken)"
    r"|(?:Role|User|Group|Policy)Id|FunctionUrl|LatestStreamArn|Statistic"
)
# Lists whose order counts.
_ORDERED = {"Layers", "Command", "EntryPoint", "KeySchema"}


class Readings:
    """Reads what the cloud has, with clients of its own."""

    def __init__(self, cloud: Server) -> None:
        self._cloud = cloud
        self._clients: dict[str, Any] = {}

    def names(self, name: str) -> dict[str, str]:
        """Return what stands in a case's texts for its own names."""
        return {"NAME": name, "QUEUES": f"{self._cloud.endpoint}/{ACCOUNT}"}

    def make(self, requests: tuple[Request, ...], name: str = "") -> None:
        """Send a case's requests."""
        for request in requests:
            self._send(request, named(request.params, self.names(name)))

    def read(self, reads: tuple[Request, ...], known: Mapping[str, Any], name: str) -> Any:
        """Return the state of a case's resource with these properties: one part for each read, None for nothing."""
        return [self._read(request, known, name) for request in reads]

    def _read(self, request: Request, known: Mapping[str, Any], name: str) -> Any:
        try:
            answer = self._send(request, _filled(named(request.params, self.names(name)), known))
        except ParamValidationError:
            return None  # the resource lacks what names it
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] in {400, 404}:
                return None
            raise
        return plain(dig(answer, request.path) if request.path else answer) or None

    def _send(self, request: Request, params: Props) -> Any:
        if request.service not in self._clients:
            self._clients[request.service] = self._cloud.client(request.service)
        return getattr(self._clients[request.service], request.op)(**params)


def _says(value: Any) -> bool:
    # A flag that is off means the same as none.
    return value is not False and value not in (None, "", [], {})


def _filled(params: Any, known: Mapping[str, Any]) -> Any:
    match params:
        case str():
            whole = re.fullmatch(r"\{(\w+)\}", params)
            return known.get(whole[1], "") if whole else params.format_map(known)
        case dict():
            return {key: _filled(item, known) for key, item in params.items()}
        case list():
            return [_filled(item, known) for item in params]
        case _:
            return params


def plain(value: Any, *, ordered: bool = False) -> Any:
    """Return a state without what no two resources have in common."""
    match value:
        case dict():
            items = {
                unnamed(key): plain(item, ordered=key in _ORDERED)
                for key, item in value.items()
                if not _OWN.fullmatch(key)
            }
            return {key: items[key] for key in sorted(items) if _says(items[key])}
        case list() | tuple():
            entries = [plain(item) for item in value]
            return entries if ordered else sorted(entries, key=lambda item: json.dumps(item, default=str))
        case bool() | int() | float() | None:
            return value
        case _ if hasattr(value, "read"):
            return unnamed(value.read().decode())
        case _:
            return _text(str(value))


def _text(text: str) -> Any:
    try:
        return plain(json.loads(text)) if text[:1] in {"{", "["} else unnamed(text)
    except ValueError:
        return unnamed(text)
