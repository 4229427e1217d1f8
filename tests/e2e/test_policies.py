"""The pack as the engine runs it: on the program of this project, and on one that breaks every policy."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation as auto

from durable_policies.model import Level
from durable_policies.policies import POLICIES
from tests.e2e.conftest import PROJECT, Engine, LocalCloud
from tests.e2e.policy_programs import ALLOWED, FORBIDDEN, FOUND, MENDABLE

PACK = str(PROJECT / "policies" / "pack")


class Seen:
    """What the engine tells of policies, taken from its events."""

    def __init__(self) -> None:
        self.violations: list[Any] = []

    def __call__(self, event: Any) -> None:
        if event.policy_event is not None:
            self.violations.append(event.policy_event)

    def found(self) -> set[tuple[str, str, str]]:
        return {
            (each.policy_name, each.resource_urn.rpartition("::")[2], each.message.splitlines()[1])
            for each in self.violations
        }


@pytest.fixture
def any_type(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine whose provider previews every resource type, those too that the local cloud does not serve."""
    python = PROJECT / "local" / ".venv" / "bin" / "python"
    started = engine.folder / "any-type"
    script = Path(__file__).with_name("any_type_provider.py")
    started.write_text(f'#!/bin/sh\nexec "{python}" -u "{script}" "$@"\n')
    started.chmod(0o755)
    monkeypatch.setenv("LOCAL_PROVIDER_PYTHON", str(started))
    return engine


def advisory(folder: Path) -> Path:
    """Return a configuration with which every policy warns."""
    config = folder / "all.json"
    config.write_text(json.dumps({policy.name: "advisory" for policy in POLICIES}))
    return config


def run(operation: Callable[..., Any], config: Path, seen: Seen) -> Any:
    return operation(policy_packs=[PACK], policy_pack_configs=[str(config)], on_event=seen)


@pytest.mark.parametrize(("stack", "stage"), [("local", "dev"), ("prod", "prod")])
def test_the_program_of_this_project_keeps_to_every_policy(engine: Engine, stack: str, stage: str) -> None:
    seen = Seen()
    result = run(engine.sample(stack).preview, PROJECT / "policies" / f"{stage}.json", seen)
    assert seen.found() == set()
    assert result.change_summary


def test_each_violation_is_reported_with_what_is_wrong(any_type: Engine, tmp_path: Path) -> None:
    seen = Seen()
    run(any_type.written(FORBIDDEN, "forbidden").preview, advisory(tmp_path), seen)
    assert seen.found() == FOUND
    assert {name for name, _, _ in FOUND} == {policy.name for policy in POLICIES}


def test_what_aws_takes_and_nothing_hurts_in_is_not_found(any_type: Engine, tmp_path: Path) -> None:
    seen = Seen()
    result = run(any_type.written(ALLOWED, "allowed").preview, advisory(tmp_path), seen)
    assert seen.found() == set()
    assert result.change_summary[auto.OpType.CREATE] > 40


def test_prod_refuses_such_a_program_in_the_preview(any_type: Engine) -> None:
    seen = Seen()
    with pytest.raises(auto.CommandError):
        run(any_type.written(FORBIDDEN, "forbidden").preview, PROJECT / "policies" / "prod.json", seen)
    refused = {each.policy_name for each in seen.violations if each.enforcement_level == "mandatory"}
    assert refused == {policy.name for policy in POLICIES if policy.prod is Level.MANDATORY}


def test_what_can_be_mended_is_deployed_mended(engine: Engine, cloud: LocalCloud, tmp_path: Path) -> None:
    config = tmp_path / "mend.json"
    levels: dict[str, Any] = {
        policy.name: "remediate" if policy.dev is Level.REMEDIATE else "disabled" for policy in POLICIES
    }
    config.write_text(json.dumps(levels | {"log-retention": {"enforcementLevel": "remediate", "days": 7}}))
    seen = Seen()
    program = engine.written(MENDABLE, "mendable")
    run(program.up, config, seen)
    assert seen.found() == set()
    lambdas = cloud.client("lambda")
    made = lambdas.get_function(FunctionName="flat")["Configuration"]
    assert made["LoggingConfig"]["LogFormat"] == "JSON"
    assert made["Environment"]["Variables"]["DB_PASSWORD"] == "hunter2"
    # The export shows secrets too, but as what a mark holds and not as plain values.
    state = json.dumps(program.export_stack().deployment)
    assert "hunter2" in state
    assert '"DB_PASSWORD": "hunter2"' not in state
    versions = lambdas.list_versions_by_function(FunctionName="flat")["Versions"]
    assert [each["Version"] for each in versions] == ["$LATEST", "1"]
    groups = cloud.client("logs").describe_log_groups(logGroupNamePrefix="/aws/lambda/flat-logs")
    assert [group["retentionInDays"] for group in groups["logGroups"]] == [7]
