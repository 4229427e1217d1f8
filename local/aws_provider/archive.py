"""The bytes of assets and archives; the same folder gives the same zip everywhere and at any time."""

import base64
import hashlib
import io
import os
import tarfile
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from aws_provider.failures import ProviderError
from aws_provider.values import ARCHIVE, SIGNATURE

Entries = dict[str, tuple[bytes, int]]
"""Content and permission bits by path."""

_PLAIN = 0o644
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date in a zip


def digest(blob: dict[str, Any]) -> str:
    """Return the base64 SHA-256 of the archive's zip: Lambda's CodeSha256."""
    return base64.b64encode(hashlib.sha256(zip_bytes(blob)).digest()).decode()


def asset_bytes(blob: dict[str, Any]) -> bytes:
    """Return an asset's content, or an archive's zip."""
    if blob[SIGNATURE] == ARCHIVE:
        return zip_bytes(blob)
    return blob["text"].encode() if "text" in blob else _file(blob).read_bytes()


def zip_bytes(blob: dict[str, Any]) -> bytes:
    """Return an archive as a zip: a zip file as it is, others packed in a fixed order with fixed times."""
    if "assets" not in blob and (path := _file(blob)).is_file() and zipfile.is_zipfile(path):
        return path.read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, (content, mode) in sorted(_entries(blob).items()):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3  # Unix, wherever this runs: the permission bits count
            info.external_attr = (0o100000 | mode) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(info, content)
    return buffer.getvalue()


def _entries(blob: dict[str, Any]) -> Entries:
    if "assets" in blob:
        entries: Entries = {}
        for name, item in blob["assets"].items():
            if item[SIGNATURE] == ARCHIVE:
                entries |= {f"{name}/{inner}": entry for inner, entry in _entries(item).items()}
            else:
                entries[name] = (asset_bytes(item), _PLAIN)
        return entries
    path = _file(blob)
    if path.is_dir():
        return {file.relative_to(path).as_posix(): (file.read_bytes(), _mode(file)) for file in _files(path)}
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            infos = [info for info in packed.infolist() if not info.is_dir()]
            return {info.filename: (packed.read(info), _bits(info.external_attr >> 16)) for info in infos}
    if tarfile.is_tarfile(path):
        with tarfile.open(path) as packed_tar:
            members = [(member, packed_tar.extractfile(member)) for member in packed_tar if member.isfile()]
            return {member.name: (file.read(), _bits(member.mode)) for member, file in members if file}
    raise ProviderError(f"the archive {path} is neither a folder nor a zip or tar file")


def _files(folder: Path) -> list[Path]:
    walk = os.walk(folder, followlinks=True)
    return sorted(Path(root, name) for root, _, names in walk for name in names)


def _mode(file: Path) -> int:
    return _bits(file.stat().st_mode)


def _bits(mode: int) -> int:
    # Lambda needs the executable bit only; the others differ from one checkout to another.
    return 0o755 if mode & 0o100 else _PLAIN


def _file(blob: dict[str, Any]) -> Path:
    if uri := blob.get("uri"):
        parts = urlsplit(uri)
        if parts.scheme != "file":
            raise ProviderError(
                f"{uri} is a remote archive; the local cloud reads local files only. "
                "Download it and use FileArchive or FileAsset"
            )
        path = Path(unquote(parts.path))
    elif "path" in blob:
        path = Path(blob["path"])
    else:
        raise ProviderError("the archive has neither path nor content")
    if not path.exists():
        raise ProviderError(f"{path} does not exist (looked from {Path.cwd()})")
    return path
