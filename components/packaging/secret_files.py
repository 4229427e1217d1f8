"""What must not be in an archive: files whose name is that of a secret, or that contain private keys or access keys.

Everybody who may read a function can download its archive, of each version that was ever published.
"""

import base64
import contextlib
import csv
import fnmatch
import io
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from itertools import islice

from .zip_file import DAMAGED, READABLE, files_overlap, read_entry

_NAMES = {
    "settings with secrets": (
        *("*.env", ".env.*", ".envrc", "Pulumi.*.yaml", "Pulumi.*.yml", "*.tfstate", "*.tfstate.backup"),
        *("*.tfvars", "*.tfvars.json", ".htpasswd", "*.kdbx"),
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
    "a private key": ("*.ppk", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_*_sk", "ssh_host_*_key"),
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
_SAMPLES = ("example", "sample", "template", "dist")
_HARMLESS = tuple(name for each in _SAMPLES for name in (f".env.{each}", f"{each}.env", f"{each}.tfvars"))

# Each pattern begins with a literal, which is searched for many times as fast as anything else.
_PEM = re.compile(rb"PRIVATE KEY(?: BLOCK)? ?-{4,5}")
_PEM_BEGINS = re.compile(rb"-{4,5} ?BEGIN (?:[A-Z0-9]+ ){0,3}\Z")
_PEM_LINE = 64
"""The words before PRIVATE KEY are within this many bytes."""
_PEM_REACH = 1_024
"""A key starts within this many bytes after its first line: headers, indentation and quotes may come before it."""
_PEM_BODY = re.compile(rb"[A-Za-z0-9+/=]{40}")
_IN_BASE64 = tuple(
    (re.compile(words), before)
    # PRIVATE KEY, if 0, 2 or 1 bytes before it share its first group of four characters.
    for words, before in ((rb"UFJJVkFURSBLRV", 0), (rb"BSSVZBVEUgS0VZ", 2), (rb"QUklWQVRFIEtFW", 3))
)
_BASE64_REACH = 1_600
_NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/\s]")
# The same in base64: PKCS #8 of RSA, of curves and encrypted, and PKCS #1.
_DER_IN_BASE64 = tuple(
    re.compile(rb"%s[A-Za-z0-9+/=]{0,8}[A-Za-z0-9+/]{40}" % each)
    for each in (
        rb"IBADANBgkqhkiG9w0BAQEFAASC",
        rb"AgEAMB[MA]GByqGSM49AgEG",
        rb"MC4CAQAwBQYDK2VwBCIEI",
        rb"BgkqhkiG9w0BBQ0w",
    )
)
_PUTTY = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?\s{0,8}PuTTY-User-Key-File-\d")
# PKCS #8, PKCS #1 and SEC 1 in DER: a sequence of the version, 0 or 1, and the key; an encrypted one begins with its method.
_DER = re.compile(
    rb"\x30(?:[\x00-\x7f]|\x81.|\x82..)(?:\x30(?:[\x00-\x7f]|\x81.)\x06.\x2a\x86\x48\x86\xf7\x0d\x01(?:\x05[\x01-\x0f]|\x0c\x01)|\x02\x01(?:\x00\x30.{1,2}\x06|\x00\x02\x82|\x01\x04[\x20\x30\x42]))",
    re.DOTALL,
)
_JWK = re.compile(rb'"kty')
_JWK_SECRET = re.compile(rb'"[dk]\\{0,7}"\s{0,9}:\s{0,9}\\{0,7}"([A-Za-z0-9_-]{40})')
_JWK_REACH = 2_048
"""The secret part of a JSON Web Key is within this many bytes of its type."""
_ACCESS_KEYS = tuple(
    re.compile(
        rb"%s(?:(?<![A-Za-z0-9+/]%s)|(?<=://%s)|(?<=%%[0-9A-Fa-f]{2}%s))([A-Z2-7]{16})(?![A-Za-z0-9+/=])"
        % ((each,) * 4)
    )
    for each in (b"AKIA", b"ASIA")
)
_MAX_PLACEHOLDER_CHARACTERS = 8
"""An access key ID has more distinct characters than this; placeholders repeat theirs."""
_WIDE = re.compile(rb"[IV]\0{1,3}A|T\0{1,3}T\0{1,3}Y")
"""Part of what keys begin with, PRIVATE or AKIA or ASIA or PuTTY, in UTF-16 or UTF-32."""

_MAX_CANDIDATES = 5_000
"""How many places that could be a key are looked at, in all files together."""
_MAX_INNER_BYTES = 1024 * 1024
"""Files of archives inside the archive are searched up to this size each."""
_ALL_INNER_BYTES = 10 * 1024 * 1024
"""... and up to this size in total; each file counts for a kilobyte more than it has."""
_ALL_INNER_FILES = 50_000
"""How many files all archives inside the archive may list; a further one is not opened."""
_ZIP_LISTED, _ZIP_END = b"PK\1\2", b"PK\5\6"
_ZIP_END_BYTES = 22 + 65_535
"""A .zip ends within this many bytes; it may begin anywhere, such as after a script that starts it."""
_MAX_RECORDED = 200_000
"""How many names in the lists of installers are read: twice the most files that an archive has."""


def secrets_in(entries: Mapping[str, bytes], allowed: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Find what must not be in an archive: yield the name and the kind of each such file.

    Files that a package manager has installed are skipped: they are public, and may contain keys for tests.

    Args:
        entries: contents by name.
        allowed: names of files that may contain secrets, with `*` for any characters.
    """
    installed = installed_files(entries)
    search = _Search()
    for name, content in entries.items():
        if name in installed or "node_modules" in name.split("/") or is_allowed(name, allowed):
            continue
        if kind := secret_name(name) or search.content(content) or search.inner(content):
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


class _Search:
    """A search for keys in the contents of files; what may be a key only costs so much, in all files together."""

    def __init__(self) -> None:
        self._candidates = _MAX_CANDIDATES
        self._inner_bytes = _ALL_INNER_BYTES
        self._inner_files = _ALL_INNER_FILES

    def content(self, content: bytes) -> str | None:
        """Return the kind of secret that a file contains."""
        if _DER.match(content):
            return "a private key"
        is_wide = b"\0" in content and _WIDE.search(content)
        return self._text(content) or (self._text(content.replace(b"\0", b"")) if is_wide else None)

    def _text(self, text: bytes) -> str | None:
        if (
            _PUTTY.match(text)
            or any(map(_is_pem, self._found(_PEM, text)))
            or any(_is_pem_in_base64(match, n) for each, n in _IN_BASE64 for match in self._found(each, text))
            or any(_is_random(match[0][-40:]) for each in _DER_IN_BASE64 for match in self._found(each, text))
            or any(map(_is_private_jwk, self._found(_JWK, text)))
        ):
            return "a private key"
        if any(_is_access_key(match[1]) for each in _ACCESS_KEYS for match in self._found(each, text)):
            return "an AWS access key"
        return None

    def inner(self, content: bytes) -> str | None:
        """Return the kind of secret that an archive inside the archive contains, or an archive inside that."""
        archives = [content]
        while archives:
            with contextlib.suppress(*DAMAGED):  # It is not an archive.
                for name, kind in self._in_zip(archives.pop(), archives):
                    if kind:
                        return f"{kind} ({name!r} inside it)"
        return None

    def _in_zip(self, content: bytes, archives: list[bytes]) -> Iterator[tuple[str, str | None]]:
        if _ZIP_END not in content[-_ZIP_END_BYTES:]:
            return
        self._inner_files -= content.count(_ZIP_LISTED)
        if self._inner_files < 0:
            return
        with zipfile.ZipFile(io.BytesIO(content)) as inner:
            infos = inner.infolist()
            is_sound = not files_overlap(infos, len(content))
            for info in infos:
                yield info.filename, secret_name(info.filename)
                size = max(info.file_size, info.compress_size)
                is_plain = info.compress_type in READABLE and not info.flag_bits & 1
                if is_sound and is_plain and size <= min(_MAX_INNER_BYTES, self._inner_bytes):
                    self._inner_bytes -= size + 1024
                    archives.append(read_entry(inner, info))
                    yield info.filename, self.content(archives[-1])

    def _found(self, pattern: re.Pattern[bytes], text: bytes) -> Iterator[re.Match[bytes]]:
        for match in pattern.finditer(text):
            self._candidates -= 1
            if self._candidates < 0:
                return
            yield match


def _is_pem(match: re.Match[bytes]) -> bool:
    text, end = match.string, match.end()
    if not _PEM_BEGINS.search(text, max(match.start() - _PEM_LINE, 0), match.start()):
        return False
    next_line = text.find(b"----", end, end + _PEM_REACH)
    body = text[end : end + _PEM_REACH if next_line == -1 else next_line]
    return any(map(_is_random, _PEM_BODY.findall(body)))


def _is_pem_in_base64(match: re.Match[bytes], before: int) -> bool:
    text, at = match.string, match.start() - before
    first = b"".join(_NO_BASE64.split(text[max(at - 2 * _PEM_LINE, 0) : at])[-1].split())
    rest = b"".join(_NO_BASE64.split(text[at : at + _BASE64_REACH], maxsplit=1)[0].split())
    whole = first[len(first) % 4 :] + rest
    return any(map(_is_pem, _PEM.finditer(base64.b64decode(whole[: len(whole) // 4 * 4]))))


def _is_private_jwk(match: re.Match[bytes]) -> bool:
    text, at = match.string, match.start()
    start = max(text.rfind(b"{", max(at - _JWK_REACH, 0), at), at - _JWK_REACH, 0)
    end = text.find(b"}", at, at + _JWK_REACH)
    secret = _JWK_SECRET.search(text, start, at + _JWK_REACH if end == -1 else end)
    return secret is not None and _is_random(secret[1])


def _is_random(text: bytes) -> bool:
    """Tell whether a text has capital and small letters, which placeholders have not."""
    return text.lower() != text != text.upper()


def _is_access_key(rest: bytes) -> bool:
    return not rest.endswith(b"EXAMPLE") and len(set(rest)) > _MAX_PLACEHOLDER_CHARACTERS


def installed_files(entries: Mapping[str, bytes]) -> set[str]:
    """Return the names of files that Python's installers have installed, from the lists that they write."""
    names = (name for name, content in entries.items() if name.endswith(".dist-info/RECORD"))
    recorded = (each for name in names for each in _recorded(name, entries[name]))
    return {name for name in islice(recorded, _MAX_RECORDED) if name in entries}


def _recorded(record: str, content: bytes) -> Iterator[str]:
    folder = record.removesuffix("RECORD").rstrip("/").rpartition("/")[0]
    lines = io.TextIOWrapper(io.BytesIO(content), errors="replace", newline="")
    # What no installer has written names nothing more.
    with contextlib.suppress(csv.Error):
        for row in csv.reader(lines):
            yield f"{folder}/{row[0]}".lstrip("/") if row else ""
