"""Whether Python code can be what its handler says: a module that compiles and has the function."""

import ast
import difflib
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..checks.messages import printable

_DYNAMIC = {"__getattr__", "exec", "eval", "globals", "locals", "setattr", "vars"}
"""With these, a module may have names that are not written in it."""
_SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
_MAX_NAMES = 5


@dataclass(frozen=True)
class Finding:
    """What is wrong with a file."""

    message: str
    certain: bool
    """Whether the function cannot run; otherwise another file, or a newer grammar, may be all that it is about."""


def findings(
    entries: Mapping[str, bytes], handler_file: str, function: str, runtime: str
) -> Iterator[Finding]:
    """Find the files that do not compile, and a handler that its module does not have.

    Packages that are part of the code are not looked at: their authors have, and they may contain files for other
    versions. On Lambda, a module that does not compile is Runtime.UserCodeSyntaxError, and a function that is missing
    Runtime.HandlerNotFound: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html

    Args:
        entries: contents by name.
        handler_file: the handler's module, one of the entries.
        function: the handler's name in it.
        runtime: such as python3.13.
    """
    version = _version(runtime)
    of_packages = _installed_files(entries)
    for name, content in entries.items():
        if not name.endswith(".py") or (name in of_packages and name != handler_file):
            continue
        tree, problem = _parsed(name, content, version)
        if problem:
            # The grammar of a newer Python may have what this one does not know.
            known = version is not None and version <= sys.version_info[:2]
            hint = "" if known else f" for this Python {sys.version_info[0]}.{sys.version_info[1]}"
            yield Finding(
                f"{printable(name)} is no valid Python{hint}: {problem}",
                certain=known and name == handler_file,
            )
        elif tree is not None and name == handler_file and (names := _missing(tree, function)) is not None:
            yield Finding(
                f"{printable(name)} has no function {function}{_instead(names, function)}", certain=True
            )


def _version(runtime: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"python(\d+)\.(\d+)", runtime)
    return (int(found[1]), int(found[2])) if found else None


def _installed_files(entries: Mapping[str, bytes]) -> set[str]:
    """Return the files of packages that an installer has put into the code; it lists them."""
    lists = (content for name, content in entries.items() if name.endswith(".dist-info/RECORD"))
    lines = (line for content in lists for line in content.decode(errors="replace").splitlines())
    return {line.partition(",")[0] for line in lines}


def _parsed(name: str, content: bytes, version: tuple[int, int] | None) -> tuple[ast.Module | None, str]:
    """Return a module's tree, or what is wrong with it; neither if this Python cannot tell."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # An older grammar than this Python's is respected, as far as the parser knows it.
            older = version if version is not None and version < sys.version_info[:2] else None
            tree = ast.parse(content, name, feature_version=older)
            compile(tree, name, "exec", dont_inherit=True)
    except SyntaxError as error:
        return None, f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError, SystemError):
        # SystemError: Python 3.11 may fail by itself, https://github.com/python/cpython/issues/106905
        return None, ""
    return tree, ""


def _missing(tree: ast.Module, function: str) -> set[str] | None:
    """Return the names of a module that surely does not have a function; None if it may have it."""
    names = {each for statement in tree.body for each in _bound(statement)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            names.update(node.names)
        if isinstance(node, ast.Name) and node.id in _DYNAMIC:
            return None
    dynamic = names & {"*", *_DYNAMIC} or "modules" in {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    }
    return None if function in names or dynamic else names


def _bound(node: ast.AST) -> Iterator[str]:
    """Yield the names that a statement gives to its module, `*` for all names of another one."""
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Import() | ast.ImportFrom():
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        case ast.Name(ctx=ast.Store()):
            yield node.id
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name
    if not isinstance(node, _SCOPES):
        for child in ast.iter_child_nodes(node):
            yield from _bound(child)


def _instead(names: set[str], function: str) -> str:
    public = sorted(name for name in names if not name.startswith("_"))
    near = difflib.get_close_matches(function, public, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    more = ", ..." if len(public) > _MAX_NAMES else ""
    return f"; it has {', '.join(public[:_MAX_NAMES])}{more}" if public else "; it has no names at all"
