"""How the engine is pointed at the local cloud: its settings, and the provider as its plugin."""

import importlib.metadata
import os
import shlex
from pathlib import Path

from local_cloud.errors import CloudError
from local_cloud.process import FOLDER, PROJECT, REGION, LocalCloud

PROVIDER = FOLDER / "plugin" / "pulumi-resource-aws"
LAST_ON_PATH = str(FOLDER / ".venv" / "bin")
"""Has an AWS CLI, for users without one."""
NEVER = ("AWS_PROFILE", "AWS_SESSION_TOKEN")


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
    }


def search_path() -> list[str]:
    """Return the folders that come first on PATH: the program's Python, this command, an engine that was built here."""
    folders = [PROJECT / ".venv" / "bin", FOLDER / "bin", PROJECT / ".toolchain" / "bin"]
    return [str(folder) for folder in folders if folder.is_dir()]


def variables(cloud: LocalCloud) -> dict[str, str]:
    """Return all that `exports` sets, with the whole PATH."""
    path = ":".join([*search_path(), *filter(None, [os.environ.get("PATH")]), LAST_ON_PATH])
    return {"PATH": path, **environment(cloud, engine_folder())}


def exports(cloud: LocalCloud) -> str:
    """Return shell commands that set all this.

    All other AWS variables of the caller's shell are unset, so that nothing leads to a real account.
    """
    settings = environment(cloud, engine_folder())
    stray = {name for name in os.environ if name.startswith("AWS_") and name.isidentifier()} - settings.keys()
    lines = [
        f"unset {' '.join(sorted(stray | {*NEVER}))}",
        f'export PATH={shlex.quote(":".join(search_path()))}:"$PATH":{shlex.quote(LAST_ON_PATH)}',
        *(f"export {name}={shlex.quote(value)}" for name, value in settings.items()),
    ]
    return "\n".join(lines) + "\n"


def install_provider(home: Path) -> None:
    """Put the local provider among the plugins of this PULUMI_HOME, as the version that the program has installed."""
    link = home / "plugins" / f"resource-aws-v{_version_of_plugin()}" / PROVIDER.name
    if not link.exists():
        link.parent.mkdir(parents=True, exist_ok=True)
        # In one step: another command may do the same at this moment.
        draft = link.with_name(f"{link.name}.{os.getpid()}")
        draft.symlink_to(PROVIDER)
        draft.replace(link)


def _version_of_plugin() -> str:
    """Return the version of the AWS provider that the program's environment has."""
    places = [str(each) for each in (PROJECT / ".venv" / "lib").glob("python*/site-packages")]
    for distribution in importlib.metadata.distributions(name="pulumi-aws", path=places):
        return distribution.version
    raise CloudError(f"{PROJECT / '.venv'} has no pulumi-aws, which the program needs; run: make setup")
