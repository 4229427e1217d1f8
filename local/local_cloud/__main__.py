"""`local-cloud start | stop | status | env`: the local cloud's command line."""

import argparse
import json
import sys
from collections.abc import Sequence

from rich.console import Console

from local_cloud.engine import deployed_stacks, engine_folder, exports, variables
from local_cloud.errors import CloudError
from local_cloud.process import LocalCloud
from local_cloud.terminal import shown

NOT_RUNNING = 3

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def start(cloud: LocalCloud, to: Console) -> int:
    """Start the cloud, or report that it already runs."""
    before = cloud.health()
    with err.status("local cloud") as status:
        health = cloud.start(lambda text: status.update(shown(f"local cloud: {text}")))
    word = "already runs" if before and before["pid"] == health["pid"] else "runs"
    to.print(
        f"[green]local cloud {word}[/green]  {cloud.endpoint}  (pid {health['pid']}, log {shown(cloud.log)})"
    )
    return 0


def stop(cloud: LocalCloud, *, wipe: bool) -> int:
    """End the cloud; with `wipe` remove its state too."""
    with err.status("local cloud: stopping"):
        ran = cloud.stop()
        if wipe:
            cloud.wipe()
    out.print(
        ("local cloud stopped" if ran else "local cloud was not running")
        + (", state removed" if wipe else "")
    )
    # The engine's state beside the cloud's is of what was in it.
    stacks = deployed_stacks(engine_folder()) if wipe and cloud.state.parent == engine_folder() else {}
    if stacks:
        out.print("These stacks were deployed to it, and their resources are gone with it:")
        for name, count in stacks.items():
            out.print(f"  {shown(name)}  {count} resource{'s' if count > 1 else ''}")
        out.print(
            "To deploy one again: pulumi up --refresh, in its folder. To forget one: pulumi stack rm --force "
            f"--preserve-config organization/{shown(next(iter(stacks)))}"
        )
    return 0


def status(cloud: LocalCloud, *, as_json: bool) -> int:
    """Show the cloud's health; exit code 0 if it runs, 3 if not."""
    health = cloud.health()
    running = health is not None and health["state"] == str(cloud.state)
    if as_json:
        sys.stdout.write(json.dumps(health if running else None) + "\n")
        return 0 if running else NOT_RUNNING
    out.print(f"local cloud  {'[green]healthy[/green]' if running else '[yellow]not running[/yellow]'}")
    out.print(f"  endpoint   {cloud.endpoint}")
    out.print(f"  state      {shown(cloud.state)}")
    if not running or health is None:
        return NOT_RUNNING
    out.print(f"  pid        {health['pid']}")
    out.print(f"  iam        {'enforced' if health['iam'] == 'enforce' else 'off: every call is allowed'}")
    out.print(f"  functions  {health['functions']}")
    out.print(f"  executions {health['running_executions']} running")
    return 0


def env(cloud: LocalCloud, *, as_json: bool) -> int:
    """Print shell commands, or an object of variables, that point Pulumi, SDKs and tools at the local cloud."""
    sys.stdout.write(json.dumps(variables(cloud)) + "\n" if as_json else exports(cloud))
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="local-cloud", description="The embedded local cloud.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("start", help="start it and wait until it is healthy")
    stopping = commands.add_parser("stop", help="end it and every handler")
    stopping.add_argument("--wipe", action="store_true", help="remove its state too")
    status_parser = commands.add_parser("status", help="show its health; exit code 3 if it does not run")
    env_parser = commands.add_parser(
        "env", help='print shell commands to use it: eval "$(local/bin/local-cloud env)"'
    )
    env_parser.add_argument("--start", action="store_true", help="start it first; the report goes to stderr")
    for each in (status_parser, env_parser):
        each.add_argument("--json", action="store_true", help="print it as JSON, for scripts")
    options = parser.parse_args(arguments)
    try:
        cloud = LocalCloud.from_environment()
        match options.command:
            case "start":
                return start(cloud, out)
            case "stop":
                return stop(cloud, wipe=options.wipe)
            case "status":
                return status(cloud, as_json=options.json)
            case _:
                if options.start:
                    start(cloud, err)
                return env(cloud, as_json=options.json)
    except CloudError as error:
        err.print(f"[red]error:[/red] {shown(error)}")
        return 1
    except (OSError, RuntimeError) as error:
        # A path that leads nowhere, in a circle, or where this user may not write.
        err.print(f"[red]error:[/red] the local cloud's state cannot be kept: {shown(error)}")
        err.print("LOCAL_STATE_DIR must name a folder that can be made and written to.")
        return 1


if __name__ == "__main__":
    sys.exit(main())
