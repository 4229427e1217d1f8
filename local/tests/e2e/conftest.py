"""One local cloud for the session, and Pythons that are warm for the engine and its provider."""

from collections.abc import Iterator

import pytest

from server import Server
from tests.conftest import ending_with_session
from tests.e2e.warm_fixture import warm

__all__ = ["ending_with_session", "warm"]


@pytest.fixture(scope="session")
def cloud(ending_with_session: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("cloud"))
    server.start()
    try:
        yield server
    finally:
        server.end()
