"""What the source says of each name of a class; docstrings of attributes are not there when a program runs."""

import ast
import inspect
import itertools
import sys
from collections.abc import Iterator
from typing import Any


def documented(typ: Any) -> Iterator[tuple[str, str, str]]:
    """Give each annotated name with its annotation and the docstring below it, the class's own first."""
    written: Any = ast.parse(inspect.getsource(typ)).body[0]
    for declared, described in itertools.pairwise(written.body):
        if isinstance(declared, ast.AnnAssign) and isinstance(described, ast.Expr):
            text = " ".join(ast.literal_eval(described.value).split())
            yield ast.unparse(declared.target), ast.unparse(declared.annotation), text
    for base in written.bases:
        # The classes of the SDK and of typing say nothing here; a TypedDict does not know its bases otherwise.
        if (name := ast.unparse(base)) != "TypedDict" and "." not in name:
            yield from documented(getattr(sys.modules[typ.__module__], name))
