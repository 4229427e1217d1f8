"""Docstrings of a class's attributes, from the source: at run time they do not exist."""

import ast
import inspect
import itertools
import sys
from collections.abc import Iterator
from typing import Any


def documented(typ: Any) -> Iterator[tuple[str, str, str]]:
    """Yield each annotated attribute with its annotation and docstring; those of the class itself before inherited ones."""
    definition: Any = ast.parse(inspect.getsource(typ)).body[0]
    for statement, docstring in itertools.pairwise(definition.body):
        if isinstance(statement, ast.AnnAssign) and isinstance(docstring, ast.Expr):
            text = " ".join(ast.literal_eval(docstring.value).split())
            yield ast.unparse(statement.target), ast.unparse(statement.annotation), text
    for base in definition.bases:
        # Not the classes of the SDK and of typing. At run time, a TypedDict does not know its bases.
        if (name := ast.unparse(base)) != "TypedDict" and "." not in name:
            yield from documented(getattr(sys.modules[typ.__module__], name))
