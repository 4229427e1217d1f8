"""What must not be in an archive: files that are secrets by their name, or hold private keys or access keys.

Everybody who may read a function can get its archive, from each version that was ever published.
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
"""Within so many bytes of its first line a key has begun: headers, indentation and quotes may come before."""
_PEM_BODY = re.compile(rb"[A-Za-z0-9+/=]{40}")
_PEM_UTF16 = b"P\0R\0I\0V\0A\0T\0E\0 \0K\0E\0Y"
_PUTTY = re.compile(rb"\s{0,8}PuTTY-User-Key-File-\d")
# PKCS #8, PKCS #1 and SEC 1 in DER: a sequence that begins with the version 0 or 1, and then the key.
_DER = re.compile(
    rb"\x30(?:[\x00-\x7f]|\x81.|\x82..)\x02\x01(?:\x00\x30.{1,2}\x06|\x00\x02\x82|\x01\x04[\x20\x30\x42])",
    re.DOTALL,
)
_ACCESS_KEY = re.compile(rb"(?<![A-Za-z0-9+/])(?:AKIA|ASIA)([A-Z2-7]{16})(?![A-Za-z0-9+/=])")
_DISTINCT = 8
"""An access key's ID has more characters than so many; placeholders repeat theirs."""

_MAX_INNER_BYTES = 1024 * 1024
"""Files of an archive within the archive are looked into up to this size, and together up to ten times of it."""


def secrets_in(entries: Mapping[str, bytes], allowed: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Find what must not be in an archive: the name of each such file, and what it is.

    What a package manager has installed is passed over: it is public, and packages bring keys for their own tests.

    Args:
        entries: contents by name.
        allowed: names that are meant to be there, with `*` for any characters.
    """
    installed = _installed(entries)
    for name, content in entries.items():
        if name in installed or "node_modules" in name.split("/") or is_allowed(name, allowed):
            continue
        if what := secret_name(name) or _held(content) or _within(content):
            yield name, what


def is_allowed(name: str, allowed: Collection[str]) -> bool:
    """Tell whether a name is among those that are allowed."""
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in allowed)


def secret_name(name: str) -> str | None:
    """Return what a file is by its name alone, if that is a secret."""
    if name.lower().endswith(_HARMLESS):
        return None
    # A folder and a file are enough; a pattern would try every slash of a name that has thousands.
    last = "/".join(name.lower().split("/")[-2:])
    match = _SECRET_NAME.fullmatch(f"/{last}")
    return _KINDS[match.lastindex - 1] if match and match.lastindex else None


def _held(content: bytes) -> str | None:
    """Return what of secrets a file holds."""
    plain = content.replace(b"\0", b"") if _PEM_UTF16 in content else content
    if _DER.match(content) or _PUTTY.match(plain):
        return "a private key"
    # Plain words first: a pattern takes many times as long.
    if b"PRIVATE KEY" in plain and any(map(_has_body, _PEM.finditer(plain))):
        return "a private key"
    if b"AKIA" in content or b"ASIA" in content:
        for match in _ACCESS_KEY.finditer(content):
            if not match[1].endswith(b"EXAMPLE") and len(set(match[1])) > _DISTINCT:
                return "an AWS access key"
    return None


def _has_body(match: re.Match[bytes]) -> bool:
    begins, ends = match.end(), match.end() + _PEM_REACH
    last = match.string.find(b"----", begins, ends)
    reach = match.string[begins : ends if last == -1 else last]
    return any(each[0].lower() != each[0] != each[0].upper() for each in _PEM_BODY.finditer(reach))


def _within(content: bytes) -> str | None:
    """Return what of secrets an archive within the archive holds."""
    if not content.startswith(b"PK\3\4"):
        return None
    left = 10 * _MAX_INNER_BYTES
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as inner:
            for info in inner.infolist():
                what = secret_name(info.filename)
                if what is None and info.file_size <= min(left, _MAX_INNER_BYTES) and not info.flag_bits & 1:
                    left -= info.file_size
                    what = _held(read_entry(inner, info))
                if what:
                    return f"{what} ({info.filename!r} within it)"
    except DAMAGED:
        return None  # What is no archive is some other file.
    return None


def _installed(entries: Mapping[str, bytes]) -> set[str]:
    """Return what Python's installers have put among the files, by the lists that they write."""
    found: set[str] = set()
    for record, content in entries.items():
        if record.endswith(".dist-info/RECORD"):
            place = record.removesuffix("RECORD").rstrip("/").rpartition("/")[0]
            rows = csv.reader(io.StringIO(content.decode(errors="replace"), newline=""))
            # What no installer has written names nothing more.
            with contextlib.suppress(csv.Error):
                found.update(f"{place}/{row[0]}".lstrip("/") for row in rows if row)
    return found
