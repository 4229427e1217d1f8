import pulumi
import pytest

from tables.account import Recorder


@pytest.fixture
def cloud() -> Recorder:
    recorder = Recorder()
    pulumi.runtime.set_mocks(recorder, project="shop", stack="test")
    return recorder


@pytest.fixture(autouse=True)
def _own_cache(own_cache: None) -> None:
    """Every unit test builds into a cache of its own."""
