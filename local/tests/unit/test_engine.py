"""What `local-cloud env` prints, and where it puts the provider."""

import json
import os
from importlib.metadata import version
from pathlib import Path

import pytest

from local_cloud import engine
from local_cloud.__main__ import main
from local_cloud.errors import CloudError
from local_cloud.process import FOLDER, PROJECT, LocalCloud


@pytest.fixture(autouse=True)
def _own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_PORT", "4700")
    monkeypatch.setenv("LOCAL_STATE_DIR", str(tmp_path / "cloud"))
    monkeypatch.setenv("LOCAL_ENGINE_DIR", str(tmp_path / "engine"))
    monkeypatch.setenv("AWS_PROFILE", "mine")
    monkeypatch.setenv("AWS_ROLE_ARN", "mine")
    monkeypatch.setenv("AWS_X; echo run", "no shell sets such a name")


def test_the_shell_and_json_forms_say_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env"]) == 0
    unset, path, *exports = capsys.readouterr().out.splitlines()
    assert main(["env", "--json"]) == 0
    variables = json.loads(capsys.readouterr().out)
    assert {"AWS_PROFILE", "AWS_ROLE_ARN", "AWS_SESSION_TOKEN"} <= set(unset.removeprefix("unset ").split())
    assert "run" not in unset
    first, last = f"{PROJECT}/.venv/bin:{FOLDER}/bin", f"{FOLDER}/.venv/bin"
    assert path.startswith(f"export PATH={first}")
    assert path.endswith(f':"$PATH":{last}')
    assert variables["PATH"].startswith(first)
    assert variables["PATH"].endswith(f":{os.environ['PATH']}:{last}")
    assert [f"export {name}={value}" for name, value in variables.items() if name != "PATH"] == exports
    assert variables["PULUMI_BACKEND_URL"] == f"file://{tmp_path}/engine/pulumi-state"
    assert (tmp_path / "engine" / "pulumi-state").stat().st_mode & 0o777 == 0o700
    assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4700"


def test_the_provider_stands_for_the_plugin_of_the_programs_version(tmp_path: Path) -> None:
    stale = tmp_path / "pulumi-home" / "plugins" / f"resource-aws-v{version('pulumi-aws')}"
    stale.mkdir(parents=True)
    (stale / "pulumi-resource-aws").symlink_to("/nowhere")
    engine.environment(LocalCloud.from_environment(), tmp_path)
    (plugin,) = (tmp_path / "pulumi-home" / "plugins").iterdir()
    assert plugin == stale
    assert (plugin / "pulumi-resource-aws").resolve() == FOLDER / "plugin" / "pulumi-resource-aws"


def test_a_program_without_the_plugin_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "PROJECT", tmp_path)
    with pytest.raises(CloudError, match=r"\.venv has no pulumi-aws, .*make setup"):
        engine.environment(LocalCloud.from_environment(), tmp_path)
