"""Dependencies of handlers, really installed from the package registries."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import uv

from components import PackagingError
from components.packaging.archive import CodeSource, build_archive

PINNED = "six==1.17.0\n"

pytestmark = pytest.mark.usefixtures("own_cache")


def source(path: str | Path, handler: str = "app.handler", runtime: str = "python3.13") -> CodeSource:
    return CodeSource(handler=handler, runtime=runtime, architecture="arm64", path=str(path))


def names(built: Path) -> list[str]:
    with zipfile.ZipFile(built) as content:
        return content.namelist()


def test_requirements_are_installed_for_lambdas_platform(handler_folder: str) -> None:
    Path(handler_folder, "requirements.txt").write_text("pydantic-core==2.50.4\ntyping-extensions==4.16.0\n")
    found = names(build_archive(source(handler_folder)))
    assert "pydantic_core/_pydantic_core.cpython-313-aarch64-linux-gnu.so" in found
    assert "app.py" in found
    assert not [name for name in found if name.endswith("RECORD") or name.startswith("bin/")]


def test_requirements_can_be_installed_for_this_machine(handler_folder: str) -> None:
    Path(handler_folder, "requirements.txt").write_text("pydantic-core==2.50.4\ntyping-extensions==4.16.0\n")
    for_host = CodeSource("app.handler", "python3.13", "arm64", path=handler_folder, for_host=True)
    tag = f"cpython-{sys.version_info.major}{sys.version_info.minor}"
    assert any(tag in name for name in names(build_archive(for_host)))


def test_packages_that_are_not_pinned_are_refused_by_name(handler_folder: str) -> None:
    Path(handler_folder, "requirements.txt").write_text("python-dateutil==2.9.0.post0\n")
    with pytest.raises(
        PackagingError, match=r"does not pin six \(.+\), so the archive would change over time"
    ):
        build_archive(source(handler_folder))


def test_a_package_that_does_not_exist_is_told_in_the_installers_words(handler_folder: str) -> None:
    Path(handler_folder, "requirements.txt").write_text("six==999\n")
    with pytest.raises(PackagingError, match=r"uv cannot install the packages in .*:\n(.|\n)*six==999"):
        build_archive(source(handler_folder))


def test_installed_packages_are_cached_by_their_lock(
    handler_folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(handler_folder, "requirements.txt").write_text(PINNED)
    build_archive(source(handler_folder))
    monkeypatch.setattr("uv.find_uv_bin", lambda: pytest.fail("was installed again"))
    Path(handler_folder, "app.py").write_text("def handler(event, context): return 2\n")
    assert "six.py" in names(build_archive(source(handler_folder)))


def test_node_modules_are_installed_from_the_lock(tmp_path: Path) -> None:
    real = Path(__file__).parents[2] / "functions" / "payments"
    for name in ("package.json", "package-lock.json", "index.mjs", "provider.mjs"):
        shutil.copy(real / name, tmp_path)
    (tmp_path / "node_modules/stray").mkdir(parents=True)
    (tmp_path / "node_modules/stray/index.js").write_text("")
    found = names(build_archive(source(tmp_path, "index.handler", "nodejs22.x")))
    assert {"index.mjs", "provider.mjs", "package.json"} <= set(found)
    assert any(name.startswith("node_modules/@aws/durable-execution-sdk-js/") for name in found)
    assert not any(name.startswith(("node_modules/stray", "node_modules/.bin")) for name in found)
    assert "package-lock.json" not in found


def test_a_project_is_installed_from_its_lock(handler_folder: str) -> None:
    folder = Path(handler_folder)
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "orders"\nversion = "1"\nrequires-python = ">=3.11"\ndependencies = ["six"]\n'
    )
    with pytest.raises(PackagingError, match=r"has no uv\.lock next to it"):
        build_archive(source(folder))
    subprocess.run([uv.find_uv_bin(), "lock", "--quiet", "--project", str(folder)], check=True)
    assert "six.py" in names(build_archive(source(folder)))


@pytest.mark.parametrize("pinned", ["six==1.*", "six~=1.17", "six>=1", "six"])
def test_a_range_is_no_pin(handler_folder: str, pinned: str) -> None:
    Path(handler_folder, "requirements.txt").write_text(f"{pinned}\n")
    with pytest.raises(PackagingError, match=r"does not pin six \(1\."):
        build_archive(source(handler_folder))


def test_packages_for_amazon_linux_2023_are_found(handler_folder: str) -> None:
    Path(handler_folder, "requirements.txt").write_text("numpy==2.3.5\n")
    assert any("aarch64" in name for name in names(build_archive(source(handler_folder))))


def test_the_deploying_programs_settings_do_not_reach_the_handler(
    handler_folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "program"
    program.mkdir()
    (program / "pyproject.toml").write_text(
        '[project]\nname = "p"\nversion = "1"\n[tool.uv]\noverride-dependencies = ["six==1.16.0"]\n'
    )
    monkeypatch.chdir(program)
    monkeypatch.setenv("UV_LINK_MODE", "symlink")
    Path(handler_folder, "requirements.txt").write_text(PINNED)
    assert "six-1.17.0.dist-info/METADATA" in names(build_archive(source(handler_folder)))


def test_a_handler_may_be_in_a_dependency(handler_folder: str) -> None:
    Path(handler_folder, "requirements.txt").write_text(PINNED)
    build_archive(source(handler_folder, "six.print_"))
