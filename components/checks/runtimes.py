"""Which runtimes and handlers Lambda accepts, and which runtimes run durable functions."""

import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from .errors import Problem
from .rules import matching

LISTED = (
    *("nodejs22.x", "nodejs24.x", "python3.13", "python3.14"),
    *("java17", "java21", "java25", "dotnet8", "dotnet10"),
)
"""The managed runtimes in the table for durable functions in Lambda's developer guide. Others run them too:
https://github.com/aws/aws-durable-execution-sdk-go deploys to provided.al2023."""

WITHOUT_SDK = re.compile(
    # What the SDKs' packages require: Python 3.11, Node.js 22, Java 17, .NET 8; there is none for Ruby.
    r"python(2\.\d+|3\.([0-9]|10))|nodejs([0-9]|1\d|2[01])?(\.\S+)?"
    r"|java(8|11)(\.\S+)?|dotnet(core\S+|[5-7])|ruby\S+|go1\.x"
)
"""The runtimes that no SDK for durable functions supports."""

_DOTTED_HANDLERS = ("python", "nodejs")

_SNAP_START = re.compile(r"java(?!8)\S+|python3\.(1[2-9]|[2-9]\d)|dotnet([89]|\d\d)")

# Lambda's API has an enumeration, which grows every year. So only the form is checked.
Runtime = Annotated[
    str,
    matching(r"[a-z]+[0-9]*(\.[a-z0-9]+)*", "a runtime's identifier, such as python3.13 or provided.al2023"),
]
# https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html: Handler
Handler = Annotated[
    str,
    matching(r"\S{1,128}", "1 to 128 characters without spaces: <file>.<function>, such as index.handler"),
]


def handler_without_function(given: Mapping[str, Any]) -> Iterable[Problem]:
    """Find a handler that Node.js and Python cannot call.

    https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html and nodejs-handler.html: the file's name, a dot and
    the function's name. Without it, each invocation fails with an error of the runtime. Other runtimes have other forms.
    """
    runtime, handler = str(given.get("runtime")), str(given.get("handler", ""))
    # The rule Handler reports other invalid forms.
    if (
        runtime.startswith(_DOTTED_HANDLERS)
        and re.fullmatch(r"\S{1,128}", handler)
        and not re.fullmatch(r".+\..+", handler)
    ):
        yield Problem("handler", f"must be <file>.<function> for {runtime}, such as index.handler", handler)


def has_snap_start(runtime: str) -> bool:
    """Tell whether AWS documents SnapStart for a runtime: https://docs.aws.amazon.com/lambda/latest/dg/snapstart.html."""
    return _SNAP_START.fullmatch(runtime) is not None


def unusual_runtime(runtime: str | None) -> Iterable[Problem]:
    """Find a runtime that may not run durable functions."""
    if runtime is None or runtime in LISTED:
        return
    known = ", ".join(LISTED)
    if WITHOUT_SDK.fullmatch(runtime):
        message = (
            f"has no SDK for durable functions; use a runtime on AWS's list: {known}; or a container image"
        )
    else:
        message = (
            f"is not on AWS's list for durable functions: {known}; make sure that the code includes an SDK that runs "
            "there, as the SDKs for Go and Rust do on provided.al2023"
        )
    yield Problem("runtime", message, runtime)
