"""What is told of the file that a configuration stands in."""

import json
from collections.abc import Mapping
from pathlib import Path

import pulumi
import pytest
from pulumi_durable_functions import InvalidArgsError

from stacks import Settings
from tables.account import Recorder

SHOP = {"shop:profile": "dev", "shop:executionTimeout": "15m", "shop:retention": "1d"}
WRITTEN = "config:\n  shop:profile: dev\n  executionTimeout: 15m # the project's, as the next\n  shop:retention: 1d\n"


class Deployment:
    """What the engine gives the program, in the environment; the file is what `--config-file` would name."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self._set = monkeypatch.setenv
        self._folder = folder
        self.file = folder / "of-mine.yaml"

    def write(self, text: str) -> None:
        self.file.write_text(text)
        self._set("PULUMI_OPTION_CONFIG_FILE", str(self.file))

    def load(
        self, config: Mapping[str, str], *secrets: str, project: str = "shop", stack: str = "dev"
    ) -> Settings:
        self._set("PULUMI_CONFIG", json.dumps(config))
        self._set("PULUMI_CONFIG_SECRET_KEYS", json.dumps(secrets))
        pulumi.runtime.set_mocks(Recorder(), project=project, stack=stack)
        return Settings.load()

    def refused(self, config: Mapping[str, str], *secrets: str, **names: str) -> list[str]:
        with pytest.raises(InvalidArgsError) as caught:
            self.load(config, *secrets, **names)
        return str(caught.value).splitlines()


@pytest.fixture
def deployment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Deployment:
    monkeypatch.delenv("PULUMI_OPTION_CONFIG_FILE", raising=False)
    return Deployment(monkeypatch, tmp_path)


@pytest.mark.parametrize(
    ("key", "value"), [("environment", "hush hush"), ("aliasVersions", '{"orders": "hush"}')]
)
def test_the_value_of_what_the_engine_calls_secret_is_not_shown(
    deployment: Deployment, key: str, value: str
) -> None:
    lines = deployment.refused({**SHOP, f"shop:{key}": value}, f"shop:{key}")
    assert len(lines) == 2
    assert f"shop:{key}" in lines[1]
    assert "= '[secret]': must be" in lines[1]
    assert "hush" not in "".join(lines)


def test_the_stacks_own_file_is_named_where_it_says_what_is_wrong(deployment: Deployment) -> None:
    values = {"profile": "dev", "executionTimeout": "15m", "retention": "1d", "timeout": ""}
    values["deletionProtection"] = "false"
    config = {f"durable-functions:{key}": value for key, value in values.items()}
    names = {"project": "durable-functions", "stack": "dev"}
    assert deployment.load(config, **names).retention == 1
    assert deployment.refused({**config, "durable-function:memorySize": "5"}, **names) == [
        "stacks/Pulumi.dev.yaml has 1 problem:",
        "  durable-function:memorySize: is not known; did you mean durable-functions:memorySize?",
    ]


@pytest.mark.parametrize("known", ["shops:colour", "bakery:memorySize", "aws:region", "sh:memorySize"])
def test_keys_of_packages_are_not_taken_for_misspelt_ones(deployment: Deployment, known: str) -> None:
    assert deployment.load({**SHOP, known: "1"})


def test_a_file_that_the_program_is_told_of_is_named(deployment: Deployment) -> None:
    deployment.write(f"{WRITTEN}  shop:logLevel: LOUD\n")
    title, problem = deployment.refused({**SHOP, "shop:logLevel": "LOUD"})
    assert title == f"{deployment.file} has 1 problem:"
    assert problem.startswith("  shop:logLevel = 'LOUD': must be one of ")


@pytest.mark.parametrize(
    "text",
    [
        WRITTEN,  # without the key
        f"{WRITTEN}  shop:logLevel: QUIET\n",
        f"{WRITTEN}  shop:logLevel: LOUD\n  shop:architecture: arm64\n",
        "config: [",
        "5",
        "",
        None,
    ],
)
def test_a_file_that_says_something_else_is_not_blamed(deployment: Deployment, text: str | None) -> None:
    if text is not None:
        deployment.write(text)
    title, _ = deployment.refused({**SHOP, "shop:logLevel": "LOUD"})
    assert title == ("the configuration of stack 'dev' (not stacks/Pulumi.dev.yaml) has 1 problem:")


def test_a_file_that_imports_an_environment_does_not_say_all(deployment: Deployment) -> None:
    deployment.write(f"environment: [shop/prod]\n{WRITTEN}")
    title, _ = deployment.refused({**SHOP, "shop:logLevel": "LOUD"})
    assert title == f"{deployment.file} has 1 problem:"


@pytest.mark.parametrize(
    ("written", "read", "problem"),
    [
        (
            "memorySize: 01000",
            "512",
            "memorySize = '01000': is an octal number in YAML, read as 512; write 1000",
        ),
        ("retention: 010", "8", "retention = '010': is an octal number in YAML, read as 8; write 10"),
        (
            "aliasVersions: {orders: 017}",
            '{"orders":15}',
            "aliasVersions.orders = '017': is an octal number in YAML, read as 15; write 17",
        ),
    ],
)
def test_a_number_that_yaml_reads_as_octal_is_refused(
    deployment: Deployment, written: str, read: str, problem: str
) -> None:
    key = written.partition(":")[0]
    deployment.write(
        WRITTEN.replace("  shop:retention: 1d\n", "  shop:retention: 1d\n" * (key != "retention"))
        + f"  shop:{written}\n"
    )
    _, line = deployment.refused({**SHOP, f"shop:{key}": read})
    assert line.startswith(f"  shop:{problem}, or ")


@pytest.mark.parametrize(
    ("written", "read"), [("0o1000", "512"), ('"0512"', "0512"), ("0x200", "512"), ("1_000", "1000")]
)
def test_other_ways_to_write_a_number_are_meant_so(deployment: Deployment, written: str, read: str) -> None:
    deployment.write(f"{WRITTEN}  shop:memorySize: {written}\n")
    assert deployment.load({**SHOP, "shop:memorySize": read}).memory_size == int(read)
