"""Whether Python code can be what its handler says: a module that compiles and has the function."""

import ast
import difflib
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..checks.messages import printable
from .secret_files import installed_files

_DYNAMIC = {"__getattr__", "exec", "eval", "globals", "locals", "setattr", "vars"}
"""With these, a module may have names that are not written in it."""
_SCOPES = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
_COMPILED = _SCOPES | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_MAX_NAMES = 5
_MAX_BYTES, _ALL_BYTES = 100 * 1024, 500 * 1024
"""How large a file, and all files together, may be to be looked at: a kilobyte takes a millisecond, and half a megabyte of
memory. What is larger is packed as it is."""
_COMPILED_SCOPES = 1_000
"""Up to how many functions a module is compiled: the time grows with the square of those that are alike."""


@dataclass(frozen=True)
class Finding:
    """What is wrong with a file."""

    message: str
    certain: bool
    """Whether the function cannot run; otherwise another file, or a newer grammar, may be all that it is about."""


def findings(
    entries: Mapping[str, bytes], handler_file: str, function: str, runtime: str
) -> Iterator[Finding]:
    """Find the files that do not compile, and a handler that its module does not have. Not all of large code is looked at.

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
    of_packages = installed_files(entries)
    left = _ALL_BYTES
    # The handler first: it matters most.
    for name, content in sorted(entries.items(), key=lambda entry: entry[0] != handler_file):
        if not name.endswith(".py") or (name in of_packages and name != handler_file):
            continue
        if len(content) > min(_MAX_BYTES, left):
            continue
        left -= len(content)
        tree, problem = _parsed(name, content, version, is_handler=name == handler_file)
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


def _parsed(
    name: str, content: bytes, version: tuple[int, int] | None, *, is_handler: bool
) -> tuple[ast.Module | None, str]:
    """Return a module's tree, or what is wrong with it; neither if this Python cannot tell."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # An older grammar than this Python's is respected, as far as the parser knows it.
            older = version if version is not None and version < sys.version_info[:2] else None
            tree = ast.parse(content, name, feature_version=older)
            # This finds what the grammar allows, such as a return outside of a function.
            if is_handler and sum(isinstance(node, _COMPILED) for node in ast.walk(tree)) <= _COMPILED_SCOPES:
                compile(tree, name, "exec", dont_inherit=True)
    except SyntaxError as error:
        return None, f"line {error.lineno}: {error.msg}"
    except (ValueError, RecursionError, MemoryError, SystemError):
        # SystemError: Python 3.11 may fail by itself, https://github.com/python/cpython/issues/106905
        return None, ""
    return tree, ""


def _missing(tree: ast.Module, function: str) -> set[str] | None:
    """Return the names of a module that surely does not have a function; None if it may have it."""
    names = set(_bound(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            names.update(node.names)
        if isinstance(node, ast.Name) and node.id in _DYNAMIC:
            return None
    dynamic = names & {"*", *_DYNAMIC} or "modules" in {
        node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    }
    return None if function in names or dynamic else names


def _bound(tree: ast.Module) -> Iterator[str]:
    """Yield the names that a module's statements give to it, `*` for all names of another one."""
    nodes: list[ast.AST] = [*tree.body]
    while nodes:
        node = nodes.pop()
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Import() | ast.ImportFrom():
                yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
            case ast.Name(ctx=ast.Store()):
                yield node.id
            case (
                ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
            ):
                yield name
            case ast.MatchMapping(rest=str(name)):
                yield name
        if not isinstance(node, _SCOPES):
            nodes.extend(ast.iter_child_nodes(node))


def _instead(names: set[str], function: str) -> str:
    public = sorted(name for name in names if not name.startswith("_"))
    near = difflib.get_close_matches(function, public, n=1)
    if near:
        return f"; did you mean {near[0]}?"
    more = ", ..." if len(public) > _MAX_NAMES else ""
    return f"; it has {', '.join(public[:_MAX_NAMES])}{more}" if public else "; it has no names at all"
