import json
import os
import zipfile
from pathlib import Path

import platformdirs
import pytest

from components import PackagingError
from components.packaging import archive
from components.packaging.archive import CodeSource, build_archive

PINNED = "six==1.17.0\n"


def source(path: str | Path, handler: str = "app.handler", runtime: str = "python3.13") -> CodeSource:
    return CodeSource(handler=handler, runtime=runtime, architecture="arm64", path=str(path))


def inline(text: str, runtime: str) -> CodeSource:
    return CodeSource(handler="index.handler", runtime=runtime, architecture="arm64", inline=text)


def names(built: Path) -> list[str]:
    with zipfile.ZipFile(built) as content:
        return content.namelist()


def write(folder: Path, *files: str) -> Path:
    for name in files:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("def handler(event, context): ...\n")
    return folder


def test_the_same_sources_make_the_same_archive_whatever_their_place_and_times(tmp_path: Path) -> None:
    first = write(tmp_path / "one", "app.py", "b/c.py", "a.py")
    second = write(tmp_path / "two", "a.py", "b/c.py", "app.py")
    for file in second.rglob("*"):
        os.utime(file, (0, 0))
    built = build_archive(source(first))
    content = built.read_bytes()
    built.unlink()
    assert build_archive(source(second)) == built
    assert built.read_bytes() == content


def test_times_and_modes_are_fixed(tmp_path: Path) -> None:
    folder = write(tmp_path, "app.py", "bin/tool")
    (folder / "app.py").chmod(0o600)
    (folder / "bin/tool").chmod(0o777)
    with zipfile.ZipFile(build_archive(source(folder))) as content:
        assert {
            (info.filename, info.date_time, oct(info.external_attr >> 16)) for info in content.infolist()
        } == {
            ("app.py", (1980, 1, 1, 0, 0, 0), "0o100755"),
            ("bin/tool", (1980, 1, 1, 0, 0, 0), "0o100755"),
        }


def test_changed_sources_make_another_archive(handler_folder: str) -> None:
    before = build_archive(source(handler_folder))
    Path(handler_folder, "app.py").write_text("def handler(event, context): return 2\n")
    assert build_archive(source(handler_folder)) != before


def test_a_zip_is_taken_apart_so_that_its_times_do_not_matter(tmp_path: Path) -> None:
    archives = []
    for year in (1999, 2026):
        path = tmp_path / f"{year}.zip"
        with zipfile.ZipFile(path, "w") as out:
            out.writestr(zipfile.ZipInfo("app.py", (year, 1, 1, 0, 0, 0)), "def handler(event, context): ...")
        archives.append(build_archive(source(path)))
    assert archives[0] == archives[1]


def test_secrets_caches_and_build_files_stay_out(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        "app.py",
        "package/module.py",
        *(".env", ".env.production", ".git/config", ".aws/credentials", ".venv/lib/x.py", "venv/lib/x.py"),
        *("__pycache__/app.pyc", "package/__pycache__/m.pyc", "package/old.pyc", ".DS_Store", ".npmrc"),
    )
    (folder / "requirements.in").write_text("six")
    assert names(build_archive(source(folder))) == ["app.py", "package/module.py"]


def test_nothing_of_a_hostile_folder_goes_in_but_the_code(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        *("app.py", "lib/a.py", "data/.hidden/x.py", ".git/hooks/post-checkout", "lib/.git", ".gitignore"),
        *(".env.local", "lib/.env", ".envrc", ".netrc", ".pypirc", ".docker/config.json", ".kube/config"),
        *(".ssh/id_ed25519", ".aws/config", ".pulumi/credentials.json", ".idea/workspace.xml", ".venv/a.py"),
        *("venv/a.py", "lib/__pycache__/a.pyc", "lib/a.pyo", ".pytest_cache/x", ".coverage", ".DS_Store"),
    )
    assert names(build_archive(source(folder))) == ["app.py", "lib/a.py"]


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "])
def test_a_private_key_is_refused_wherever_it_is(tmp_path: Path, kind: str) -> None:
    key = (
        f"-----BEGIN {kind}PRIVATE"
        + f" KEY-----\n{'MIIEvQIBADANBgkq' * 3}\n-----END {kind}PRIVATE KEY-----\n"
    )
    folder = write(tmp_path / "code", "app.py")
    (folder / "server.txt").write_text(f"# ours\n{key}")
    told = "contains a private key in server.txt; store it in Secrets Manager"
    with pytest.raises(PackagingError, match=told):
        build_archive(source(folder))
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as out:
        out.writestr("app.py", "handler = print")
        out.writestr("server.txt", key)
    with pytest.raises(PackagingError, match=told):
        build_archive(source(tmp_path / "code.zip"))


def test_code_that_only_speaks_of_private_keys_is_taken(tmp_path: Path) -> None:
    folder = write(tmp_path, "app.py")
    (folder / "pem.py").write_text('BEGIN = "-----BEGIN PRIVATE' + ' KEY-----"\n')
    (folder / "ca.pem").write_text(
        "-----BEGIN CERTIFICATE-----\nMIIEvQIBADANBgkq\n-----END CERTIFICATE-----\n"
    )
    assert names(build_archive(source(folder))) == ["app.py", "ca.pem", "pem.py"]


@pytest.mark.parametrize("name", ["../app.py", "lib/../../app.py", "/etc/app.py", "lib\\..\\app.py"])
def test_a_zip_that_leads_out_of_itself_is_refused(tmp_path: Path, name: str) -> None:
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as out:
        out.writestr("app.py", "handler = print")
        out.writestr(name, "handler = print")
    with pytest.raises(PackagingError, match="a path outside of the archive; create it again"):
        build_archive(source(tmp_path / "code.zip"))


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("x")
    folder = write(tmp_path / "code", "app.py")
    (folder / "data.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(PackagingError, match=r"data\.txt is a link to .*secret\.txt"):
        build_archive(source(folder))


def test_a_link_to_a_folder_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "code", "app.py", "inner/module.py")
    (folder / "other").symlink_to(folder / "inner")
    with pytest.raises(PackagingError, match=r"other is a link to .*inner"):
        build_archive(source(folder))


def test_a_link_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    folder = write(tmp_path / "code", "app.py")
    (folder / "gone.py").symlink_to(folder / "missing.py")
    with pytest.raises(PackagingError, match=r"gone\.py is a link to a file that does not exist"):
        build_archive(source(folder))


def test_a_layer_may_hold_the_handler(handler_folder: str) -> None:
    build_archive(CodeSource("layer.handler", "python3.13", "arm64", path=handler_folder, has_layers=True))


def test_a_project_file_without_dependencies_needs_no_lock(handler_folder: str) -> None:
    Path(handler_folder, "pyproject.toml").write_text("[tool.ruff]\nline-length = 100\n")
    assert names(build_archive(source(handler_folder))) == ["app.py"]


@pytest.mark.parametrize(
    ("text", "runtime", "file"),
    [
        ("def handler(event, context): ...", "python3.14", "index.py"),
        ("exports.handler = async () => 1;", "nodejs24.x", "index.js"),
        ("export const handler = async () => 1;", "nodejs24.x", "index.mjs"),
    ],
)
def test_inline_text_becomes_the_handlers_file(text: str, runtime: str, file: str) -> None:
    built = build_archive(inline(text, runtime))
    assert names(built) == [file]
    assert zipfile.ZipFile(built).read(file).decode() == text


def test_requirements_of_other_files_are_refused(handler_folder: str) -> None:
    Path(handler_folder, "requirements.txt").write_text("-r other.txt\n")
    with pytest.raises(PackagingError, match=r"'-r other\.txt' includes another file"):
        build_archive(source(handler_folder))


def test_node_dependencies_without_a_lock_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "index.mjs")
    (tmp_path / "package.json").write_text(json.dumps({"dependencies": {"left-pad": "1"}}))
    with pytest.raises(PackagingError, match=r"has no package-lock\.json next to it"):
        build_archive(source(tmp_path, "index.handler", "nodejs22.x"))


def test_a_missing_npm_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "index.mjs")
    (tmp_path / "package.json").write_text(json.dumps({"dependencies": {"left-pad": "1"}}))
    (tmp_path / "package-lock.json").write_text("{}")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(PackagingError, match="npm is needed to install its packages, and is not on PATH"):
        build_archive(source(tmp_path, "index.handler", "nodejs22.x"))


@pytest.mark.parametrize(
    ("handler", "runtime", "expected"),
    [
        (
            "main.handler",
            "python3.13",
            r"has no main\.py or main/__init__\.py; a handler is <file without suffix>\.<function>",
        ),
        ("main.handler", "nodejs22.x", r"has no main\.mjs or main\.js or main\.cjs"),
        (
            "anything",
            "provided.al2023",
            r"has no bootstrap; provided\.al2023 starts this executable, from the code or from a layer",
        ),
    ],
)
def test_a_handler_that_is_not_there_is_refused(
    handler_folder: str, handler: str, runtime: str, expected: str
) -> None:
    with pytest.raises(PackagingError, match=expected):
        build_archive(source(handler_folder, handler, runtime))


def test_a_handler_in_a_package_is_found(tmp_path: Path) -> None:
    write(tmp_path, "shop/orders.py", "shop/__init__.py")
    build_archive(source(tmp_path, "shop.orders.handler"))
    build_archive(source(tmp_path, "shop.handler"))


@pytest.mark.parametrize(
    "handler", ["orders.handler", "orders.refunds.handler", "src/orders.refunds.handler"]
)
def test_a_handler_of_node_is_found_before_the_first_dot(tmp_path: Path, handler: str) -> None:
    write(tmp_path, "orders.mjs", "src/orders.mjs")
    build_archive(source(tmp_path, handler, "nodejs24.x"))


def test_what_an_os_only_runtime_starts_is_executable(tmp_path: Path) -> None:
    write(tmp_path, "bootstrap")
    with zipfile.ZipFile(build_archive(source(tmp_path, "bootstrap", "provided.al2023"))) as built:
        assert [(each.filename, each.external_attr >> 16 & 0o111) for each in built.infolist()] == [
            ("bootstrap", 0o111)
        ]


def test_code_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match=r"/nowhere does not exist; pass a folder or a \.zip"):
        build_archive(source(tmp_path / "nowhere"))
    (tmp_path / "text.zip").write_text("no archive")
    with pytest.raises(PackagingError, match=r"text\.zip is not a \.zip archive"):
        build_archive(source(tmp_path / "text.zip"))


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PackagingError, match="contains no files to deploy"):
        build_archive(source(tmp_path, runtime="java21"))


def test_inline_text_for_a_compiled_runtime_is_refused() -> None:
    with pytest.raises(PackagingError, match="java21 cannot run source code"):
        build_archive(inline("class App {}", "java21"))


def test_what_lambda_does_not_take_directly_is_refused(
    handler_folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = build_archive(source(handler_folder)).stat().st_size
    Path(handler_folder, "noise.bin").write_bytes(os.urandom(1000))
    monkeypatch.setattr(archive, "MAX_UPLOAD_BYTES", size)
    with pytest.raises(
        PackagingError, match="Lambda accepts 50 MB by direct upload; upload it to S3 and pass s3_bucket"
    ):
        build_archive(source(handler_folder))
    assert not list(platformdirs.user_cache_path("durable-functions").rglob("*.partial"))


def test_exactly_what_lambda_takes_is_allowed(handler_folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    built = build_archive(source(handler_folder))
    size = built.stat().st_size
    built.unlink()
    monkeypatch.setattr(archive, "MAX_UPLOAD_BYTES", size)
    assert build_archive(source(handler_folder)) == built


def test_what_lambda_takes() -> None:
    # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    assert (archive.MAX_UPLOAD_BYTES, archive.MAX_UNZIPPED_BYTES) == (52_428_800, 262_144_000)


def test_what_lambda_does_not_unpack_is_refused(handler_folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNZIPPED_BYTES", 10)
    with pytest.raises(PackagingError, match="Lambda accepts 250 MB; make a container image"):
        build_archive(source(handler_folder))
