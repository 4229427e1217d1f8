"""Files that are compressed already go into another zip file as they are, and nobody can tell."""

import random
import zipfile
from pathlib import Path

import pytest

from components.packaging.zip_file import atomic_write, write_zip

# Of all sizes, some that do not compress, and names that are not ASCII.
NOISE = random.Random(1)  # noqa: S311 - the same each time
PACKAGES = {
    "a/empty.py": b"",
    "a/text.py": b"x = 1\n" * 1_000,
    "größe/ü.json": b"{}",
    "lib/noise.so": NOISE.randbytes(70_000),
    "zz.py": b"z",
}
SOURCES = {"app.py": b"def handler(): ...\n", "lib/own.py": b"y = 2\n"}


def test_the_bytes_are_those_of_all_files_together(tmp_path: Path) -> None:
    packed, merged, together = (tmp_path / f"{name}.zip" for name in ("packed", "merged", "together"))
    write_zip(packed, PACKAGES)
    write_zip(merged, SOURCES, packed)
    write_zip(together, {**PACKAGES, **SOURCES})
    assert merged.read_bytes() == together.read_bytes()
    with zipfile.ZipFile(merged) as found:
        assert found.testzip() is None
        assert {name: found.read(name) for name in found.namelist()} == {**PACKAGES, **SOURCES}


def test_a_source_wins_over_a_package(tmp_path: Path) -> None:
    write_zip(tmp_path / "packed.zip", PACKAGES)
    write_zip(tmp_path / "merged.zip", {"zz.py": b"own"}, tmp_path / "packed.zip")
    with zipfile.ZipFile(tmp_path / "merged.zip") as found:
        assert found.namelist() == sorted(PACKAGES)
        assert found.read("zz.py") == b"own"


def test_a_file_is_there_atomic_write_or_as_it_was(tmp_path: Path) -> None:
    target = tmp_path / "made" / "file.zip"

    def write(text: str) -> None:
        with atomic_write(target) as partial:
            partial.write_text("half")
            partial.write_text(text)

    with pytest.raises(UnicodeEncodeError):
        write("\ud800")
    assert list(target.parent.iterdir()) == []
    write("all")
    assert target.read_text() == "all"
