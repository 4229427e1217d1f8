"""docs/architecture.md names each import between folders and packages, and no test module is imported by another."""

import ast
import gc
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PAGE = PROJECT / "docs/architecture.md"
ROW = re.compile(r"^\| `([\w.]+)` \| [^|]* \| ([^|]*) \| [^|]* \|$", re.MULTILINE)
INSTALLED = "pulumi_durable_functions"  # the name of components for those who install it


def documented(section: str) -> dict[str, set[str]]:
    _, _, rest = PAGE.read_text().partition(f"## {section}\n")
    rows = ROW.findall(rest.partition("\n## ")[0])
    return {name: set(imports.split(", ")) - {"nothing"} for name, imports in rows}


@pytest.fixture(autouse=True)
def _no_garbage() -> None:
    """Finalize what other tests have left: Python 3.11 may fail if that happens while it parses."""
    gc.collect()


def imported(path: Path) -> Iterator[str]:
    """Yield the dotted name of each module that a file imports."""
    package = path.relative_to(PROJECT).parent.parts
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = package[: len(package) + 1 - node.level] if node.level else ()
            base = ".".join((*start, *([node.module] if node.module else [])))
            yield from (f"{base}.{each.name}" for each in node.names)


def sources(room: Path) -> list[Path]:
    return [room] if room.suffix else [each for each in room.rglob("*.py") if ".venv" not in each.parts]


def test_the_imports_between_folders_are_those_of_the_page() -> None:
    rooms = {path.name for path in PROJECT.iterdir() if path.is_dir()}
    page = documented("Folders")
    assert len(page) > 5
    found = {}
    for name in page:
        tops = {module.split(".")[0] for path in sources(PROJECT / name) for module in imported(path)}
        found[name] = ({"components" if top == INSTALLED else top for top in tops} & rooms) - {name}
    assert found == page


def test_the_imports_between_packages_of_components_are_those_of_the_page() -> None:
    folder = PROJECT / "components"
    rooms = {path.name for path in folder.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    rooms |= {path.name for path in folder.glob("*.py")}
    page = documented("Inside `components`")
    assert set(page) == rooms
    found = {}
    for name in page:
        parts = [module.split(".") for path in sources(folder / name) for module in imported(path)]
        seconds = {part[1] for part in parts if part[0] == "components" and len(part) > 1}
        found[name] = {each for each in rooms if each.removesuffix(".py") in seconds} - {name}
    assert found == page


def test_a_test_module_is_imported_by_none() -> None:
    # What several of them need stands in a module named for what it holds.
    paths = [path for folder in ("tests", "local/tests") for path in (PROJECT / folder).rglob("*.py")]
    tests = {path.stem for path in paths if path.stem.startswith("test_")}
    assert len(tests) > 60
    assert [
        f"{path.relative_to(PROJECT)} imports {module}"
        for path in paths
        for module in imported(path)
        if tests & set(module.split("."))
    ] == []
