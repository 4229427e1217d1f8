"""One local cloud for the session, and Pythons that are warm for the engine and its provider."""

import sys
from collections.abc import Iterator

import pytest

from server import Server
from tests.e2e.warm import warm_pythons
from tests.session import held


@pytest.fixture(scope="session")
def ending_with_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let nothing that is started outlive the session."""
    with (
        held(tmp_path_factory.mktemp("session") / "held") as variables,
        pytest.MonkeyPatch.context() as patch,
    ):
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session", autouse=True)
def _warm(ending_with_session: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Have the engines' Pythons forked from ones that are warm."""
    if sys.platform != "linux":  # forks of these libraries are safe there only
        yield
        return
    with (
        warm_pythons(tmp_path_factory.mktemp("warm")) as pythons,
        pytest.MonkeyPatch.context() as patch,
    ):
        for variable, python in pythons.items():
            patch.setenv(variable, python)
        yield


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("cloud"))
    server.start()
    try:
        yield server
    finally:
        server.end()
