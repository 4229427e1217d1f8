"""What must not be in an archive: files whose name is that of a secret, or that contain private keys or access keys.

Everybody who may read a function can download its archive, of each version that was ever published.
"""

import contextlib
import csv
import fnmatch
import io
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping

from .zip_file import DAMAGED, read_entry

_NAMES = {
    "settings with secrets": (
        *(".env", ".env.*", ".envrc", "Pulumi.*.yaml", "Pulumi.*.yml", "*.tfstate", "*.tfstate.backup"),
        *(".htpasswd", "*.kdbx"),
    ),
    "credentials": (
        *(
            ".netrc",
            "_netrc",
            "netrc",
            ".pgpass",
            ".my.cnf",
            ".git-credentials",
            ".pypirc",
            ".npmrc",
            ".dockercfg",
        ),
        *(".aws/credentials", ".docker/config.json", ".pulumi/credentials.json", ".vault-token"),
        *("kubeconfig", "kubeconfig.yaml", "kubeconfig.yml", "*.kubeconfig", ".kube/config"),
    ),
    "a key store": ("*.p12", "*.pfx", "*.jks", "*.keystore"),
    "a private key": ("*.ppk", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"),
}
_KINDS = tuple(_NAMES)
_SECRET_NAME = re.compile(
    ".*/(?:"
    + "|".join(
        f"({'|'.join(fnmatch.translate(each.lower()) for each in patterns)})" for patterns in _NAMES.values()
    )
    + ")",
    re.DOTALL,
)
_HARMLESS = (".env.example", ".env.sample", ".env.template", ".env.dist")

_PEM = re.compile(rb"-{4,5} ?BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)? ?-{4,5}")
_PEM_REACH = 600
"""A key starts within this many bytes after its first line: headers, indentation and quotes may come before it."""
_PEM_BODY = re.compile(rb"[A-Za-z0-9+/=]{40}")
_PEM_UTF16 = b"P\0R\0I\0V\0A\0T\0E\0 \0K\0E\0Y"
_PUTTY = re.compile(rb"\s{0,8}PuTTY-User-Key-File-\d")
# PKCS #8, PKCS #1 and SEC 1 in DER: a sequence of the version, 0 or 1, and the key.
_DER = re.compile(
    rb"\x30(?:[\x00-\x7f]|\x81.|\x82..)\x02\x01(?:\x00\x30.{1,2}\x06|\x00\x02\x82|\x01\x04[\x20\x30\x42])",
    re.DOTALL,
)
_ACCESS_KEY = re.compile(rb"(?<![A-Za-z0-9+/])(?:AKIA|ASIA)([A-Z2-7]{16})(?![A-Za-z0-9+/=])")
_MAX_PLACEHOLDER_CHARACTERS = 8
"""An access key ID has more distinct characters than this; placeholders repeat theirs."""

_MAX_INNER_BYTES = 1024 * 1024
"""Files of an archive inside the archive are searched up to this size each, and up to ten times this size in total."""


def secrets_in(entries: Mapping[str, bytes], allowed: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Find what must not be in an archive: yield the name and the kind of each such file.

    Files that a package manager has installed are skipped: they are public, and may contain keys for tests.

    Args:
        entries: contents by name.
        allowed: names of files that may contain secrets, with `*` for any characters.
    """
    installed = _installed(entries)
    for name, content in entries.items():
        if name in installed or "node_modules" in name.split("/") or is_allowed(name, allowed):
            continue
        if kind := secret_name(name) or _secret_content(content) or _nested_secret(content):
            yield name, kind


def is_allowed(name: str, allowed: Collection[str]) -> bool:
    """Tell whether a name is allowed."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in allowed)


def secret_name(name: str) -> str | None:
    """Return the kind of secret that a file is by its name alone."""
    if name.lower().endswith(_HARMLESS):
        return None
    # A folder and a file are enough; a pattern would try every slash of a name with thousands of them.
    last = "/".join(name.lower().split("/")[-2:])
    match = _SECRET_NAME.fullmatch(f"/{last}")
    return _KINDS[match.lastindex - 1] if match and match.lastindex else None


def _secret_content(content: bytes) -> str | None:
    """Return the kind of secret that a file contains."""
    plain = content.replace(b"\0", b"") if _PEM_UTF16 in content else content
    if _DER.match(content) or _PUTTY.match(plain):
        return "a private key"
    # Search for plain strings first: a pattern takes many times as long.
    if b"PRIVATE KEY" in plain and any(map(_has_body, _PEM.finditer(plain))):
        return "a private key"
    if b"AKIA" in content or b"ASIA" in content:
        for match in _ACCESS_KEY.finditer(content):
            if not match[1].endswith(b"EXAMPLE") and len(set(match[1])) > _MAX_PLACEHOLDER_CHARACTERS:
                return "an AWS access key"
    return None


def _has_body(match: re.Match[bytes]) -> bool:
    start, limit = match.end(), match.end() + _PEM_REACH
    end = match.string.find(b"----", start, limit)
    text = match.string[start : limit if end == -1 else end]
    return any(line[0].lower() != line[0] != line[0].upper() for line in _PEM_BODY.finditer(text))


def _nested_secret(content: bytes) -> str | None:
    """Return the kind of secret that an archive inside the archive contains."""
    if not content.startswith(b"PK\3\4"):
        return None
    remaining = 10 * _MAX_INNER_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as inner:
            for info in inner.infolist():
                kind = secret_name(info.filename)
                small = info.file_size <= min(remaining, _MAX_INNER_BYTES)
                if kind is None and small and not info.flag_bits & 1:
                    remaining -= info.file_size
                    kind = _secret_content(read_entry(inner, info))
                if kind:
                    return f"{kind} ({info.filename!r} inside it)"
    except DAMAGED:
        return None  # It is not an archive.
    return None


def _installed(entries: Mapping[str, bytes]) -> set[str]:
    """Return the names of files that Python's installers have installed, from the lists that they write."""
    names: set[str] = set()
    for record, content in entries.items():
        if record.endswith(".dist-info/RECORD"):
            folder = record.removesuffix("RECORD").rstrip("/").rpartition("/")[0]
            rows = csv.reader(io.StringIO(content.decode(errors="replace"), newline=""))
            # What no installer has written names nothing more.
            with contextlib.suppress(csv.Error):
                names.update(f"{folder}/{row[0]}".lstrip("/") for row in rows if row)
    return names
