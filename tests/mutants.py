"""Change the core a little, many times, and show which changes no unit test notices: `make mutants`.

mutmut changes neither what a module does when it is imported nor the arguments of a call, and cosmic-ray drops nothing; but
here it is lists of rules, `depends_on`, hooks and timeouts that a deployment is made of.
"""

import argparse
import ast
import os
import queue
import random
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[1]
CORE = "components"
INSTALLED = "pulumi_durable_functions"
"""The name by which programs, and some tests, import the core: installed, it is the project's own and no copy's."""
SECONDS = 600
"""A mutant that has the tests run for longer has been noticed."""
GENERAL = ("order", "components", "triggers", "bad_inputs", "every_argument")
"""Unit tests that run all of the components."""
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv", ".toolchain", ".local", ".*_cache", "node_modules", "site"
)
SWAPPED: dict[type[ast.AST], str] = {
    **{ast.Eq: "!=", ast.NotEq: "==", ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">"},
    **{ast.In: "not in", ast.NotIn: "in", ast.Is: "is not", ast.IsNot: "is"},
}


@dataclass(frozen=True)
class Mutant:
    """A text of a file of the core in place of another."""

    file: str
    line: int
    start: int
    end: int
    before: str
    after: str

    def __str__(self) -> str:
        before, after = (re.sub(r"\s+", " ", each)[:100] for each in (self.before, self.after))
        return f"{self.file}:{self.line}: {before}  ->  {after or '(nothing)'}"

    def applied(self, source: bytes) -> bytes:
        return source[: self.start] + self.after.encode() + source[self.end :]


class Mutants:
    """Every mutant of a file."""

    def __init__(self, file: str, source: bytes) -> None:
        self._file, self._source = file, source
        self._lines = [0]
        for line in source.splitlines(keepends=True):
            self._lines.append(self._lines[-1] + len(line))
        self._tree = ast.parse(source)
        ignored = {id(each) for node in ast.walk(self._tree) for each in _ignored(node)}
        self._nodes = [node for node in ast.walk(self._tree) if id(node) not in ignored]

    def __iter__(self) -> Iterator[Mutant]:
        for node in self._nodes:
            for start, end, after in self._changes(node):
                before = self._source[start:end].decode()
                made = Mutant(self._file, self._source[:start].count(b"\n") + 1, start, end, before, after)
                if _compiles(made.applied(self._source)):
                    yield made

    def _changes(self, node: ast.AST) -> Iterator[tuple[int, int, str]]:
        yield from self._omissions(node)
        yield from self._of_conditions(node)
        match node:
            case ast.Expr(value=ast.Call()) | ast.Raise():
                yield *self._at(node), "pass"
            case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
                yield *self._at(node), "return None"
            case ast.Constant(value=bool() as truth):
                yield *self._at(node), str(not truth)
            case ast.Constant(value=int() as number):
                yield *self._at(node), f"({number} + 1)"
            # What has a blank is a message.
            case ast.Constant(value=str() as text) if text and " " not in text:
                yield *self._at(node), repr(f"{text}X")

    def _omissions(self, node: ast.AST) -> Iterator[tuple[int, int, str]]:
        match node:
            case ast.Call(keywords=parts):
                yield from (self._without(each) for each in parts)
            case ast.List(elts=elements) | ast.Tuple(elts=elements, ctx=ast.Load()) | ast.Set(elts=elements):
                yield from (self._without(each) for each in elements)
            case ast.Dict():
                for key, value in zip(node.keys, node.values, strict=True):
                    start = self._at(key)[0] if key else self._at(value)[0] - len("**")
                    yield self._up_to_comma(start, self._at(value)[1])

    def _of_conditions(self, node: ast.AST) -> Iterator[tuple[int, int, str]]:
        match node:
            case ast.Compare(ops=[operator], left=left, comparators=[right]):
                yield self._between(node, left, SWAPPED[type(operator)], right)
            case ast.BoolOp(values=[first, second, *_]):
                yield self._between(node, first, "or" if isinstance(node.op, ast.And) else "and", second)
            case ast.UnaryOp(op=ast.Not()):
                yield *self._at(node), f"bool({self._text(node.operand)})"
            case ast.If() | ast.IfExp() | ast.While():
                yield *self._at(node.test), f"(not ({self._text(node.test)}))"
            case ast.comprehension(ifs=[test, *_]):
                yield *self._at(test), "True"

    def _between(self, node: ast.AST, left: ast.AST, operator: str, right: ast.AST) -> tuple[int, int, str]:
        (start, end), until, since = self._at(node), self._at(left)[1], self._at(right)[0]
        before, after = self._source[start:until].decode(), self._source[since:end].decode()
        return start, end, f"{before} {operator} {after}"

    def _without(self, part: ast.AST) -> tuple[int, int, str]:
        return self._up_to_comma(*self._at(part))

    def _up_to_comma(self, start: int, end: int) -> tuple[int, int, str]:
        comma = re.match(rb"\s*,", self._source[end:])
        return start, end + (comma.end() if comma else 0), ""

    def _at(self, node: ast.AST) -> tuple[int, int]:
        place = vars(node)
        return (
            self._lines[place["lineno"] - 1] + place["col_offset"],
            self._lines[place["end_lineno"] - 1] + place["end_col_offset"],
        )

    def _text(self, node: ast.AST) -> str:
        start, end = self._at(node)
        return self._source[start:end].decode()


def _ignored(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what is no behaviour: docstrings, texts in annotations, parts of messages, imports for the types alone."""
    match node:
        case ast.Expr(value=ast.Constant()):
            yield node.value
        case ast.AnnAssign() | ast.arg() if node.annotation:
            yield from _texts(node.annotation)
        case ast.FunctionDef(returns=ast.expr() as annotation):
            yield from ast.walk(annotation)
        case ast.Subscript():
            yield from _texts(node.slice)
        # Within a message Python 3.11 does not know where what is.
        case ast.JoinedStr() | ast.If(test=ast.Name(id="TYPE_CHECKING")):
            yield from ast.walk(node)
        case ast.Assign(targets=[ast.Name(id="__all__")]):
            yield from ast.walk(node)


def _texts(annotation: ast.AST) -> Iterator[ast.AST]:
    for each in ast.walk(annotation):
        if isinstance(each, ast.Tuple | ast.List) or (
            isinstance(each, ast.Constant) and isinstance(each.value, str)
        ):
            yield each


def _compiles(source: bytes) -> bool:
    try:
        compile(source, "mutant", "exec")
    except SyntaxError:
        return False
    return True


def sampled(count: int, seed: int, below: Sequence[Path]) -> list[Mutant]:
    """Return so many mutants of these files and folders; the same ones for the same seed."""
    files = sorted({file for each in below for file in (each.rglob("*.py") if each.is_dir() else [each])})
    found = [
        mutant for file in files for mutant in Mutants(str(file.relative_to(PROJECT)), file.read_bytes())
    ]
    return random.Random(seed).sample(found, min(count, len(found)))  # noqa: S311 - no secret


def tests_of(file: str) -> list[str]:
    """Return the unit tests that are about a file by their name or their imports, and then the general ones."""
    path = Path(file)
    names = {path.stem, path.parent.name} - {CORE}
    imported = re.compile(rf"(?:{CORE}|\.{path.parent.name})(?:\.| import .*\b){path.stem}\b")
    found = [
        each
        for each in sorted((PROJECT / "tests/unit").glob("test_*.py"))
        if any(name in each.stem for name in names) or imported.search(each.read_text())
    ]
    found += [PROJECT / f"tests/unit/test_{name}.py" for name in GENERAL]
    return [str(each.relative_to(PROJECT)) for each in dict.fromkeys(found)]


def copied(tree: Path) -> Path:
    """Copy the project, for a mutant at a time."""
    shutil.copytree(PROJECT, tree, ignore=NOT_COPIED, symlinks=True)
    for environment in (".venv", ".toolchain", "policies/.venv"):
        (tree / environment).symlink_to(PROJECT / environment)
    (tree / "installed").mkdir()
    (tree / "installed" / INSTALLED).symlink_to(tree / CORE)
    return tree


def failure(tree: Path, tests: Sequence[str]) -> str:
    """Return which test fails first in a copy of the project; nothing if all is well."""
    command = [sys.executable, "-m", "pytest", "-x", "-p", "no:xdist", "-p", "no:cacheprovider"]
    try:
        done = subprocess.run(
            [*command, *tests],
            cwd=tree,
            env={
                **{name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
                "PYTHONPATH": str(tree / "installed"),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "no end"
    failed = re.findall(r"^(?:FAILED|ERROR) (\S+)", done.stdout, re.MULTILINE)
    if not done.returncode:
        return ""
    # None has failed where the components cannot be imported any more.
    return next(iter(failed or done.stdout.splitlines()[-1:]), "no word")


def tried(mutant: Mutant, trees: "queue.SimpleQueue[Path]") -> str:
    """Return what notices a mutant, in one of these copies of the project; nothing if it survives."""
    tree = trees.get()
    file = tree / mutant.file
    source = file.read_bytes()
    try:
        replaced(file, mutant.applied(source))
        return failure(tree, tests_of(mutant.file))
    finally:
        replaced(file, source)
        trees.put(tree)


def replaced(file: Path, source: bytes) -> None:
    file.write_bytes(source)
    # What has the same size, and is written within the same second, would not be compiled anew.
    shutil.rmtree(file.parent / "__pycache__", ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--count", type=int, default=40, help="how many mutants; default 40")
    parser.add_argument("--seed", type=int, default=1, help="which ones; default 1")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once; default 2")
    parser.add_argument(
        "below", nargs="*", default=[CORE], help="files and folders; default all of components/"
    )
    given = parser.parse_args()
    mutants = sampled(given.count, given.seed, [PROJECT / each for each in given.below])
    trees: queue.SimpleQueue[Path] = queue.SimpleQueue()
    survivors = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(given.jobs) as pool:
        for job in range(given.jobs):
            trees.put(tree := copied(Path(folder, str(job))))
        say("The tests without a mutant ...")
        if failed := failure(
            tree, list(dict.fromkeys(test for each in mutants for test in tests_of(each.file)))
        ):
            say(f"error: they fail: {failed}")
            return 2
        trying = {pool.submit(tried, mutant, trees): mutant for mutant in mutants}
        for number, each in enumerate(as_completed(trying), 1):
            if not each.result():
                survivors.append(trying[each])
            say(f"{number} of {len(mutants)}: {trying[each]}: {each.result() or 'SURVIVED'}")
    for mutant in sorted(survivors, key=lambda each: (each.file, each.line)):
        sys.stdout.write(f"{mutant}\n")
    sys.stdout.write(f"{len(survivors)} of {len(mutants)} mutants survived.\n")
    return 0


def say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
