"""The files and archives that configurations name."""

import hashlib
import io
import zipfile
from pathlib import Path

from differential.subject import Code, File


def archive(module: str) -> bytes:
    """Return an archive with `index.py`, the same at any time."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        packed.writestr(zipfile.ZipInfo("index.py"), module)
    return data.getvalue()


class Files:
    """Writes each of them once, under the digest of its content."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def path(self, of: Code | File) -> Path:
        """Return where it is."""
        content = archive(of.text) if isinstance(of, Code) else of.text.encode()
        digest = hashlib.sha256(of.text.encode()).hexdigest()[:12]
        path = self.folder / f"{digest}{'.zip' if isinstance(of, Code) else '.txt'}"
        if not path.exists():
            path.write_bytes(content)
        return path
