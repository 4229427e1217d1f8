"""What the control plane's list of functions leaves out: their versions, which Lambda lists with FunctionVersion=ALL."""

from collections.abc import Iterator, Mapping
from typing import Any

from local_cloud.gateway import emulator

PAGE = 50


def install() -> None:
    """List all versions of all functions where a request asks so. The control plane has no public way to."""
    latest = emulator.list_functions.value

    def list_functions(query: Mapping[str, list[str]]) -> Any:
        if _first(query, "FunctionVersion") != "ALL":
            return latest(query)
        found = list(_configurations())
        start = int(_first(query, "Marker") or 0)
        end = start + int(_first(query, "MaxItems") or PAGE)
        body: dict[str, Any] = {"Functions": found[start:end]}
        return emulator.responses.json_response(
            {**body, "NextMarker": str(end)} if end < len(found) else body
        )

    emulator.list_functions.replace(list_functions)


def _first(query: Mapping[str, list[str]], name: str) -> str | None:
    return query.get(name, [None])[0]


def _configurations() -> Iterator[dict[str, Any]]:
    for _, function in sorted(emulator.functions.value.items()):
        yield function["config"]
        for _, version in sorted(function["versions"].items(), key=lambda each: int(each[0])):
            yield version["config"]
