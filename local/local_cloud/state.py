"""The folder that a local cloud keeps its state in, and the secret that its owner alone can read there."""

import os
import secrets
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from local_cloud.errors import CloudError

MARKER = ".local-cloud"
MARKED = "The state of a local cloud of the project durable functions. `local/bin/local-cloud stop --wipe` removes it.\n"
SECRET = "secret"  # noqa: S105 - a file's name
LOCK = "server.lock"
FOLDERS = ("resources", "s3", "tmp")
FILES = (
    *(f"executions.sqlite{suffix}" for suffix in ("", "-wal", "-shm", "-journal")),
    *(f"server.{suffix}" for suffix in ("lock", "json", "log", "log.1")),
    "start.lock",
    SECRET,
    MARKER,
)
"""Files of a cloud. The marker is removed last, so that after an incomplete removal the folder is still the cloud's."""
SECRET_BYTES = 32


@dataclass(frozen=True)
class StateFolder:
    """A folder of one cloud. Other folders are neither changed nor emptied."""

    path: Path

    def prepare(self) -> None:
        """Make the folder, or check that it is a cloud's.

        Raises:
            CloudError: it belongs to another user, or has files that are not a cloud's.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True)
        except FileExistsError:
            self.require_ours()
        marker = self.path / MARKER
        if not marker.exists():
            marker.write_text(MARKED)

    def secret(self) -> str:
        """Return the secret access key of the cloud's root, which the first call makes."""
        file = self.path / SECRET
        self.require_ours()
        if os.path.lexists(file):
            return _read_secret(file)
        self.prepare()
        # Complete before it gets its name, and never replaced: two commands may start at the same time.
        descriptor, name = tempfile.mkstemp(prefix=f"{SECRET}.", dir=self.path)
        draft = Path(name)
        with os.fdopen(descriptor, "w") as opened:
            opened.write(secrets.token_urlsafe(SECRET_BYTES))
            opened.flush()
            # It gets its name when it is on the disk: with an empty secret, everybody could sign.
            os.fsync(opened.fileno())
        try:
            file.hardlink_to(draft)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        return _read_secret(file)

    def wipe(self) -> None:
        """Remove a cloud's files, and the folder if nothing else is in it.

        Raises:
            CloudError: the folder is not a cloud's.
        """
        if not self.path.exists():
            return
        self.require_ours()
        for folder in FOLDERS:
            shutil.rmtree(self.path / folder, ignore_errors=True)
        for file in FILES:
            (self.path / file).unlink(missing_ok=True)
        if not any(self.path.iterdir()):
            self.path.rmdir()

    def require_ours(self) -> None:
        """See that the folder, if it exists, is a cloud's.

        Raises:
            CloudError: it is another's, or holds what no cloud put there.
        """
        if not os.path.lexists(self.path):
            return
        if not self.path.is_dir():
            raise CloudError(f"{self.path} is not a folder. {_FIX}")
        status = self.path.stat()
        if status.st_uid != os.geteuid():
            raise CloudError(f"{self.path} belongs to another user. {_FIX}")
        names = {each.name for each in self.path.iterdir()}
        # Clouds of the release 0.1.0 left no marker.
        is_cloud = MARKER in names or (LOCK in names and names <= {*FOLDERS, *FILES})
        if names and not is_cloud:
            examples = ", ".join(sorted(names)[:3])
            raise CloudError(f"{self.path} is not a local cloud's: it holds {examples}. {_FIX}")
        if status.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise CloudError(f"{self.path} is open to other users: chmod 700 {self.path}")


def _read_secret(file: Path) -> str:
    """Return what the file holds.

    Raises:
        CloudError: it is not a secret that a cloud has made.
    """
    secret = file.read_text() if file.is_file() else ""
    if len(secret) < len(secrets.token_urlsafe(SECRET_BYTES)):
        raise CloudError(
            f"{file} is damaged: remove it, and start the cloud again, which makes a new secret."
        )
    return secret


_FIX = "LOCAL_STATE_DIR must name a folder that does not exist yet, or that a local cloud has made."
