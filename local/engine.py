"""How the engine is pointed at the local cloud: its settings, and the provider as its plugin."""

import importlib.metadata
import os
import shlex
from pathlib import Path

from local.cloud import PROJECT, REGION, Cloud

PROVIDER = PROJECT / "local" / "bin" / "pulumi-resource-aws"


def environment(cloud: Cloud, folder: Path) -> dict[str, str]:
    """Return the variables with which Pulumi, SDKs and tools work on a local cloud.

    The folder takes the engine's state and its plugins, among which the local provider is put as the very
    version of the AWS provider that the program asks for: so the engine looks for no other.
    """
    backend = folder / "pulumi-state"
    backend.mkdir(parents=True, exist_ok=True)
    home = folder / "pulumi-home"
    _install_provider(home)
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
    """Return the folders that come first on PATH: the project's Python, and its engine where one was built."""
    folders = [PROJECT / ".venv" / "bin", PROJECT / ".toolchain" / "bin"]
    return [str(folder) for folder in folders if folder.is_dir()]


def exports(cloud: Cloud) -> str:
    """Return shell commands that set all this.

    Whatever of AWS the caller's shell has is taken away, so that nothing leads to a real account.
    """
    settings = environment(cloud, PROJECT / ".local")
    stray = {name for name in os.environ if name.startswith("AWS_")} - settings.keys()
    lines = [
        f"unset {' '.join(sorted(stray | {'AWS_PROFILE', 'AWS_SESSION_TOKEN'}))}",
        f'export PATH={shlex.quote(":".join(search_path()))}:"$PATH"',
        *(f"export {name}={shlex.quote(value)}" for name, value in settings.items()),
    ]
    return "\n".join(lines) + "\n"


def _install_provider(home: Path) -> None:
    link = home / "plugins" / f"resource-aws-v{importlib.metadata.version('pulumi-aws')}" / PROVIDER.name
    if not link.exists():
        link.parent.mkdir(parents=True, exist_ok=True)
        # In one step: another command may do the same at this moment.
        draft = link.with_name(f"{link.name}.{os.getpid()}")
        draft.symlink_to(PROVIDER)
        draft.replace(link)
