"""The command line: `durable --help`. Exit codes: 0 success, 1 failure, 2 usage error."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from .commands import adopt, callbacks, control, deployments, diagnose, listing, logs, retry, start, watch
from .console import err, out, unwrapped
from .service_errors import error_code
from .stack import CommandError
from .terminal import shown_lines, visible

EXPIRED = "the credentials have expired: sign in again (aws sso login, or new keys)"
UNKNOWN = "AWS does not know these credentials: check AWS_PROFILE and the AWS_ variables"
DENIED = "these credentials lack a permission; see grant_read and grant_operate"
ADVICE = {
    **dict.fromkeys(("ExpiredToken", "ExpiredTokenException", "RequestExpired"), EXPIRED),
    **dict.fromkeys(("UnrecognizedClientException", "InvalidClientTokenId"), UNKNOWN),
    **dict.fromkeys(("InvalidSignatureException", "SignatureDoesNotMatch"), UNKNOWN),
    **dict.fromkeys(("AccessDenied", "AccessDeniedException"), DENIED),
}
"""What to do about an AWS error, by its code."""

CONNECTION = {"EndpointConnectionError", "ConnectTimeoutError"}
NOT_SIGNED_IN = {"NoCredentialsError", "NoRegionError"}
TRACEBACK = "DURABLE_TRACEBACK"
"""The environment variable that lets tracebacks through."""

app = typer.Typer(
    help="Operate a stack's durable functions, on AWS or on the local cloud.",
    epilog="Exit codes: 0 success; 1 failure, or the execution did not succeed; 2 usage error.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
COMMANDS: dict[str, dict[str, Callable[..., None]]] = {
    "Executions": {
        "invoke": start.invoke,
        "list": listing.list_executions,
        "show": watch.show,
        "history": watch.history,
        "logs": logs.logs,
    },
    "Answer and control": {
        "approve": callbacks.approve,
        "stop": control.stop,
        "pause": control.pause,
        "resume": control.resume,
        "drain": control.drain,
        "retry": retry.retry,
        "redrive": retry.redrive,
    },
    "Deployments": {
        "doctor": diagnose.doctor,
        "prune": deployments.prune,
        "replay-check": deployments.replay_check,
        "recover": deployments.recover,
        "adopt": adopt.adopt,
    },
}


def _enter(folder: Path | None) -> None:
    """Change to another folder, as `pulumi -C` does."""
    if folder is None:
        return
    try:
        os.chdir(folder)
    except OSError as error:
        raise typer.BadParameter(visible(f"{folder}: {error.strerror}")) from None


@app.callback(invoke_without_command=True)
def _common_options(
    context: typer.Context,
    *,
    cwd: Annotated[
        Path | None,
        typer.Option(
            "--cwd", "-C", metavar="FOLDER", help="Run as if started in this folder, like pulumi -C."
        ),
    ] = None,
    show_version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    if show_version:
        from importlib.metadata import version  # noqa: PLC0415 - needed here only

        out.print(f"durable {version('durable-functions')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        raise typer.BadParameter("name a command; durable --help lists them")
    _enter(cwd)


for panel, commands in COMMANDS.items():
    for name, command in commands.items():
        app.command(name, help=unwrapped(command.__doc__), rich_help_panel=panel)(command)
app.add_typer(callbacks.app, name="callback", rich_help_panel="Answer and control")


def main() -> None:
    """Run a command; an error is printed without a traceback, with exit code 1."""
    try:
        app(prog_name="durable")
    except Exception as error:  # noqa: BLE001, RUF100 - no traceback reaches a user, whatever a service answers
        if os.environ.get(TRACEBACK):
            raise
        err.print(f"[red]error:[/red] {shown_lines(explained(error))}", soft_wrap=True)
        sys.exit(1)


def explained(error: Exception) -> str:
    """Return an error's message, with advice where there is any."""
    kind = type(error).__name__
    if isinstance(error, CommandError) or error_code(error):
        advice = _advice(error_code(error), str(error))
        return f"{error}; {advice}" if advice else str(error)
    if kind in CONNECTION:
        return f"{error}; for the local cloud: is it running? (make up)"
    if kind in NOT_SIGNED_IN:
        return f'{error}; sign in to AWS, or for the local cloud: eval "$(make env)"'
    if type(error).__module__.startswith("botocore."):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename or kind}: {error.strerror or error}"
    return f"unexpected error: {kind}: {error}. Please report it, with the traceback that {TRACEBACK}=1 shows"


def _advice(code: str, message: str) -> str | None:
    if code == "ResourceNotFoundException" and "Function not found" in message:
        return "`durable doctor` shows which versions and aliases exist"
    if code == "ResourceNotFoundException" and "log group" in message:
        return "the log group and its logs were deleted; `durable doctor` shows how to recreate it"
    return ADVICE.get(code)


if __name__ == "__main__":
    main()
