"""How the engine is pointed at the local cloud: its settings, and the provider as its plugin."""

import contextlib
import importlib.metadata
import json
import os
import shlex
import sys
from pathlib import Path

from local_cloud.errors import CloudError
from local_cloud.process import FOLDER, PROJECT, REGION, LocalCloud

PROVIDER = FOLDER / "plugin" / "pulumi-resource-aws"
LAST_ON_PATH = str(FOLDER / ".venv" / "bin")
"""Has an AWS CLI, for users without one."""
NEVER = ("AWS_PROFILE", "AWS_SESSION_TOKEN")
# The values of before are kept by the shell, since the exports may be printed. With the exports twice, those of the first
# time are kept.
_WAY_BACK = """\
if ! command -v leave_local_cloud >/dev/null 2>&1; then
    for each in {names}; do
        eval "if [ -n \\"\\${{$each+set}}\\" ]; then before_local_cloud_$each=\\$$each; fi"
    done
    unset each
    leave_local_cloud() {{
        for each in {names}; do
            eval "if [ -n \\"\\${{before_local_cloud_$each+set}}\\" ]; then export $each=\\"\\$before_local_cloud_$each\\"; else unset $each; fi"
            unset "before_local_cloud_$each"
        done
        unset each
        unset -f leave_local_cloud
    }}
fi"""


def engine_folder() -> Path:
    """Return where the engine's state and plugins are: LOCAL_ENGINE_DIR, by default the project's `.local`."""
    chosen = os.environ.get("LOCAL_ENGINE_DIR")
    return Path(chosen).resolve() if chosen else PROJECT / ".local"


def environment(cloud: LocalCloud, folder: Path) -> dict[str, str]:
    """Return the variables with which Pulumi, SDKs and tools work on a local cloud.

    The folder gets the engine's state and its plugins. The local provider is installed there as the version of
    the AWS provider that the program requires, so the engine does not look for another.

    Raises:
        CloudError: the program's environment has no AWS provider.
    """
    backend = folder / "pulumi-state"
    backend.mkdir(parents=True, exist_ok=True)
    # The state of stacks is its owner's alone, like that of the cloud.
    backend.chmod(0o700)
    home = folder / "pulumi-home"
    install_provider(home)
    return {
        "PULUMI_HOME": str(home),
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE": "local",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "AWS_ENDPOINT_URL": cloud.endpoint,
        **cloud.credentials(),
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        # The components build for this machine then, and for this Python.
        "LOCAL_CLOUD_PYTHON": sys.executable,
    }


def search_path() -> list[str]:
    """Return the folders that come first on PATH: the programs' Pythons, this command, an engine that was built here."""
    folders = [*(each / "bin" for each in environments()), FOLDER / "bin", PROJECT / ".toolchain" / "bin"]
    return [str(folder) for folder in folders if folder.is_dir()]


def environments() -> list[Path]:
    """Return the environments of programs: that of the project in the working folder, if it is another, and this one's."""
    folder = Path.cwd()
    around = [] if folder.is_relative_to(PROJECT) else [folder, *folder.parents]
    nearest = [path for each in around if (path := each / ".venv").is_dir()][:1]
    return [*nearest, PROJECT / ".venv"]


def variables(cloud: LocalCloud) -> dict[str, str]:
    """Return all that `exports` sets, with the whole PATH."""
    path = ":".join([*search_path(), *filter(None, [os.environ.get("PATH")]), LAST_ON_PATH])
    return {"PATH": path, **environment(cloud, engine_folder())}


def exports(cloud: LocalCloud) -> str:
    """Return shell commands that set all this.

    All other AWS variables of the caller's shell are unset, so that nothing leads to a real account. The function
    `leave_local_cloud`, which they define, restores all variables.
    """
    settings = environment(cloud, engine_folder())
    mine = {name for name in os.environ if name.startswith("AWS_") and name.isidentifier()}
    stray = sorted(mine - settings.keys() | {*NEVER})
    lines = [
        _WAY_BACK.format(names=" ".join(["PATH", *stray, *settings])),
        f"unset {' '.join(stray)}",
        f'export PATH={shlex.quote(":".join(search_path()))}:"$PATH":{shlex.quote(LAST_ON_PATH)}',
        *(f"export {name}={shlex.quote(value)}" for name, value in settings.items()),
    ]
    return "\n".join(lines) + "\n"


def install_provider(home: Path) -> None:
    """Put the local provider among the plugins of this PULUMI_HOME, as the versions that programs have installed.

    Raises:
        CloudError: no environment has one.
    """
    versions = {version for each in environments() if (version := _version_of_plugin(each))}
    if not versions:
        raise CloudError(f"{PROJECT / '.venv'} has no pulumi-aws, which the program needs; run: make setup")
    for version in versions:
        link = home / "plugins" / f"resource-aws-v{version}" / PROVIDER.name
        if not link.exists():
            link.parent.mkdir(parents=True, exist_ok=True)
            # In one step: another command may do the same at this moment.
            draft = link.with_name(f"{link.name}.{os.getpid()}")
            draft.symlink_to(PROVIDER)
            draft.replace(link)


def _version_of_plugin(environment: Path) -> str | None:
    """Return the version of the AWS provider that an environment has; None if it has none."""
    places = [str(each) for each in (environment / "lib").glob("python*/site-packages")]
    for distribution in importlib.metadata.distributions(name="pulumi-aws", path=places):
        return distribution.version
    return None


def deployed_stacks(folder: Path) -> dict[str, int]:
    """Return the stacks in the engine's state in this folder, as `project/stack`, with the number of their AWS resources."""
    found = {}
    for file in sorted((folder / "pulumi-state" / ".pulumi" / "stacks").glob("*/*.json")):
        # One that cannot be read is none that can be told.
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
            latest = json.loads(file.read_text())["checkpoint"]["latest"] or {}
            count = sum(each["type"].startswith("aws:") for each in latest.get("resources", []))
            if count:
                found[f"{file.parent.name}/{file.stem}"] = count
    return found
