"""What decides which packages are installed, and what is checked before and after: with packages made here, offline."""

import hashlib
import json
import shutil
import sys
import zipfile
from pathlib import Path

import platformdirs
import pytest

from components import PackagingError
from components.packaging import archive, node_packages, package_manager, python_packages
from components.packaging.archive import CodeSource, build_archive
from components.packaging.dependencies import Dependencies
from components.packaging.package_manager import Target
from tests.unit.hostile_files import HANDLER, write

HASH = "sha512-" + "0" * 86 + "=="
INDEX = "https://packages.example.com/simple"


def key(folder: Path, runtime: str = "python3.13", *, for_host: bool = False) -> str:
    found = Dependencies.declared_in(folder, runtime=runtime, architecture="arm64", for_host=for_host)
    assert found is not None
    return found.key


def locked(folder: Path, lock: object) -> Path:
    write(folder, {"package.json": '{"dependencies": {"a": "1"}}', "package-lock.json": json.dumps(lock)})
    return folder


@pytest.fixture
def python_folder(tmp_path: Path) -> Path:
    write(tmp_path, {"requirements.txt": "--index-url https://${INDEX_HOST}/simple\nsix==1.17.0\n"})
    return tmp_path


@pytest.fixture
def node_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("NPM_CONFIG_USERCONFIG", str(tmp_path / "mine"))
    return locked(tmp_path, {"packages": {"node_modules/a": {"integrity": HASH}}})


@pytest.mark.parametrize(
    "name",
    ["UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_FIND_LINKS", "UV_OVERRIDE", "UV_EXCLUDE_NEWER", "INDEX_HOST"],
)
def test_what_uv_is_told_makes_another_key(
    python_folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = key(python_folder)
    monkeypatch.setenv(name, INDEX)
    assert key(python_folder) != before


@pytest.mark.parametrize("name", ["npm_config_registry", "NPM_CONFIG_OMIT"])
def test_what_npm_is_told_makes_another_key(
    node_folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = key(node_folder, "nodejs22.x")
    monkeypatch.setenv(name, INDEX)
    assert key(node_folder, "nodejs22.x") != before


@pytest.mark.parametrize("file", [".npmrc", "mine"])
def test_npms_configuration_makes_another_key_without_its_credentials(node_folder: Path, file: str) -> None:
    before = key(node_folder, "nodejs22.x")
    write(node_folder, {file: f"registry={INDEX}\n"})
    after = key(node_folder, "nodejs22.x")
    assert after != before
    write(node_folder, {file: f"registry={INDEX}\n//packages.example.com/:_authToken=secret\n"})
    assert key(node_folder, "nodejs22.x") == after


@pytest.mark.parametrize(
    ("line", "variable"),
    [
        ("@auth0:registry={}", ""),
        ("@token-service:registry={}", ""),
        ("@certs:registry={}", ""),
        ("registry=https://${AUTH_HOST}/npm", "AUTH_HOST"),
        ("registry=https://${MY_TOKEN?}/npm", "MY_TOKEN"),
    ],
)
def test_whatever_a_registry_is_called_it_makes_another_key(
    node_folder: Path, line: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = set()
    for index in ("a.example.com", "b.example.com"):
        write(node_folder, {".npmrc": line.replace("{}", f"https://{index}/npm") + "\n"})
        if variable:
            monkeypatch.setenv(variable, index)
        keys.add(key(node_folder, "nodejs22.x"))
    assert len(keys) == 2


@pytest.mark.parametrize("name", ["NPM_CONFIG_GLOBALCONFIG", "npm_config_prefix"])
def test_npms_configuration_for_all_users_makes_another_key(
    node_folder: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {"prefix/etc/npmrc": ""})
    value = "prefix" if name == "npm_config_prefix" else "prefix/etc/npmrc"
    monkeypatch.setenv(name, str(tmp_path / value))
    before = key(node_folder, "nodejs22.x")
    write(tmp_path, {"prefix/etc/npmrc": f"registry={INDEX}\n"})
    assert key(node_folder, "nodejs22.x") != before


@pytest.mark.parametrize(
    "credential",
    [
        "_auth=x",
        "_authToken = x",
        "//packages.example.com/:_password=x",
        "//packages.example.com/:username=x",
        "key=x",
    ],
)
def test_no_credential_of_npm_makes_another_key(node_folder: Path, credential: str) -> None:
    write(node_folder, {".npmrc": f"registry={INDEX}\n"})
    before = key(node_folder, "nodejs22.x")
    write(
        node_folder,
        {".npmrc": f"{credential}\nregistry=https://me:secret@{INDEX.removeprefix('https://')}\n"},
    )
    assert key(node_folder, "nodejs22.x") == before


@pytest.mark.parametrize(
    "option", ["--find-links packages", "-f ./packages", "--index-url=simple", "-i simple"]
)
def test_a_place_within_the_project_makes_a_key_of_the_projects_own(tmp_path: Path, option: str) -> None:
    for name in ("one", "two"):
        write(tmp_path, {f"{name}/requirements.txt": f"{option}\nsix==1.17.0\n"})
    assert key(tmp_path / "one") != key(tmp_path / "two")


def test_a_place_within_the_working_folder_makes_a_key_of_its_own(
    python_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_FIND_LINKS", "https://packages.example.com,wheels")
    keys = set()
    for name in ("one", "two"):
        (tmp_path / name / "wheels").mkdir(parents=True)
        monkeypatch.chdir(tmp_path / name)
        keys.add(key(python_folder))
    assert len(keys) == 2


def test_projects_without_such_places_share_what_is_installed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write(tmp_path, {f"{name}/requirements.txt": f"--index-url {INDEX}\nsix==1.17.0\n"})
    assert key(tmp_path / "one") == key(tmp_path / "two")


def test_credentials_are_no_part_of_a_key(python_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_INDEX_URL", INDEX)
    before = key(python_folder)
    monkeypatch.setenv("UV_INDEX_URL", INDEX.replace("//", "//me:secret@"))
    monkeypatch.setenv("UV_INDEX_SHOP_PASSWORD", "secret")
    monkeypatch.setenv("UV_CACHE_DIR", "/elsewhere")
    assert key(python_folder) == before
    monkeypatch.setenv("UV_INDEX_URL", INDEX.replace("//", f"//me:{'x' * 2_000}@"))
    assert key(python_folder) == before


def test_tool_interpreter_and_platform_make_another_key(
    python_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = {key(python_folder), key(python_folder, "python3.14"), key(python_folder, for_host=True)}
    monkeypatch.setattr("platform.python_version", lambda: "3.99.1")
    keys.add(key(python_folder, for_host=True))
    monkeypatch.setattr("sysconfig.get_platform", lambda: "linux-other")
    keys.add(key(python_folder, for_host=True))
    monkeypatch.setattr(python_packages, "version", lambda _name: "99")
    keys |= {key(python_folder), key(python_folder, for_host=True)}
    assert len(keys) == 7


def test_the_local_clouds_python_is_the_one_to_install_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, commands: list[list[str]]
) -> None:
    write(tmp_path, {"requirements.txt": f"six==1.17.0 --hash=sha256:{'0' * 64}\n"})
    target = Target(tmp_path / "requirements.txt", "python3.13", "arm64", for_host=True)
    own = key(tmp_path, for_host=True)
    monkeypatch.setenv("LOCAL_CLOUD_PYTHON", sys.executable)
    assert key(tmp_path, for_host=True) == own
    other = tmp_path / "python"
    other.write_text("#!/bin/sh\necho cpython-399 3.99.1 linux-x86_64\n")
    other.chmod(0o755)
    monkeypatch.setenv("LOCAL_CLOUD_PYTHON", str(other))
    assert key(tmp_path, for_host=True) != own
    python_packages.install(target, tmp_path / "built", tmp_path / "record")
    assert commands[0][-2:] == ["--python", str(other)]
    monkeypatch.setenv("LOCAL_CLOUD_PYTHON", str(tmp_path / "absent"))
    with pytest.raises(
        PackagingError, match=r"LOCAL_CLOUD_PYTHON = '.*/absent': must be the Python that runs handlers"
    ):
        key(tmp_path, for_host=True)


@pytest.mark.parametrize(
    ("runtime", "for_host", "where"),
    [
        ("python3.13", False, ""),
        (
            "python3.13",
            True,
            f" for this machine's Python {sys.version_info[0]}.{sys.version_info[1]}, where the local cloud runs handlers; "
            "build_for: lambda installs them for Lambda",
        ),
        (
            "nodejs22.x",
            True,
            " for this machine, where the local cloud runs handlers; build_for: lambda installs them for Lambda",
        ),
    ],
)
def test_what_fails_for_this_machine_is_told_where_the_choice_was_the_shells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, runtime: str, for_host: bool, where: str
) -> None:
    monkeypatch.setenv("LOCAL_CLOUD_PYTHON", sys.executable)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    manifest = tmp_path / "requirements.txt"
    failing = [sys.executable, "-c", "raise SystemExit('no wheel')"]
    with pytest.raises(PackagingError) as caught:
        package_manager.run(failing, Target(manifest, runtime, "arm64", for_host=for_host))
    program = Path(sys.executable).name
    assert str(caught.value) == f"{program} cannot install the packages in {manifest}{where}:\nno wheel"


@pytest.mark.parametrize(
    "lock",
    [
        {"packages": {"": {}, "node_modules/a": {"version": "1"}}},
        {"packages": {"node_modules/a": {"resolved": "https://packages.example.com/a/-/a-1.0.0.tgz"}}},
        {"dependencies": {"a": {"version": "1", "integrity": HASH, "dependencies": {"b": {"version": "1"}}}}},
    ],
    ids=["a package", "a package with its place", "version 1"],
)
def test_a_lock_of_npm_without_a_hash_is_refused(tmp_path: Path, lock: object) -> None:
    with pytest.raises(PackagingError, match=r"has no hash \(integrity\) for .*[ab], so the packages"):
        key(locked(tmp_path, lock), "nodejs22.x")


@pytest.mark.parametrize("place", ["../lib", "lib/a", "lib"])
def test_a_link_of_npm_is_refused_as_what_it_is(tmp_path: Path, place: str) -> None:
    packages = {"node_modules/a": {"resolved": place, "link": True}}
    with pytest.raises(PackagingError, match="links node_modules/a to a folder outside of the archive"):
        key(locked(tmp_path, {"packages": packages}), "nodejs22.x")


def test_what_a_lock_of_npm_needs_no_hash_for(tmp_path: Path) -> None:
    packages = {
        "node_modules/a": {"integrity": HASH},
        "node_modules/a/node_modules/b": {"inBundle": True},
        "node_modules/d": {"dev": True},
    }
    assert key(locked(tmp_path, {"packages": packages}), "nodejs22.x")


@pytest.mark.parametrize(
    "place",
    [
        "git+ssh://git@github.com/a/a.git#{}",
        "git+file:///a#{}",
        "git://example.com/a.git",
        "ssh://git@example.com/a.git",
        "git@example.com:a/a.git",
        "github:a/a#{}",
        "a/a#{}",
        "https://github.com/a/a",
        "https://me:secret@gitlab.com/a/a.git#{}",
        "https://example.com/a.git#{}",
    ],
)
@pytest.mark.parametrize("key_of_place", ["resolved", "version"])
def test_a_package_from_git_is_refused_since_npm_runs_what_it_says(
    tmp_path: Path, place: str, key_of_place: str
) -> None:
    package = {key_of_place: place.replace("{}", "0" * 40), "integrity": HASH}
    told = r"has node_modules/a from git, where npm runs what the repository says; publish the package"
    with pytest.raises(PackagingError, match=told):
        key(locked(tmp_path, {"packages": {"node_modules/a": package}}), "nodejs22.x")


@pytest.mark.parametrize(
    "place",
    [
        "https://registry.npmjs.org/a/-/a-1.0.0.tgz",
        "https://npm.pkg.github.com/download/@a/a/1.0.0/0",
        "https://github.com/a/a/archive/v1.tar.gz",
        "https://codeload.github.com/a/a/tar.gz/0",
        "file:a-1.0.0.tgz",
        "npm:@a/b@1.0.0",
        "1.0.0-beta.1+a",
    ],
)
def test_a_package_from_elsewhere_is_taken(tmp_path: Path, place: str) -> None:
    packages = {"node_modules/a": {"resolved": place, "version": "1.0.0", "integrity": HASH}}
    assert key(locked(tmp_path, {"packages": packages}), "nodejs22.x")


def wheel(folder: Path, name: str, content: str = "", requires: str = "") -> None:
    info = f"{name}-1.0.dist-info"
    about = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    about += f"Requires-Dist: {requires}\n" if requires else ""
    file = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as out:
        out.writestr(f"{name}.py", content)
        out.writestr(f"{info}/METADATA", about)
        out.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        out.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    listed_by_index(folder, file)


def source_package(folder: Path, name: str, requires: str = "") -> Path:
    """Make a package of sources, whose build leaves a mark; return the mark's path."""
    mark = folder / f"{name}.was-run"
    made = folder / "made" / f"{name}-1.0"
    listed = f'["{requires}"]' if requires else "[]"
    write(
        made,
        {
            "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
            f'[project]\nname = "{name}"\ndynamic = ["version", "dependencies"]\n',
            "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            "backend.py": BACKEND.format(mark=str(mark), name=name, requires=listed),
        },
    )
    listed_by_index(folder, Path(shutil.make_archive(str(made), "gztar", folder / "made", f"{name}-1.0")))
    return mark


def listed_by_index(folder: Path, file: Path) -> None:
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    page = folder / "simple" / file.name.partition("-")[0] / "index.html"
    link = f'<a href="file://{file}#sha256={digest}">{file.name}</a>'
    write(folder, {str(page.relative_to(folder)): link})


BACKEND = """
import pathlib, zipfile
pathlib.Path({mark!r}).touch()
name, requires = {name!r}, {requires}

def build_wheel(folder, config_settings=None, metadata_directory=None):
    file = f"{{name}}-1.0-py3-none-any.whl"
    about = f"Metadata-Version: 2.1\\nName: {{name}}\\nVersion: 1.0\\n"
    about += "".join(f"Requires-Dist: {{each}}\\n" for each in requires)
    with zipfile.ZipFile(pathlib.Path(folder, file), "w") as out:
        out.writestr(f"{{name}}.py", "")
        out.writestr(f"{{name}}-1.0.dist-info/METADATA", about)
        out.writestr(f"{{name}}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        out.writestr(f"{{name}}-1.0.dist-info/RECORD", "")
    return file
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    write(folder, {"app.py": HANDLER})
    return folder


def built(code: Path, requirements: str, *, for_host: bool = True) -> Path:
    index = f"--index-url file://{code.parent}/simple"
    write(code, {"requirements.txt": f"{index}\n{requirements}\n"})
    return build_archive(CodeSource("app.handler", "python3.13", "arm64", str(code), for_host=for_host))


def names(archive: Path) -> list[str]:
    with zipfile.ZipFile(archive) as content:
        return content.namelist()


@pytest.mark.parametrize("asked", ["loose", "loose>=1", "loose @ file:///nowhere/loose-1.0.tar.gz"])
def test_nothing_of_a_package_that_is_not_pinned_is_run(tmp_path: Path, code: Path, asked: str) -> None:
    pinned, loose = source_package(tmp_path, "pinned"), source_package(tmp_path, "loose")
    with pytest.raises(PackagingError, match=r"does not pin loose.*, so the archive would change over time"):
        built(code, f"pinned==1.0\n{asked}")
    assert not pinned.exists()
    assert not loose.exists()


def test_nothing_of_a_package_that_a_pinned_one_asks_for_is_run(tmp_path: Path, code: Path) -> None:
    pinned, loose = source_package(tmp_path, "pinned", "loose"), source_package(tmp_path, "loose")
    for _ in range(2):  # what is found once must be found again
        with pytest.raises(PackagingError, match="loose"):
            built(code, "pinned==1.0")
    assert pinned.exists()
    assert not loose.exists()
    wheel(tmp_path, "loose")
    with pytest.raises(PackagingError, match=r"does not pin loose \(1\.0\)"):
        built(code, "pinned==1.0")


ANY_HASH = f"--hash=sha256:{'0' * 64}"


@pytest.mark.parametrize(
    ("requirements", "refused"),
    [
        ("--no-binary pinned", "--no-binary pinned"),
        ("--no-binary=:all:", "--no-binary=:all:"),
        ("--only-binary :none:", "--only-binary :none:"),
        ("--no-index --no-binary pinned", "--no-index --no-binary pinned"),
        ("--no-index--no-binary pinned", "--no-index--no-binary pinned"),
        ("  \\\n\t--no-binary pinned", "--no-binary pinned"),
        ("--find-links x \\\n--no-binary pinned", "--no-binary pinned"),
        ("six==1.0 # \\\n--no-binary pinned", "--no-binary pinned"),
        ("# a comment\r--no-binary pinned", "--no-binary pinned"),
        ("--find-links\n--no-binary pinned", "--find-links"),
        ("--find-links\u00a0x", "--find-links\u00a0x"),
        ("-Ca=b pinned==1.0", "-Ca=b pinned==1.0"),
        ("pinned==1.0 -C a=b", "-C a=b"),
        ("pinned==1.0 \\\n  --config-settings=a=b", "--config-settings=a=b"),
        (f"six==1.0 {ANY_HASH} -f x", f"{ANY_HASH} -f x"),
        (f"six==1.0 {ANY_HASH} pinned", f"{ANY_HASH} pinned"),
        ("--no-build-isolation", "--no-build-isolation"),
    ],
)
def test_no_option_that_may_build_a_package_reaches_uv(code: Path, requirements: str, refused: str) -> None:
    for text in (requirements, f"\ufeff{requirements}\r\npinned==1.0\r"):
        write(code, {"requirements.txt": text})
        with pytest.raises(PackagingError) as error:
            key(code)
        assert f": {refused!r} is not allowed, since options may build" in str(error.value)
        assert "allowed are --index-url, --extra-index-url, --find-links, --no-index" in str(error.value)


@pytest.mark.parametrize(
    ("requirements", "included"),
    [
        ("\ufeff-r other.txt", "-r other.txt"),
        ("# x\r-r other.txt", "-r other.txt"),
        ("six==1.0\r--constraint=other.txt", "--constraint=other.txt"),
        ("\\\n-e ./other", "-e ./other"),
        ("-r\n\nother.txt", "-r"),
    ],
)
def test_a_file_that_another_one_includes_is_refused_as_uv_reads_it(
    code: Path, requirements: str, included: str
) -> None:
    write(code, {"requirements.txt": requirements})
    with pytest.raises(PackagingError, match=f"'{included}' includes another file"):
        key(code)
    write(code, {"requirements.txt": f"{ANY_HASH.removeprefix('--hash=')}\n\u200b-r other.txt"})
    with pytest.raises(PackagingError, match="must begin with a package's name, a path or an option"):
        key(code)


def test_what_says_where_packages_are_is_allowed(code: Path) -> None:
    options = (
        "-i https://a.example.com/simple#x\n--extra-index-url=https://b.example.com\n-f 'my wheels' # near\n"
    )
    options += "--no-index\n--only-binary :all:\n--only-binary=six\n--require-hashes\n--trusted-host b.example.com\n--pre\n"
    packages = f"# \\\n\nsix==1.17.0 ; python_version < '4' \\\r\n    {ANY_HASH} \\\n    {ANY_HASH} # why\n ./near.whl\n"
    write(code, {"requirements.txt": options + packages})
    assert key(code)


@pytest.mark.parametrize("file", ["uv.toml", "pyproject.toml"])
def test_no_setting_of_uv_beside_the_code_builds_a_package(
    tmp_path: Path, code: Path, file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark = source_package(tmp_path, "pinned")
    made = tmp_path / "made" / "pinned-1.0.tar.gz"
    asks = '[project]\nname = "shop"\nversion = "1.0"\ndependencies = ["pinned==1.0"]\n'
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    lock = f"""
version = 1
requires-python = ">=3.11"
[[package]]
name = "pinned"
version = "1.0"
source = {{ registry = "{made.parent}" }}
sdist = {{ path = "{made}", hash = "sha256:{digest}" }}
[[package]]
name = "shop"
version = "1.0"
source = {{ virtual = "." }}
dependencies = [{{ name = "pinned" }}]
"""
    settings = "no-binary = true\nno-build = false\nno-build-isolation = true\npreview = true\n"
    write(code, {"pyproject.toml": asks, "uv.lock": lock, ".python-version": "./python"})
    write(
        code,
        {file: asks * (file == "pyproject.toml") + "[tool.uv]\n" * (file == "pyproject.toml") + settings},
    )
    monkeypatch.setenv("UV_FIND_LINKS", str(made.parent))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.chdir(code)
    with pytest.raises(PackagingError, match=r"pinned==1\.0 has no usable wheels"):
        build_archive(CodeSource("app.handler", "python3.13", "arm64", str(code)))
    assert not mark.exists()


def test_no_package_that_has_only_a_place_is_built_although_it_has_a_hash(tmp_path: Path, code: Path) -> None:
    mark = source_package(tmp_path, "loose")
    made = tmp_path / "made" / "loose-1.0.tar.gz"
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    with pytest.raises(PackagingError, match=r"does not pin loose @ file://"):
        built(code, f"loose @ {made.as_uri()} --hash=sha256:{digest}")
    assert not mark.exists()


def test_pinned_packages_are_built_for_this_machine_alone(tmp_path: Path, code: Path) -> None:
    mark = source_package(tmp_path, "pinned", "wheeled")
    wheel(tmp_path, "wheeled")
    with pytest.raises(PackagingError, match=r"pinned==1\.0 has no usable wheels"):
        built(code, "pinned==1.0\nwheeled==1.0", for_host=False)
    assert not mark.exists()
    assert {"pinned.py", "wheeled.py"} <= set(names(built(code, "pinned==1.0\nwheeled==1.0")))


def test_what_is_installed_again_must_be_the_same(
    tmp_path: Path, code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(tmp_path, "changing", "VALUE = 1")
    archive = built(code, "changing==1.0", for_host=False)
    assert "changing.py" in names(archive)
    cache = platformdirs.user_cache_path("durable-functions")
    (record,) = cache.glob("dependencies/*.lock.txt")
    assert "--hash=sha256:" in record.read_text()
    shutil.rmtree(record.with_name(record.name.removesuffix(".lock.txt")))
    wheel(tmp_path, "changing", "VALUE = 2")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))  # which has the first one still
    with pytest.raises(PackagingError, match=r"Hash mismatch for `changing==1\.0`"):
        built(code, "changing==1.0", for_host=False)


def test_a_folder_of_packages_is_found_from_the_file_that_names_it(tmp_path: Path, code: Path) -> None:
    wheel(tmp_path, "near")
    assert "near.py" in names(built(code, "--no-index\n--find-links ..\nnear==1.0"))


def test_hashes_that_are_declared_are_demanded(tmp_path: Path, code: Path) -> None:
    wheel(tmp_path, "known")
    wheel(tmp_path, "bare")
    wrong = f"known==1.0 --hash=sha256:{'0' * 64}"
    with pytest.raises(PackagingError, match="Hash mismatch"):
        built(code, wrong)
    with pytest.raises(PackagingError, match="--require-hashes"):
        built(code, f"{wrong}\nbare==1.0")


def test_no_credential_is_written_down(tmp_path: Path, code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel(tmp_path, "known")
    monkeypatch.setenv("UV_INDEX", "https://me:hunter2@packages.example.com/simple")
    monkeypatch.setenv("HTTPS_PROXY", "http://me:hunter2@proxy.example.com")
    built(code, "--no-index\n--find-links ..\nknown==1.0")
    cache = platformdirs.user_cache_path("durable-functions")
    assert not [path for path in cache.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]


SECRET_URLS = [
    "https://user:hunter2@packages.example.com/simple",
    "git+https://hunter2@packages.example.com/a.git",
    "https://user:hunter2/hunter2@packages.example.com/simple",
    "https://user:hunter2@hunter2@packages.example.com/simple",
    "https://user:hunter2?hunter2@packages.example.com/simple",
    "https://packages.example.com/simple?token=hunter2&b=hunter2",
]


@pytest.mark.parametrize("url", SECRET_URLS)
@pytest.mark.parametrize(
    "contents",
    [
        {"requirements.txt": "-r {}"},
        {"requirements.txt": "-e {}"},
        {"requirements.txt": "--no-binary {}"},
        {"requirements.txt": "*{}"},
        {"requirements.txt": "six==1.0 --hash={}"},
        {"requirements.txt": "--index-url {}\n--index-url https://elsewhere.example.com"},
        {"requirements.txt": "--no-index\nx @ {}"},
        {"pyproject.toml": "project = '{}'"},
        {"pyproject.toml": "project.dependencies = ['x']\nproject.name = '{}'", "uv.lock": ""},
        {
            "package.json": '{"dependencies": {"a": "1"}}',
            "package-lock.json": '{"packages": {"{}": {"version": "1"}}}',
        },
    ],
)
def test_no_message_has_a_password_of_a_manifest(
    code: Path, contents: dict[str, str], url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")
    write(code, {"index.mjs": "", **{name: text.replace("{}", url) for name, text in contents.items()}})
    handler, runtime = (
        ("app.handler", "python3.13") if "package.json" not in contents else ("index.handler", "nodejs22.x")
    )
    with pytest.raises(PackagingError) as error:
        build_archive(CodeSource(handler, runtime, "arm64", str(code), for_host=True))
    assert "hunter2" not in str(error.value)


@pytest.mark.parametrize(
    "text",
    [
        "https://registry.npmjs.org/@types/node/-/node-1.0.0.tgz",
        "http://localhost:4873/@types/node",
        "file:///links and me@example.com",
        "https://packages.example.com/simple#sha256=0",
    ],
)
def test_other_urls_stay_in_a_message(text: str) -> None:
    assert str(PackagingError(text)) == text


def test_code_and_packages_together_are_no_more_than_lambda_unpacks(
    tmp_path: Path, code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wheel(tmp_path, "large", "#" * 2_000)
    write(code, {"data.txt": "x" * 2_000})
    monkeypatch.setattr(archive, "MAX_UNZIPPED_BYTES", 3_000)
    with pytest.raises(PackagingError, match=r"has .* MB or more unzipped, and Lambda accepts 250 MB"):
        built(code, "large==1.0")


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What a tool is told to install: it installs nothing."""
    told: list[list[str]] = []

    def run(command: list[str], _: Target) -> str:
        told.append(command)
        return ""

    for module in (python_packages, node_packages):
        monkeypatch.setattr(module, "run", run)
    monkeypatch.setattr(shutil, "which", lambda _name: "/usr/bin/npm")
    return told


@pytest.mark.parametrize(
    ("architecture", "platform"),
    [("arm64", "aarch64-manylinux_2_34"), ("x86_64", "x86_64-manylinux_2_34")],
)
def test_uv_installs_wheels_for_lambda(
    tmp_path: Path, commands: list[list[str]], architecture: str, platform: str
) -> None:
    write(tmp_path, {"requirements.txt": f"six==1.17.0 --hash=sha256:{'0' * 64}\n"})
    target = Target(tmp_path / "requirements.txt", "python3.13", architecture, for_host=False)
    python_packages.install(target, tmp_path / "built", tmp_path / "record")
    (command,) = commands
    assert command[1:] == [
        *("pip", "install", "--target", str(tmp_path / "built"), "-r", str(target.manifest)),
        *("--require-hashes", "--no-config", "--link-mode", "copy"),
        *("--python-version", "3.13", "--python-platform", platform, "--only-binary", ":all:"),
    ]


@pytest.mark.parametrize(
    ("architecture", "platform"),
    [
        ("arm64", ["--os=linux", "--cpu=arm64", "--libc=glibc"]),
        ("x86_64", ["--os=linux", "--cpu=x64", "--libc=glibc"]),
        ("this machine's", []),
    ],
)
def test_npm_installs_for_lambda_and_runs_no_script(
    tmp_path: Path, commands: list[list[str]], architecture: str, platform: list[str]
) -> None:
    target = Target(tmp_path / "package.json", "nodejs24.x", architecture, for_host=not platform)
    node_packages.install(target, tmp_path)
    assert commands == [
        [
            *("/usr/bin/npm", "ci", "--omit=dev", "--ignore-scripts", "--allow-git=none"),
            *("--git=not-used-for-archives", "--no-audit", "--no-fund", "--prefix", str(tmp_path), *platform),
        ]
    ]


def test_npm_starts_no_program_that_the_folder_or_a_package_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark, started = tmp_path / "mark", tmp_path / "started"
    write(
        tmp_path,
        {"started": f"#!/bin/sh\ntouch {mark}\n", "preload.js": f"require('fs').writeFileSync('{mark}', '')"},
    )
    started.chmod(0o755)
    npmrc = f'git={started}\n"git"={started}\nscript-shell={started}\nnode-options=--require={tmp_path}/preload.js\n'
    npmrc += (
        f"git\u2028={started}\nregistry=http://127.0.0.1:9\u2028git={started}\nglobalconfig={tmp_path}/more\n"
    )
    npmrc += "fetch-retries=0\n"
    # What no lock names, npm looks up itself: the lock cannot be refused for it.
    asks = {"name": "shop", "version": "1.0.0", "dependencies": {"a": f"git+file://{tmp_path}/a#{'0' * 40}"}}
    lock = {"name": "shop", "version": "1.0.0", "lockfileVersion": 3, "packages": {"": asks}}
    write(
        tmp_path / "code",
        {"package.json": json.dumps(asks), "package-lock.json": json.dumps(lock), ".npmrc": npmrc},
    )
    write(tmp_path, {"more": f"git={started}\n", "code/index.mjs": ""})
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "npm"))
    with pytest.raises(PackagingError, match="npm cannot install the packages in"):
        build_archive(CodeSource("index.handler", "nodejs22.x", "arm64", str(tmp_path / "code")))
    assert not mark.exists()


def test_npm_gets_the_settings_of_registries_and_no_other(tmp_path: Path, commands: list[list[str]]) -> None:
    used = "registry=https://a.example.com\n @shop:registry = https://b.example.com\n//b.example.com/:_authToken=${TOKEN}\n"
    used += "ca[]=x\nlegacy-peer-deps=true\nhttps-proxy=http://proxy\n"
    other = (
        '; git=x\ngit=x\n"registry"=x\ngit;registry=x\nonload-script=x\nscript-shell\n@a:git=x\n${git}=x\n'
    )
    write(tmp_path, {"code/.npmrc": f"{other}{used}[more]\nregistry=x\n", "code/package.json": "{}"})
    built, found = tmp_path / "built", []
    built.mkdir()

    def install(command: list[str], _: Target) -> str:
        found.append((built / ".npmrc").read_text())
        return str(command)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(node_packages, "run", install)
        node_packages.install(Target(tmp_path / "code/package.json", "nodejs24.x", "arm64", False), built)
    assert found == [used]
    assert not any(built.iterdir())
    assert not commands
