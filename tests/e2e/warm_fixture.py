"""The fixture of every session of end-to-end tests, the local cloud's too: engines and providers run on warm Pythons."""

import sys
from collections.abc import Iterator

import pytest

from tests.e2e.warm import warm_pythons


@pytest.fixture(scope="session", autouse=True)
def warm(ending_with_session: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
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
