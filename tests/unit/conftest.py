from pathlib import Path

import pulumi
import pytest

from tests.unit.mocks import Recorder


@pytest.fixture
def cloud() -> Recorder:
    recorder = Recorder()
    pulumi.runtime.set_mocks(recorder, project="shop", stack="test")
    return recorder


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture
def handler_folder(tmp_path: Path) -> str:
    (tmp_path / "app.py").write_text("def handler(event, context):\n    return event\n")
    return str(tmp_path)
