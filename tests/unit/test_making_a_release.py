"""`make release`, in a repository of the test's own: what it refuses, what it leaves, and the wheel that it makes."""

import json
import os
import re
import shutil
import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
FOLDERS = (
    "components",
    "docs",
    "cli",
    "policies",
    "stacks",
    "tables",
    "tests",
    "tools",
    "local/aws_provider",
)
FILES = (".gitignore", "Pulumi.yaml", "README.md", "pyproject.toml", "uv.lock")
# What a release writes and can break of the gate; the rest of it looks at the code, and takes a minute.
MAKEFILE = """
.PHONY: docs check
docs:
	@.venv/bin/python write.py
check:
	@test ! -e broken || { echo "error: it is broken" >&2; exit 1; }
	@.venv/bin/uv lock --check --quiet
"""
WRITE = """
from docs.generate import PAGES, PROJECT

for name in ("components/schema.json", "policies/PulumiPolicy.yaml"):
    (PROJECT / name).write_text(PAGES[name]())
"""
CHANGELOG = """# Changelog

## Unreleased

### Added

- Something new.

## 0.0.1 - 2026-01-02

- The first.
"""
CURRENT = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]["version"]
MAJOR, MINOR, _ = CURRENT.split(".")
NEXT = f"{MAJOR}.{int(MINOR) + 1}.0"


class Repository:
    """A repository with this project's files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        who = {
            f"GIT_{role}_{what}": "nobody" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        stray = ("GIT_", "MAKE", "UV_PROJECT", "VIRTUAL_ENV")
        kept = {key: value for key, value in os.environ.items() if not key.startswith(stray)}
        self.variables = {**kept, **who, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}

    def run(self, *command: str, code: int = 0) -> str:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
            umask=0o077,  # not the one that most have
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stderr if code else done.stdout

    def commit(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text)
        self.run("git", "add", "--all")
        self.run("git", "commit", "--quiet", "--message", f"Write {name}")

    def at(self, revision: str, name: str) -> str:
        return self.run("git", "show", f"{revision}:{name}")

    def refusal(self, version: str) -> str:
        """Return why a version is not released; nothing else may have come of it."""
        before = self.run("git", "rev-parse", "HEAD"), self.run("git", "status", "--porcelain")
        told = self.run("tools/release", version, code=1)
        assert (self.run("git", "rev-parse", "HEAD"), self.run("git", "status", "--porcelain")) == before
        assert not self.run("git", "tag", "--list", f"v{NEXT}")
        return told


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "project")
    for name in FOLDERS:
        ignored = shutil.ignore_patterns("node_modules", "__pycache__", ".venv")
        shutil.copytree(PROJECT / name, made.folder / name, ignore=ignored)
    for name in FILES:
        shutil.copy(PROJECT / name, made.folder)
    (made.folder / "Makefile").write_text(MAKEFILE)
    (made.folder / "write.py").write_text(WRITE)
    (made.folder / ".venv").symlink_to(PROJECT / ".venv")
    made.run("git", "init", "--quiet")
    (made.folder / ".git" / "info" / "exclude").write_text(".venv\n")  # as a link it is no folder to ignore
    made.commit("CHANGELOG.md", CHANGELOG)
    return made


def test_what_cannot_be_released_is_refused_before_anything_changes(repository: Repository) -> None:
    assert repository.refusal("") == (
        f"error: VERSION is not given; the project is at {CURRENT}: make release VERSION=<the next one>\n"
    )
    for version in ("0.2", "v9.0.0", "9.0.0-rc.1", "9.00.0", "9.0.0 1"):
        assert f"error: VERSION = '{version}': must be MAJOR.MINOR.PATCH" in repository.refusal(version)
    assert "'0.0.0': must be greater than " + CURRENT in repository.refusal("0.0.0")
    assert "'0.0.1': CHANGELOG.md has it already" in repository.refusal("0.0.1")

    repository.run("git", "tag", "v99.0.0")
    assert "'99.0.0': the tag v99.0.0 exists" in repository.refusal("99.0.0")

    (repository.folder / "README.md").write_text("not committed")
    for version in (CURRENT, NEXT):  # the first release is of the version that is there
        told = repository.refusal(version)
        assert "the checkout has changes" in told
        assert " M README.md" in told
    repository.run("git", "checkout", "--quiet", "README.md")

    repository.commit("CHANGELOG.md", CHANGELOG.replace("- Something new.\n", ""))
    assert "CHANGELOG.md has no entry below '## Unreleased'" in repository.refusal(NEXT)


def test_a_gate_that_fails_leaves_everything_as_it_was(repository: Repository) -> None:
    repository.commit("write.py", "")  # takes a while, and is tried below
    repository.commit("broken", "")
    told = repository.refusal(NEXT)
    assert "error: it is broken" in told
    assert f"error: {NEXT} is not released, for the reason above; the files are as they were" in told


def test_a_wheel_that_cannot_be_built_leaves_everything_as_it_was(repository: Repository) -> None:
    repository.commit("write.py", "")
    written = (repository.folder / "pyproject.toml").read_text()
    repository.commit("pyproject.toml", written.replace("setuptools.build_meta", "setuptools.nothing"))
    assert f"error: {NEXT} is not released, since its wheel cannot be built" in repository.refusal(NEXT)


def test_a_release_is_a_commit_a_tag_and_the_wheel_to_upgrade_from(repository: Repository) -> None:
    tag = f"v{NEXT}"
    before = repository.run("git", "ls-files", "tests/upgrade/")
    told = repository.run("tools/release", NEXT)
    assert f"git push origin HEAD {tag}" in told

    assert repository.run("git", "status", "--porcelain") == ""
    assert repository.run("git", "log", "--format=%s").splitlines() == [
        f"Hold what comes next to an upgrade of {NEXT}, which people have now",
        f"Release {NEXT}",
        "Write CHANGELOG.md",
    ]
    assert repository.run("git", "cat-file", "-t", tag) == "tag\n"
    assert repository.run("git", "rev-parse", f"{tag}^{{}}") == repository.run("git", "rev-parse", "HEAD~1")
    changed = repository.run("git", "diff", "--name-only", "HEAD~2", tag).split()
    assert changed == [
        "CHANGELOG.md",
        "components/schema.json",
        "policies/PulumiPolicy.yaml",
        "pyproject.toml",
        "uv.lock",
    ]

    assert tomllib.loads(repository.at(tag, "pyproject.toml"))["project"]["version"] == NEXT
    assert json.loads(repository.at(tag, "components/schema.json"))["version"] == NEXT
    assert yaml.safe_load(repository.at(tag, "policies/PulumiPolicy.yaml"))["version"] == NEXT
    heading = r"## Unreleased\n\n## " + re.escape(NEXT) + r" - \d{4}-\d\d-\d\d\n\n### Added\n\n- Something"
    assert re.search(heading, repository.at(tag, "CHANGELOG.md"))
    assert "CHANGELOG.md has no entry" in repository.run("tools/release", "99.0.0", code=1)

    assert repository.run("git", "ls-tree", "-r", "--name-only", tag, "tests/upgrade/") == before
    assert repository.run("git", "ls-tree", "-r", "--name-only", "HEAD", "tests/upgrade/").split() == [
        "tests/upgrade/Pulumi.yaml",
        "tests/upgrade/__init__.py",
        f"tests/upgrade/durable_functions-{NEXT}-py3-none-any.whl",
    ]
    (wheel,) = (repository.folder / "tests" / "upgrade").glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        # They are part of the bytes, and must not depend on who has built it; setuptools gives RECORD its own.
        assert {each.external_attr >> 16 & 0o777 for each in packed.infolist()} == {0o644, 0o664}
        assert packed.read("pulumi_durable_functions/schema.json").decode() == repository.at(
            tag, "components/schema.json"
        )
