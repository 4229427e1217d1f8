"""Code that nobody should deploy: each row of a table is refused in words, at once and in little memory."""

import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components import PackagingError
from components.packaging.archive import CodeSource, build_archive
from tests.unit.hostile_files import FILES, HANDLER, LARGE_CODE, NODE_FILES, write, zipped
from tests.unit.hostile_trials import FEW, packed_within_limits, refused_in_words
from tests.unit.secret_samples import PUBLIC, SECRETS, SECRETS_IN_ZIPS, pem


def code(path: Path, *allowed: str, runtime: str = "python3.13") -> CodeSource:
    handler = "app.handler" if runtime.startswith("python") else "index.handler"
    return CodeSource(handler, runtime, "arm64", str(path), allowed_secret_files=allowed)


def packed(path: Path, *allowed: str) -> Path:
    return packed_within_limits(code(path, *allowed))


def in_archive(built: Path) -> list[str]:
    with zipfile.ZipFile(built) as archive:
        return archive.namelist()


@pytest.mark.parametrize("case", FILES)
def test_what_is_no_code_is_refused_in_words(case: str, tmp_path: Path) -> None:
    make, told = FILES[case]
    path = make(tmp_path) or tmp_path
    with pytest.raises(PackagingError, match=told) as refused:
        packed(path)
    refused_in_words(refused.value)
    assert str(refused.value).replace("\n", "").isprintable()


@pytest.mark.parametrize("case", LARGE_CODE)
def test_large_code_is_packed_within_limits_although_not_all_is_checked(case: str, tmp_path: Path) -> None:
    write(tmp_path, LARGE_CODE[case])
    assert "app.py" in in_archive(packed(tmp_path))


@pytest.mark.parametrize("case", NODE_FILES)
def test_what_is_no_node_project_is_refused_in_words(case: str, tmp_path: Path) -> None:
    contents, told = NODE_FILES[case]
    write(tmp_path, {"index.mjs": "", **contents})
    with pytest.raises(PackagingError, match=told) as refused:
        packed_within_limits(code(tmp_path, runtime="nodejs22.x"))
    refused_in_words(refused.value)


@pytest.mark.parametrize("case", SECRETS)
def test_a_secret_is_refused_in_a_folder_unless_it_is_meant(case: str, tmp_path: Path) -> None:
    name, content, what = SECRETS[case]
    write(tmp_path, {"app.py": HANDLER, name: content})
    told = rf"contains {what}.* in {name}; store it in Secrets Manager .*pass allowed_secret_files = \['{name}'\]"
    with pytest.raises(PackagingError, match=told):
        packed(tmp_path)
    assert name in in_archive(packed(tmp_path, name))


@pytest.mark.parametrize("case", [*SECRETS, *SECRETS_IN_ZIPS])
def test_a_secret_is_refused_in_a_zip_unless_it_is_meant(case: str, tmp_path: Path) -> None:
    name, content, what = (SECRETS | SECRETS_IN_ZIPS)[case]
    write(tmp_path, {"code.zip": zipped({"app.py": HANDLER, name: content})})
    with pytest.raises(PackagingError, match=rf"contains {what}.* in {name};"):
        packed(tmp_path / "code.zip")
    assert name in in_archive(packed(tmp_path / "code.zip", "*"))


@pytest.mark.parametrize("case", PUBLIC)
def test_what_only_looks_like_a_secret_is_taken(case: str, tmp_path: Path) -> None:
    name, content = PUBLIC[case]
    write(tmp_path, {"code.zip": zipped({"app.py": HANDLER, name: content})})
    assert name in in_archive(packed(tmp_path / "code.zip"))


def test_all_secrets_are_told_at_once(tmp_path: Path) -> None:
    write(tmp_path, {"app.py": HANDLER, **{f"key{number:02}.txt": pem() for number in range(12)}})
    with pytest.raises(PackagingError, match=r"key00\.txt, .* in key09\.txt and 2 more; store it"):
        packed(tmp_path)


def test_a_secret_in_inline_text_is_refused() -> None:
    source = CodeSource("index.handler", "python3.13", "arm64", inline=f"KEY = {pem()!r}\n{HANDLER}")
    with pytest.raises(PackagingError, match=r"code_inline contains a private key in index\.py"):
        build_archive(source)


def test_what_a_package_manager_has_installed_is_not_taken_for_a_secret(tmp_path: Path) -> None:
    record = "moto/key.pem,sha256=x,1\nmoto-5.dist-info/RECORD,,\n"
    write(tmp_path, {"app.py": HANDLER, "moto/key.pem": pem(), "moto-5.dist-info/RECORD": record})
    assert "moto/key.pem" in in_archive(packed(tmp_path))
    write(tmp_path, {"moto/mine.pem": pem()})
    with pytest.raises(PackagingError, match=r"in moto/mine\.pem;"):
        packed(tmp_path)


@FEW
@given(st.data())
def test_a_zip_that_is_damaged_anywhere(data: st.DataObject) -> None:
    content = bytearray(zipped({"app.py": HANDLER * 20, "lib/data.bin": bytes(range(256))}))
    for place in data.draw(st.lists(st.integers(0, len(content) - 1), min_size=1, max_size=4)):
        content[place] = data.draw(st.integers(0, 255))
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), {"code.zip": bytes(content)})
        try:
            build_archive(code(Path(folder, "code.zip")))
        except PackagingError as error:
            refused_in_words(error)


def broken(content: bytes) -> bytes:
    """Return a zip file whose compressed content is damaged."""
    archive = zipped({"inner.txt": "x" * 1000})
    start = archive.index(b"inner.txt") + len("inner.txt")
    return archive[:start] + content + archive[start + len(content) :]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("data.zip", broken(b"\xff\xff\xff")),
        ("other.dist-info/RECORD", b"a" * 200_000 + b",,\n"),
        ("other.dist-info/RECORD", b"a\rb,,\n"),
    ],
)
def test_a_file_that_only_looks_like_a_zip_or_a_list_is_packed_as_it_is(
    name: str, content: bytes, tmp_path: Path
) -> None:
    write(tmp_path, {"app.py": HANDLER, name: content})
    assert name in in_archive(packed(tmp_path))


def test_a_zip_that_lies_about_its_size_is_read_no_further(tmp_path: Path) -> None:
    path = tmp_path / "code.zip"
    path.write_bytes(zipped({"app.py": HANDLER, "big": "\0" * 100_000_000}))
    raw = bytearray(path.read_bytes())
    length = (100_000_000).to_bytes(4, "little")
    path.write_bytes(bytes(raw.replace(length, (10).to_bytes(4, "little"))))
    with pytest.raises(PackagingError, match=r"is a damaged \.zip: .*; create it again"):
        packed(path)
