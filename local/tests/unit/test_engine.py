"""What `local-cloud env` prints, and where it puts the provider."""

import json
import os
import subprocess
import sys
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


def in_shell(script: str, **variables: str) -> dict[str, str]:
    """Return the variables that a shell has exported after a script; EXPORTS is what `env` has printed."""
    done = subprocess.run(
        [
            "sh",
            "-euc",
            f'{script}\nexec "{sys.executable}" -c "import json, os; print(json.dumps({{**os.environ}}))"',
        ],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, str] = json.loads(done.stdout)
    return {
        key: value for key, value in found.items() if key not in {"_", "EXPORTS", "SHLVL", "PWD", "OLDPWD"}
    }


def test_the_shell_and_json_forms_say_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["env"]) == 0
    exports = capsys.readouterr().out
    assert main(["env", "--json"]) == 0
    variables = json.loads(capsys.readouterr().out)
    assert "run" not in exports.partition("unset AWS")[2].partition("\n")[0]
    assert variables["PATH"].startswith(f"{PROJECT}/.venv/bin:{FOLDER}/bin")
    assert variables["PATH"].endswith(f":{os.environ['PATH']}:{FOLDER}/.venv/bin")
    assert variables["PULUMI_BACKEND_URL"] == f"file://{tmp_path}/engine/pulumi-state"
    assert (tmp_path / "engine" / "pulumi-state").stat().st_mode & 0o777 == 0o700
    assert variables["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4700"
    assert variables["LOCAL_CLOUD_PYTHON"] == sys.executable

    found = in_shell('eval "$EXPORTS"', EXPORTS=exports, AWS_SESSION_TOKEN="mine")
    assert {key: found[key] for key in variables} == variables
    assert {key for key in found if key.startswith("AWS_")} <= variables.keys()


@pytest.mark.parametrize("times", [1, 2])
def test_there_is_a_way_back(capsys: pytest.CaptureFixture[str], times: int) -> None:
    assert main(["env"]) == 0
    mine = {"EXPORTS": capsys.readouterr().out, "AWS_PROFILE": 'it\'s "mine" $HOME', "AWS_REGION": ""}
    back = in_shell('eval "$EXPORTS"; ' * times + "leave_local_cloud", **mine)
    assert back == in_shell("", **mine)


def test_a_project_of_ones_own_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = (
        tmp_path / "shop" / ".venv" / "lib" / "python3.11" / "site-packages" / "pulumi_aws-7.99.0.dist-info"
    )
    packages.mkdir(parents=True)
    (packages / "METADATA").write_text("Metadata-Version: 2.1\nName: pulumi-aws\nVersion: 7.99.0\n")
    (tmp_path / "shop" / ".venv" / "bin").mkdir()
    (tmp_path / "shop" / "infra").mkdir()
    monkeypatch.chdir(tmp_path / "shop" / "infra")
    first, second, *_ = engine.search_path()
    assert (first, second) == (f"{tmp_path}/shop/.venv/bin", f"{PROJECT}/.venv/bin")
    engine.install_provider(tmp_path / "home")
    assert {each.name for each in (tmp_path / "home" / "plugins").iterdir()} == {
        "resource-aws-v7.99.0",
        f"resource-aws-v{version('pulumi-aws')}",
    }


def test_the_end_of_the_cloud_names_the_stacks_that_end_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LOCAL_ENGINE_DIR", str(tmp_path))
    resources = [
        {"type": "pulumi:pulumi:Stack"},
        {"type": "aws:sqs/queue:Queue"},
        {"type": "aws:iam/role:Role"},
    ]
    for name, text in {
        "shop/local": json.dumps({"checkpoint": {"latest": {"resources": resources}}}),
        "hello/local": json.dumps({"checkpoint": {"latest": {"resources": resources[:1]}}}),
        "empty/local": json.dumps({"checkpoint": {"latest": None}}),
        "broken/local": "{",
    }.items():
        file = tmp_path / "pulumi-state" / ".pulumi" / "stacks" / f"{name}.json"
        file.parent.mkdir(parents=True)
        file.write_text(text)
    LocalCloud.from_environment().folder.prepare()
    assert main(["stop"]) == 0
    assert "shop" not in capsys.readouterr().out
    assert main(["stop", "--wipe"]) == 0
    said = capsys.readouterr().out
    assert "  shop/local  2 resources\n" in said
    assert said.endswith("pulumi stack rm --force --preserve-config organization/shop/local\n")
    assert "hello" not in said


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
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CloudError, match=r"\.venv has no pulumi-aws, .*make setup"):
        engine.environment(LocalCloud.from_environment(), tmp_path)
