"""What the control plane's list of functions leaves out: their versions, which Lambda lists with FunctionVersion=ALL."""

from collections.abc import Iterator, Mapping
from typing import Any

from ministack.core.responses import json_response
from ministack.services import lambda_svc

PAGE = 50


def install() -> None:
    """List all versions of all functions where a request asks so. The control plane has no public way to."""
    latest = lambda_svc._list_functions

    def list_functions(query: Mapping[str, Any]) -> Any:
        if lambda_svc._qp_first(query, "FunctionVersion") != "ALL":
            return latest(query)
        found = list(_configurations())
        start = int(lambda_svc._qp_first(query, "Marker") or 0)
        end = start + int(lambda_svc._qp_first(query, "MaxItems") or PAGE)
        body: dict[str, Any] = {"Functions": found[start:end]}
        return json_response({**body, "NextMarker": str(end)} if end < len(found) else body)

    lambda_svc._list_functions = list_functions


def _configurations() -> Iterator[dict[str, Any]]:
    for _, function in sorted(lambda_svc._functions.items()):
        yield function["config"]
        for _, version in sorted(function["versions"].items(), key=lambda each: int(each[0])):
            yield version["config"]
