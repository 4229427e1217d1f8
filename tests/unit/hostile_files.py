"""Code that nobody should deploy, and what is told of it: by name, a maker and the message.

A maker gets an empty folder and fills it; it returns what `code_path` is, if that is not the folder.
"""

import bz2
import io
import json
import os
import socket
import stat
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

Maker = Callable[[Path], Path | None]
Contents = Mapping[str, str | bytes]

HANDLER = "def handler(event, context): ...\n"


def write(folder: Path, contents: Contents) -> None:
    for name, content in contents.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def zipped(contents: Contents) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in contents.items():
            out.writestr(name, content)
    return made.getvalue()


def in_folder(name: str, content: str | bytes = "x") -> Maker:
    return lambda folder: write(folder, {"app.py": HANDLER, name: content})


def in_zip(name: str, content: str | bytes = "x") -> Maker:
    return as_zip(lambda: zipped({"app.py": HANDLER, name: content}))


def as_zip(content: Callable[[], bytes]) -> Maker:
    def make(folder: Path) -> Path:
        write(folder, {"code.zip": content()})
        return folder / "code.zip"

    return make


def at(name: str, make: Callable[[Path], object], code_path: str = "") -> Maker:
    """Return the maker of a folder with a handler, and what a call makes at a name."""

    def both(folder: Path) -> Path:
        write(folder, {"app.py": HANDLER})
        make(folder / name)
        return folder / code_path

    return both


def with_file(make: Callable[[Path], object]) -> Maker:
    return at("odd", make)


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        # The path of a socket is short.
        here = Path.cwd()
        os.chdir(path.parent)
        made.bind(path.name)
        os.chdir(here)


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(400 * 1024 * 1024)


def zeros() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as out:
        out.writestr("app.py", HANDLER)
        with out.open("zeros", "w", force_zip64=True) as entry:
            for _ in range(400):
                entry.write(bytes(1024 * 1024))
    return made.getvalue()


def full(part: bytes, name: str = "odd") -> Maker:
    """Return the maker of a folder with a file of 50 MB that repeats a part, and after it a secret."""

    def make(folder: Path) -> None:
        write(folder, {"app.py": HANDLER, name: part * (50 * 1024 * 1024 // len(part)), "z.p12": "x"})

    return make


def many_zips(folder: Path) -> None:
    """Make 300 .zip files with 10 MB each, and after them a secret."""
    inner = zipped({f"{number}.txt": bytes(1024 * 1024 - number) for number in range(10)})
    write(folder, {"app.py": HANDLER, "z.p12": "x", **{f"{number}.zip": inner for number in range(300)}})


def deep_zips() -> bytes:
    """Return 100 .zip files, each in the next one, and a secret in the innermost."""
    inner = zipped({"a.p12": "x"})
    for _ in range(100):
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as out:
            out.writestr("a.zip", inner)
        inner = made.getvalue()
    return inner


def listing(count: int) -> bytes:
    """Return a .zip that lists as many files, of which it has none."""
    files = b"".join(
        struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, *(0,) * 7, 6, *(0,) * 6) + b"%06d" % number
        for number in range(count)
    )
    return files + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0, 0, len(files), 0, 0)


def bomb() -> bytes:
    """Return a .zip of a kilobyte that bzip2 unpacks to a gigabyte."""
    packed = bz2.compress(bytes(16 * 1024 * 1024)) * 64
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as out:
        out.writestr("app.py", HANDLER)
        out.writestr("odd", packed)
    content = bytearray(made.getvalue())
    for header, place in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        at = content.rindex(header)
        content[at + place : at + place + 2] = struct.pack("<H", zipfile.ZIP_BZIP2)
    return bytes(content)


def overlapping() -> bytes:
    """Return a .zip that lists the same megabyte 200 times."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as out:
        out.writestr("app.py", HANDLER)
        out.writestr("odd0", os.urandom(1024 * 1024))
        for number in range(1, 200):
            info = zipfile.ZipInfo(f"odd{number}")
            first = out.getinfo("odd0")
            info.CRC, info.file_size, info.compress_size = first.CRC, first.file_size, first.compress_size
            info.header_offset = first.header_offset
            out.filelist.append(info)
    return made.getvalue()


def far(place: int) -> bytes:
    """Return a .zip with a file that begins at a place beyond all of it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as out:
        out.writestr("app.py", HANDLER)
        out.getinfo("app.py").header_offset = place
    return made.getvalue()


def special(mode: int) -> bytes:
    info = zipfile.ZipInfo("odd")
    info.create_system, info.external_attr = 3, mode << 16
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as out:
        out.writestr("app.py", HANDLER)
        out.writestr(info, "/etc/passwd")
    return made.getvalue()


def patched(place: int, by: bytes, header: bytes = b"PK\1\2") -> Maker:
    """Return the maker of a .zip with other bytes at a place in the header of its file."""

    def content() -> bytes:
        made = bytearray(zipped({"app.py": HANDLER * 50}))
        at = made.index(header) + place
        made[at : at + len(by)] = by
        return bytes(made)

    return as_zip(content)


def linked(target: str, **contents: str) -> Maker:
    def make(folder: Path) -> None:
        write(folder, {"app.py": HANDLER, **contents})
        (folder / "settings.txt").symlink_to(folder / target)

    return make


NO_FILE = "remove it: an archive can only contain files"
DAMAGED = r"code\.zip is a damaged \.zip: .+; create it again"
TOO_MANY = r"code\.zip contains more than 100,000 files; put only the code into it"
LAST = r"contains a key store in z\.p12;"
LARGE = (
    r"has 400\.0 MB or more unzipped, and Lambda accepts 250 MB; make a container image and pass image_uri"
)

FILES: dict[str, tuple[Maker, str]] = {
    "a FIFO": (with_file(os.mkfifo), f"odd is a FIFO; {NO_FILE}"),
    "a FIFO for requirements": (
        at("requirements.txt", os.mkfifo),
        f"requirements.txt is a FIFO; {NO_FILE}",
    ),
    "a socket": (with_file(a_socket), f"odd is a socket; {NO_FILE}"),
    "a character device": (
        with_file(lambda path: path.symlink_to("/dev/zero")),
        "odd is a link to /dev/zero; put the files themselves into the folder",
    ),
    "a character device for a .zip": (lambda _: Path("/dev/zero"), r"/dev/zero is not a \.zip archive"),
    "a FIFO for a .zip": (
        at("code.zip", os.mkfifo, "code.zip"),
        r"code\.zip is not a \.zip archive",
    ),
    "a link to itself": (
        with_file(lambda path: path.symlink_to(path)),
        "odd is a link to a file that does not exist, or to itself; put the file itself into the folder",
    ),
    "a link to nothing": (
        with_file(lambda path: path.symlink_to("gone")),
        "odd is a link to a file that does not exist",
    ),
    "a link to its own folder": (
        with_file(lambda path: path.symlink_to(".")),
        "odd is a link to .+; put the",
    ),
    "a link out of the folder": (
        with_file(lambda path: path.symlink_to("/etc/passwd")),
        "odd is a link to /etc/passwd",
    ),
    "a link to .env": (
        linked(".env", **{".env": "TOKEN=1"}),
        r"settings\.txt is a link to .+\.env, by its name settings with secrets; remove the link, or pass "
        r"allowed_secret_files = \['settings\.txt'\]",
    ),
    "a link to what stays out": (
        linked(".git/config", **{".git/config": "x"}),
        "settings.txt is a link to .+config, which is left out of archives",
    ),
    "a link that is a code_path in a circle": (
        at("code", lambda path: path.symlink_to(path), "code"),
        "does not exist",
    ),
    "400 MB of nothing": (with_file(sparse), LARGE),
    "a .zip of 400 MB of zeros": (as_zip(zeros), LARGE),
    "a .zip that tells too much": (patched(24, b"\0\0\0\x19"), LARGE),
    "a .zip that tells too little": (patched(24, b"\1\0\0\0"), DAMAGED),
    "a .zip with another sum": (patched(16, b"\xff\xff"), DAMAGED),
    "a .zip with another name within": (patched(30, b"x", b"PK\3\4"), DAMAGED),
    "a .zip that is packed as nobody does": (
        patched(10, b"\x63\0"),
        r"contains 'app\.py' compressed by method 99; create it again with the usual one, deflate",
    ),
    "a .zip that bzip2 unpacks to a gigabyte": (as_zip(bomb), "contains 'odd' compressed by method 12"),
    "a .zip whose file begins far away": (as_zip(lambda: far(2**64 - 1)), DAMAGED),
    "a .zip whose files overlap": (as_zip(overlapping), DAMAGED),
    "a .zip whose data are none": (patched(40, b"\xff" * 20, b"PK\3\4"), DAMAGED),
    "a .zip of too many files": (as_zip(lambda: listing(100_001)), TOO_MANY),
    "a .zip of far too many files": (as_zip(lambda: listing(400_000)), TOO_MANY),
    "a .zip that begins late": (as_zip(lambda: zipped({"app.py": HANDLER})[30:]), DAMAGED),
    "a .zip of its end alone": (as_zip(lambda: zipped({"app.py": HANDLER})[-40:]), DAMAGED),
    "a .zip with a file in a file": (
        in_zip("app.py/x"),
        r"code\.zip contains 'app\.py/x' in what is a file itself; create it again",
    ),
    "a .zip with a name of 60,000 characters": (
        in_zip("x" * 60_000),
        "contains 'x+'\\.\\.\\., a name that is too long",
    ),
    "a .zip with a path of 30,000 folders": (
        in_zip("a/" * 30_000 + "x"),
        "a name that is too long for Linux",
    ),
    "a .zip with a zero in a name": (
        as_zip(lambda: zipped({"app.py": HANDLER, "x_y": "x"}).replace(b"x_y", b"x\0y")),
        r"contains 'x\\x00y', a name with a zero in it; create it again",
    ),
    "a .zip with a password": (patched(8, b"\1"), "contains 'app.py' encrypted, which Lambda cannot read"),
    "a .zip with a link": (as_zip(lambda: special(stat.S_IFLNK)), "contains 'odd', which is a link; put the"),
    "a .zip with a device": (
        as_zip(lambda: special(stat.S_IFCHR)),
        "contains 'odd', which is a character device",
    ),
    "a name that is no text": (
        with_file(lambda path: Path(os.fsdecode(os.fsencode(path) + b"\xff")).touch()),
        r"odd\\udcff has a name that is not UTF-8; rename it",
    ),
    "a name that clears the screen": (
        with_file(lambda path: os.mkfifo(f"{path}\x1b[2J")),
        r"odd\\x1b\[2J is a FIFO",
    ),
    "a name that is no colour of the engine's": (
        with_file(lambda path: os.mkfifo(f"{path}<{{%x%}}>")),
        r"odd<\{\\x25x%\}> is a FIFO",
    ),
    "a project that is no table": (
        in_folder("pyproject.toml", "project = 3\n"),
        "pyproject.toml: project must be a table, not 3",
    ),
    "a project that is no TOML": (in_folder("pyproject.toml", "[["), "pyproject.toml is not TOML"),
    "requirements that are no text": (
        in_folder("requirements.txt", b"\xff\xfe"),
        "requirements.txt is not UTF-8 text",
    ),
    "requirements of 400 MB": (
        at("requirements.txt", sparse),
        r"requirements\.txt has 400\.0 MB, which is too large for such a file; check what it is",
    ),
    "requirements of empty lines": (
        in_folder("requirements.txt", b" \n" * 500 * 1024 + b"-r other.txt\n"),
        "'-r other.txt' includes another file",
    ),
    "requirements of open brackets": (
        in_folder("requirements.txt", b"a[\n" * 340 * 1024 + b"-r other.txt\n"),
        "'-r other.txt' includes another file",
    ),
    "requirements of one line that goes on and on": (
        in_folder("requirements.txt", b"a \\\n" * 250 * 1024 + b"#\n-r other.txt\n"),
        "'-r other.txt' includes another file",
    ),
    "a project of many lines": (
        in_folder(
            "pyproject.toml", "project = 3\n" + "".join(f"[a.b{number}]\n" for number in range(30_000))
        ),
        "project must be a table",
    ),
    "a list of installed files of 50 MB": (full(b"a,,\n", "x.dist-info/RECORD"), LAST),
    "300 .zip files within": (many_zips, LAST),
    "100 .zip files in each other": (in_folder("a.zip", deep_zips()), "contains a key store .* in a.zip"),
    "50 MB of dashes": (full(b"-"), LAST),
    "50 MB of zeros": (full(b"\0"), LAST),
    "50 MB of beginnings": (full(b"-----BEGIN "), LAST),
    "50 MB of PRIVATE KEY": (full(b"PRIVATE KEY "), LAST),
    "50 MB of first lines in UTF-16": (
        full(("-----BEGIN PRIVATE" + " KEY-----\n").encode("utf-16-le")),
        LAST,
    ),
    "50 MB of the beginning of a key in base64": (full(b"LS0tLS1CRUdJTi"), LAST),
    "50 MB of AKIA": (full(b"AKIA"), LAST),
    "50 MB of examples of access keys": (full(b"AKIA" + b"IOSFODNN7EXAMPLE "), LAST),
    "50 MB of key types": (full(b'{"kty":"'), LAST),
}
"""Beside what follows: whatever is no code, or is damaged."""

LARGE_CODE: dict[str, Contents] = {
    "300,000 lines": {"app.py": "x = 1\n" * 300_000},
    "a line of 6 MB": {"app.py": f"x = [{'1,' * 3_000_000}]"},
    "3,000 modules of 300 lines": {
        "app.py": HANDLER,
        **{f"m{number}.py": "x = 1\n" * 300 for number in range(3_000)},
    },
    "100 KB of statements": {"app.py": HANDLER + "a.b\n" * 25_000},
    "100 KB of functions": {"app.py": HANDLER + "lambda:0\n" * 11_000},
    "100 KB of names": {"app.py": HANDLER + "".join(f"handl{number}=1\n" for number in range(7_000))},
    "a deep expression": {"app.py": f"{HANDLER}x = {'-' * 800}1\n"},
    "a far too deep expression": {"app.py": f"{HANDLER}x = {'-' * 90_000}1\n"},
    "a list of installed files of 50 MB": {"app.py": HANDLER, "x.dist-info/RECORD": "a,,\n" * 12_500_000},
}
"""Code that is packed as it is, in little time and memory."""

NODE_FILES: dict[str, tuple[Contents, str]] = {
    "no JSON": ({"package.json": "{"}, "package.json is not a JSON object"),
    "no object": ({"package.json": "[]"}, "package.json is not a JSON object"),
    "deep": ({"package.json": "[" * 100_000}, "package.json is not a JSON object"),
    "a lock that is no JSON": (
        {"package.json": '{"dependencies": {"a": "1"}}', "package-lock.json": "{"},
        "package-lock.json is not a JSON object",
    ),
    "a lock that is no object": (
        {"package.json": '{"dependencies": {"a": "1"}}', "package-lock.json": "[]"},
        "package-lock.json is not a JSON object",
    ),
    "a lock of something else": (
        {"package.json": '{"dependencies": {"a": "1"}}', "package-lock.json": '{"packages": [1]}'},
        "package-lock.json is not a lock file of npm",
    ),
    "a lock of very many packages": (
        {
            "package.json": '{"dependencies": {"a": "1"}}',
            "package-lock.json": json.dumps({"packages": {number: {} for number in range(200_000)}}),
        },
        "package-lock.json has no hash",
    ),
}
