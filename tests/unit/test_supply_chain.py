"""What the project installs is named by its hash, everywhere that something is installed from."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PYPI = "https://pypi.org/simple"
FILES = "https://files.pythonhosted.org/"


def locked(project: str) -> list[dict[str, Any]]:
    packages: list[dict[str, Any]] = tomllib.loads((PROJECT / project / "uv.lock").read_text())["package"]
    return packages


@pytest.mark.parametrize(
    ("project", "itself"),
    [(".", {"editable": "."}), ("policies", {"virtual": "."}), ("local", {"virtual": "."})],
)
def test_every_python_package_comes_from_pypi_and_has_the_hash_of_each_file(
    project: str, itself: dict[str, str]
) -> None:
    own = [package for package in locked(project) if package["source"] == itself]
    assert len(own) == 1
    for package in locked(project):
        if package not in own:
            assert package["source"] == {"registry": PYPI}, package["name"]
            files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
            assert files, package["name"]
            for file in files:
                assert file["url"].startswith(FILES), file
                assert re.fullmatch("sha256:[0-9a-f]{64}", file["hash"]), file


# What a program, the policies, the local cloud with its handlers, and their tests see of each other.
IN_STEP = {
    "policies": {"pulumi"},
    "local": {
        "aws-durable-execution-sdk-python",
        "aws-durable-execution-sdk-python-testing",
        "boto3",
        "botocore",
        "pulumi",
        "pulumi-aws",
    },
}


@pytest.mark.parametrize("project", IN_STEP)
def test_an_environment_of_its_own_has_the_programs_versions(project: str) -> None:
    versions, own = (
        {each["name"]: each["version"] for each in locked(name) if each["name"] in IN_STEP[project]}
        for name in (".", project)
    )
    assert versions.keys() == IN_STEP[project]
    assert own == versions


@pytest.mark.parametrize("path", sorted((PROJECT / "functions").glob("*/requirements.txt"), key=str))
def test_every_requirement_of_a_handler_has_a_hash(path: Path) -> None:
    text = re.sub(r"\\\n", " ", path.read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert lines
    for line in lines:
        assert re.match(r"[a-z0-9-]+==\S+ ", line), line
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", line), line


NODE_LOCKS = sorted(
    str(path.parent.relative_to(PROJECT))
    for folder in ("functions", "examples", "tests")
    for path in (PROJECT / folder).rglob("package-lock.json")
    if "node_modules" not in path.parts
)


# Its test installs it with --ignore-scripts.
WITHOUT_SCRIPTS = {"tests/remote/typescript"}


@pytest.mark.parametrize("project", NODE_LOCKS)
def test_every_node_package_has_a_hash_and_no_source_of_its_own(project: str) -> None:
    packages = json.loads((PROJECT / project / "package-lock.json").read_text())["packages"]
    others = {name: package for name, package in packages.items() if name}
    assert others
    for name, package in others.items():
        assert package["integrity"].startswith("sha512-"), name
        assert package.get("resolved", "https://registry.npmjs.org/").startswith(
            "https://registry.npmjs.org/"
        ), name
        scripted = package.get("hasInstallScript", False)
        assert not scripted or project in WITHOUT_SCRIPTS, f"{name} runs a script when it is installed"


@pytest.mark.parametrize("module", sorted((PROJECT / "tools").glob("*/go.mod"), key=str))
def test_every_go_module_has_a_hash(module: Path) -> None:
    required = re.findall(r"^\s*(?:require )?([\w./-]+\.\w+/\S+) (v\S+)", module.read_text(), re.MULTILINE)
    replaced = {old for old, _ in re.findall(r"^replace (\S+) => (\S+)", module.read_text(), re.MULTILINE)}
    sums = module.with_name("go.sum").read_text()
    assert required
    for name, version in required:
        if name not in replaced:
            assert f"{name} {version}" in sums, name
