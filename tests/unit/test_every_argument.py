"""Every argument of every component is seen in the inputs of its row, and is not without it."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

import components
from components import DurableFunctionsError, InvalidArgsError
from components.packaging.archive import CodeSource
from tables.account import Recorder, Registrations, declare
from tests.unit.every_argument import COMPONENTS, Row, Values


def test_every_component_that_takes_arguments_is_here() -> None:
    taking = {name.removesuffix("Args") for name in components.__all__ if name.endswith("Args")}
    assert set(COMPONENTS) == taking - {""}


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_argument_is_here(component: str) -> None:
    declared = getattr(components, f"{component}Args")
    assert set(COMPONENTS[component][1]) == declared.__required_keys__ | declared.__optional_keys__


@pytest.fixture
def sources(monkeypatch: pytest.MonkeyPatch) -> dict[str, CodeSource]:
    """Build no archive of a function's code; what it would be built of is found by the archive's path."""
    found: dict[str, CodeSource] = {}

    def build(source: CodeSource) -> Path:
        path = f"/archives/{len(found)}.zip"
        found[path] = source
        return Path(path)

    monkeypatch.setattr("components.function.checked_function.build_archive", build)
    return found


@pytest.mark.parametrize(
    ("component", "argument"),
    [(component, argument) for component, (_, rows) in COMPONENTS.items() for argument in rows],
)
def test_argument_is_seen_where_it_acts(
    sources: dict[str, CodeSource], component: str, argument: str
) -> None:
    usual, rows = COMPONENTS[component]
    row = rows[argument]
    given = {**usual, **row.beside, argument: row.given}
    if row.refused:
        with pytest.raises(InvalidArgsError) as caught:
            made(sources, component, given)
        assert row.refused in str(caught.value)
        return
    resources = made(sources, component, given)
    for resource, inputs in row.seen.items():
        if inputs is None:
            assert resource not in resources
        else:
            assert {key: inner(resources[resource], key) for key in inputs} == inputs
    assert not is_so_without(sources, component, {**usual, **row.beside}, row)


def is_so_without(sources: dict[str, CodeSource], component: str, args: Values, row: Row) -> bool:
    """Tell whether a row would hold without its value too: then it would prove nothing."""
    try:
        resources = made(sources, component, args)
    except DurableFunctionsError:
        return False
    return all(
        resource not in resources
        if inputs is None
        else resource in resources and {key: inner(resources[resource], key) for key in inputs} == inputs
        for resource, inputs in row.seen.items()
    )


def made(sources: dict[str, CodeSource], component: str, args: Values) -> dict[str, Values]:
    """Return what the component makes: the inputs, and the options that no mock is told."""
    cloud = Recorder()
    registered = Registrations(cloud)
    pulumi.runtime.set_mocks(cloud, project="shop", stack="test", monitor=registered)
    declare(lambda: getattr(components, component)("orders", args))
    resources = cloud.seen()
    for name, inputs in resources.items():
        request = registered.requests[name]
        inputs |= {"@protect": request.protect, "@guarded": bool(request.hooks.before_delete)}
        if isinstance(archive := inputs.get("code"), pulumi.FileArchive):
            inputs["code"] = sources.get(str(archive.path))
    return resources


def inner(value: Any, path: str) -> Any:
    """Return what a path with dots leads to; None if there is nothing."""
    for part in path.split("."):
        if isinstance(value, list):
            value = value[int(part)] if int(part) < len(value) else None
        else:
            value = (value or {}).get(part)
    return value
