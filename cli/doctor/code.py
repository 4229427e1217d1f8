"""Whether the durable SDK is part of the code."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

import urllib3

from .deployed_function import DeployedFunction, Finding

SDKS = (
    "aws_durable_execution_sdk_python/",
    "@aws/durable-execution-sdk-js/",
    # As an archive of its own, and unpacked among the classes.
    "aws-durable-execution-sdk-java",
    "software/amazon/lambda/durable/",
    "Amazon.Lambda.DurableExecution.dll",
)
_COMPILED = re.compile("java|dotnet")
"""The runtimes that contain no SDK.

https://docs.aws.amazon.com/lambda/latest/dg/durable-supported-runtimes.html
"""
MAX_BUNDLE_BYTES = 60 * 1024 * 1024
MAX_SCRIPT_BYTES = 20 * 1024 * 1024
"""How much of a script is searched: a few bytes of an archive may unpack to gigabytes."""
_DAMAGED = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, struct.error),
    *(EOFError, RuntimeError, OSError, ValueError, IndexError, OverflowError),
)
"""The errors of reading an archive that is damaged, encrypted, or compressed by an unusual method."""


def bundle(deployed: DeployedFunction) -> Iterator[Finding]:
    """Check whether the durable SDK is in the code."""
    if deployed.config.get("PackageType") == "Image":
        yield Finding("SDK", "ok", "in an image, which is not inspected")
        return
    if deployed.config.get("CodeSize", 0) > MAX_BUNDLE_BYTES:
        yield Finding("SDK", "warning", "the code is too large to be inspected")
        return
    response = deployed.client.get_function(
        FunctionName=deployed.function.name, Qualifier=deployed.config["Version"]
    )
    answer = urllib3.request("GET", response["Code"]["Location"], timeout=30)
    try:
        with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
            names = archive.namelist()
            scripts = [
                name
                for name in names
                if name.endswith((".js", ".mjs", ".cjs")) and "node_modules/" not in name
            ]
            bundled = any(b"durable-execution-sdk" in _beginning(archive, name) for name in scripts[:20])
    except _DAMAGED:
        yield Finding("SDK", "warning", f"the code could not be read (HTTP {answer.status})")
        return
    runtime = deployed.config.get("Runtime", "")
    if any(sdk in name for name in names for sdk in SDKS):
        yield Finding("SDK", "ok", "the durable SDK is in the code")
    elif deployed.config.get("Layers"):
        yield Finding("SDK", "ok", "not in the code; the function's layers are not inspected")
    elif runtime.startswith("provided"):
        yield _executable(runtime, names)
    elif _COMPILED.match(runtime):
        yield Finding(
            "SDK",
            "warning",
            f"not found in the code, and {runtime} contains none: no execution could make a step",
            "make it a dependency, and deploy it with the code",
        )
    else:
        message = (
            "imported by the code, but not part of it: the runtime's own is used"
            if bundled
            else "not in the code: the runtime's own is used"
        )
        yield Finding(
            "SDK",
            "warning",
            message,
            "pin it in requirements.txt or package.json, so that AWS's updates do not change it while executions run",
        )


def _executable(runtime: str, names: list[str]) -> Finding:
    """Return what is found about a program of Go, Rust or the like, which is one file."""
    if {"bootstrap", "./bootstrap"} & {*names}:
        return Finding("SDK", "ok", "compiled into the executable, which is not inspected")
    message = f"the code has no file `bootstrap`, which {runtime} starts: no invocation can run"
    return Finding("SDK", "problem", message, "name the executable `bootstrap`, at the top of the archive")


def _beginning(archive: zipfile.ZipFile, name: str) -> bytes:
    if archive.getinfo(name).compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile("Python unpacks all other methods without a limit")
    with archive.open(name) as file:
        return file.read(MAX_SCRIPT_BYTES)
