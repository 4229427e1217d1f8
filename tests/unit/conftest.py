import pulumi
import pytest

from tables.account import Recorder


@pytest.fixture
def cloud() -> Recorder:
    recorder = Recorder()
    pulumi.runtime.set_mocks(recorder, project="shop", stack="test")
    return recorder


@pytest.fixture(autouse=True)
def _own_cache(own_cache: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every unit test builds into a cache of its own, and for Lambda, also in a shell with the local cloud's exports."""
    monkeypatch.delenv("LOCAL_CLOUD_PYTHON", raising=False)
