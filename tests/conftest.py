from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.session import held

# No outcome depends on the speed of the machine.
settings.register_profile("any-speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any-speed")
# What test modules import from here asserts as they do, and a failure is to say as much.
pytest.register_assert_rewrite("tests.e2e", "tests.unit")


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


@pytest.fixture
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what a test builds out of the user's cache, and that out of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def handler_folder(tmp_path: Path) -> str:
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return event\n")
    return str(tmp_path)
