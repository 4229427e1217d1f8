"""Other tools with the same resources, if they are installed."""

import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from bench.overhead import Times
from bench.report import Results, Table, seconds
from bench.sandbox import PROGRAMS, UP, BenchError, Sandbox, output_of, timed, zipped

FUNCTIONS = 10
TERRAFORM = ["terraform", "apply", "-auto-approve", "-input=false"]
COMMANDS = {
    "preview": (["pulumi", "preview"], ["terraform", "plan", "-input=false"], False),
    "first up": (["pulumi", *UP], TERRAFORM, False),
    "no-op up": (["pulumi", *UP], TERRAFORM, False),
    "one function changed": (["pulumi", *UP], TERRAFORM, True),
    "destroy": (
        ["pulumi", "destroy", "--yes", "--skip-preview", "--run-program"],
        ["terraform", "destroy", "-auto-approve", "-input=false"],
        True,
    ),
}


def measure(sandbox: Sandbox, runs: int, progress: Callable[[str], None]) -> Results:
    """Deploy ten functions with each tool on PATH, and with the components."""
    tables, notes = [], []
    for tool, measured in (("terraform", _terraform), ("cdk", _cdk)):
        if shutil.which(tool):
            table, tool_notes = measured(sandbox, runs, progress)
            tables.append(table)
            notes += tool_notes
        else:
            notes.append(f"`{tool}` is not on PATH, so it was not measured.")
    return Results(tables, notes=notes)


def _terraform(sandbox: Sandbox, runs: int, progress: Callable[[str], None]) -> tuple[Table, list[str]]:
    times, version = Times(), ""
    for run in range(runs):
        components = sandbox.program("components", sandbox.folder / f"beside-terraform-{run}")
        terraform = sandbox.folder / f"terraform-{run}"
        version, durable = initialised(terraform, sandbox.variables(sandbox.folder))
        for command, (ours, others, changed) in COMMANDS.items():
            progress(f"terraform, run {run + 1} of {runs}: {command}")
            more = {"BENCH_FUNCTIONS": str(FUNCTIONS), "TF_VAR_functions": str(FUNCTIONS)}
            if changed:
                more |= {"BENCH_CHANGED": "1", "TF_VAR_description": "changed"}
            variables = sandbox.variables(components, more)
            times.add("components", command, timed([*ours, "--stack", "bench"], components, variables))
            times.add("terraform", command, timed(others, terraform, variables))
    rows = [
        [command]
        + [seconds(times.by_command[name, command]) for name in ("terraform", "components")]
        + [f"{times.ratio(command, against='terraform'):.2f}"]
        for command in COMMANDS
    ]
    notes = [
        f"{version}, with state of its own, on the same local cloud.",
        "Terraform's provider is the one for AWS and waits where AWS needs it; the components are deployed by the "
        "embedded provider, which is made for this cloud.",
    ]
    if not durable:
        notes.append(
            "That provider has no `durable_config`: Terraform's functions are plain ones, all else is the same."
        )
    table = Table(
        f"{FUNCTIONS} functions by Terraform and by the components",
        ["command", "terraform", "components", "ratio"],
        rows,
    )
    return table, notes


def initialised(folder: Path, variables: dict[str, str]) -> tuple[str, bool]:
    """Prepare Terraform's program with the available provider; return its name, and whether it supports DurableConfig.

    Raises:
        BenchError: no provider is available.
    """
    source = (PROGRAMS / "terraform" / "main.tf").read_text()
    folder.mkdir()
    (folder / "handler.zip").write_bytes(zipped(PROGRAMS / "handler"))
    (folder / "main.tf").write_text(source)
    durable = True
    try:
        timed(["terraform", "init", "-input=false"], folder, variables)
    except BenchError:
        # A mirror may only have an older provider.
        durable = False
        older = re.sub(r"\n +version = .*|\n  durable_config \{[^}]*\}", "", source)
        (folder / "main.tf").write_text(older)
        timed(["terraform", "init", "-input=false"], folder, variables)
    versions = json.loads(output_of(["terraform", "version", "-json"], folder, variables))
    ((_, provider),) = versions["provider_selections"].items()
    return f"Terraform {versions['terraform_version']} with provider {provider}", durable


def _cdk(sandbox: Sandbox, runs: int, progress: Callable[[str], None]) -> tuple[Table, list[str]]:
    folder = sandbox.folder / "cdk"
    shutil.copytree(PROGRAMS / "cdk", folder)
    shutil.copytree(PROGRAMS / "handler", folder / "handler")
    progress("cdk: its library")
    timed(["npm", "install", "--silent", "--no-audit", "--no-fund"], folder, dict(os.environ))
    components = sandbox.program("components", sandbox.folder / "beside-cdk")
    times = Times()
    for run in range(runs):
        progress(f"cdk, run {run + 1} of {runs}")
        shutil.rmtree(folder / "cdk.out", ignore_errors=True)
        variables = sandbox.variables(components, {"BENCH_FUNCTIONS": str(FUNCTIONS)})
        times.add(
            "components", "preview", timed(["pulumi", "preview", "--stack", "bench"], components, variables)
        )
        times.add("cdk", "preview", timed(["cdk", "synth", "--quiet"], folder, variables))
    row = [
        f"{FUNCTIONS} functions",
        *(seconds(times.by_command[name, "preview"]) for name in ("cdk", "components")),
        f"{times.ratio('preview', against='cdk'):.2f}",
    ]
    table = Table("`cdk synth` and `pulumi preview`", ["", "cdk synth", "pulumi preview", "ratio"], [row])
    return table, [
        "`cdk synth` writes a template and asks nobody; a preview starts the provider and checks every input."
    ]
