"""Move from CloudFormation, SAM or CDK to Pulumi."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..console import new_table, out
from ..terminal import shown, visible

if TYPE_CHECKING:
    from ..adoption.program import Program

MAX_TEMPLATE_BYTES = 51_200
"""The largest template that CloudFormation takes without a bucket."""


def adopt(
    stack: Annotated[str, typer.Argument(help="A CloudFormation stack; SAM and CDK deploy such stacks too.")],
    into: Annotated[Path, typer.Option(help="The folder to write the program to, new or empty.")],
    secret: Annotated[
        list[str] | None, typer.Option(help="An environment variable that is a secret; may be repeated.")
    ] = None,
) -> None:
    """Write the program that takes over the durable functions of a CloudFormation stack.

    Changes nothing that is deployed. Reads from CloudFormation, Lambda, IAM, CloudWatch and CloudWatch Logs, writes an
    equivalent program that imports the resources, and shows the remaining steps, from retaining them to deleting the
    old stack.
    """
    # Importing these takes longer than importing all other commands.
    from ..adoption.cloudformation import read_stack  # noqa: PLC0415 - needed here only, with botocore
    from ..adoption.functions import program_of  # noqa: PLC0415 - as above
    from ..adoption.writing import write  # noqa: PLC0415 - as above

    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise typer.BadParameter(
            f"{visible(str(into))} is not an empty folder; name a new or an empty one", param_hint="--into"
        )
    with out.status(f"reading {shown(stack)}"):
        program = program_of(read_stack(stack), frozenset(secret or ()))
        write(program, into)
    _show(program)
    out.print("\n[bold]What to do next[/bold]")
    for number, (instruction, command) in enumerate(steps(program, into), 1):
        out.print(f"{number}. {shown(instruction)}", soft_wrap=True)
        if command:
            out.print(f"   [cyan]{shown(command)}[/cyan]", soft_wrap=True)


def steps(program: "Program", folder: Path) -> list[tuple[str, str]]:
    """Return the steps that remain to be done, in order, each with its command."""
    name, template = shlex.quote(program.stack.name), folder / "retain.json"
    todo = []
    if program.stack.unretained:
        bucket = " --s3-bucket <a bucket of yours>" if template.stat().st_size > MAX_TEMPLATE_BYTES else ""
        todo.append(
            (
                f"Let CloudFormation keep everything when the stack is deleted; as it is, {len(program.stack.unretained)} of "
                f"{len(program.stack.resources)} resources would be deleted.",
                f"aws cloudformation deploy --stack-name {name} --template-file {shlex.quote(str(template))}"
                f"{bucket} --capabilities CAPABILITY_NAMED_IAM CAPABILITY_AUTO_EXPAND",
            )
        )
    todo.append(("Create the Pulumi stack.", f"cd {shlex.quote(str(folder))} && pulumi stack init prod"))
    todo += [
        (
            f"Set the secret {secret.variable} of {secret.function}; it is not in the program.",
            f"aws lambda get-function-configuration --function-name {secret.function} --output text "
            f"--query Environment.Variables.{secret.variable} | pulumi config set --secret {secret.key}",
        )
        for secret in program.secrets
    ]
    # Between import and update the engine would write what it has read to the state, with secrets in plain text.
    up = "PULUMI_SKIP_CHECKPOINTS=true pulumi up" if program.secrets else "pulumi up"
    todo += [
        ("Check that it imports, and that it replaces and deletes nothing.", "pulumi preview"),
        (
            "Import everything, then check that nothing is left to do.",
            f"{up} && pulumi preview --expect-no-changes",
        ),
        (
            "Delete the old stack; its resources stay.",
            f"aws cloudformation delete-stack --stack-name {name}",
        ),
        (
            "With your next release, point code_path to your sources, and remove adopted.py as its docstring says.",
            "",
        ),
    ]
    return todo


def _show(program: "Program") -> None:
    table = new_table("takes over", "")
    for imported in program.imports:
        table.add_row(shown(imported.type.rpartition(":")[2]), shown(imported.id))
    out.print(table)
    for note in program.notes:
        out.print(f"[yellow]![/yellow] {shown(note)}", soft_wrap=True)
    for resource in program.not_taken_over:
        out.print(
            f"[yellow]![/yellow] {shown(resource.type)} {shown(resource.logical)} is not taken over: it stays, but no stack "
            "will manage it any more (`pulumi import` takes it over)",
            soft_wrap=True,
        )
