"""Execution environments: the processes that run handlers in Python and Node.js, one invocation after the other each.

The control plane has such processes too, but guesses what they have logged by waiting for it, for up to 0.25 s after
each invocation, and does not distinguish errors. Here the runtimes are AWS's own for Python, and one like it for Node.js
(`runtimes/`), and each hands over its log before its answer.
"""

import contextlib
import io
import json
import os
import shutil
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from local_cloud.gateway import emulator
from local_cloud.gateway.compiled_code import why_not_here
from local_cloud.gateway.handler_logs import LogLine, LogSettings, LogStream
from local_cloud.gateway.handler_process import Answer, HandlerProcess

RUNTIMES = Path(__file__).resolve().parent.parent / "runtimes"
INIT_SECONDS = 60.0
"""The least time that a handler's module has for its imports; Lambda gives it 10 s, but this machine may be slow."""
MAX_RESPONSE_BYTES = 6_291_556
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and the error's own message."""
OWN_LOG = "environment"
"""Marks a result whose log has been written."""

Config = Mapping[str, Any]


@dataclass(frozen=True)
class Invocation:
    """What an invocation has of its own."""

    request_id: str
    event: bytes
    function_arn: str
    trace_id: str | None
    depth: int
    """How many functions have called each other until here."""


class Environment:
    """A process, its folder with the unpacked code, and its log stream."""

    def __init__(self, config: Config, code: bytes) -> None:
        """Unpack the code.

        Raises:
            OSError: there is no space for it.
        """
        self.ended = False
        """Whether it takes no other invocation."""
        self._config = config
        self._settings = LogSettings.of(config)
        # The command finds the processes of a cloud that was killed by this name.
        self._folder = Path(tempfile.mkdtemp(prefix=f"ministack-lambda-{config['FunctionName']}-"))
        self._process: HandlerProcess | None = None
        try:
            _unpack(code, self._folder / "code")
            for number, layer in enumerate(config.get("Layers") or []):
                if content := emulator.layer_archive(layer):
                    _unpack(content, self._folder / f"layer-{number}")
            self._link_node_packages()
        except BaseException:
            self.end()
            raise

    def invoke(self, invocation: Invocation) -> dict[str, Any]:
        """Run one invocation, and return its result in the control plane's form."""
        process, failure, init_milliseconds = self._process, None, None
        if process is not None and process.running:
            process.drain(process.stream.write)
            process.stream.start(invocation.request_id)
        else:
            begun = time.perf_counter()
            process = self._start()
            early: list[LogLine] = []
            answer = process.exchange(max(INIT_SECONDS, self._timeout), early.extend)
            init_milliseconds = (time.perf_counter() - begun) * 1000
            failure = self._failure(process, answer, invocation.request_id, expected="ready")
            if failure is None:
                process.stream.write(early)
            process.stream.start(invocation.request_id)
            if failure is not None:
                # Lambda repeats an initialization that has failed as a part of the invocation.
                process.stream.write([replace(line, time=time.time_ns() // 1000) for line in early])
        begun = time.perf_counter()
        body: Any = None
        if failure is None:
            process.send(self._request(invocation), invocation.event, self._timeout)
            answer = process.exchange(self._timeout, process.stream.write)
            failure = self._failure(process, answer, invocation.request_id, expected="result")
            body = _value(answer[1]) if answer and failure is None else None
        failure = failure or _Failure()
        log = process.stream.end(
            invocation.request_id,
            (time.perf_counter() - begun) * 1000,
            status=failure.status,
            error_type=str(failure.body.get("errorType", "")),
            message=failure.message,
            init_milliseconds=init_milliseconds,
            peak_megabytes=process.peak_megabytes(),
        )
        if failure.fatal:
            process.kill()
        if failure.body:
            return {"body": failure.body, "error": True, "log": log, "log_source": OWN_LOG}
        return {"body": body, "log": log, "log_source": OWN_LOG}

    def _start(self) -> "HandlerProcess":
        """Start the process, in place of one that has ended."""
        if self._process is not None:
            self._process.kill()
        stream = LogStream(self._config, self._settings)
        folder = self._folder / "code"
        self._process = HandlerProcess(self._command(), self._environment(stream), folder, stream)
        return self._process

    def end(self) -> None:
        """End the process and remove the code."""
        self.ended = True
        if self._process is not None:
            self._process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _timeout(self) -> float:
        return float(self._config.get("Timeout") or 3)

    def _request(self, invocation: Invocation) -> dict[str, Any]:
        return {
            "request_id": invocation.request_id,
            "function_arn": invocation.function_arn,
            "trace_id": invocation.trace_id,
            "deadline": int((time.time() + self._timeout) * 1000),
            "depth": invocation.depth,
            "headers": {emulator.lambda_runtime.INVOKE_DEPTH_HEADER: str(invocation.depth)},
        }

    def _failure(
        self, process: "HandlerProcess", answer: Answer | None, request_id: str, *, expected: str
    ) -> "_Failure | None":
        """What an invocation fails with that got this answer; None if it is of the expected kind."""
        whose = f"RequestId: {request_id} Error: "
        if answer is None:
            reason = process.exit_reason()
            if reason is None:
                timed_out = f"Task timed out after {self._timeout:.2f} seconds"
                now = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime())
                return _Failure(
                    {"errorType": "Sandbox.Timedout", "errorMessage": whose + timed_out},
                    "timeout",
                    f"{now}.{time.time_ns() // 1_000_000 % 1000:03}Z {request_id} {timed_out}\n",
                    fatal=True,
                )
            body = {"errorType": "Runtime.ExitError", "errorMessage": whose + reason}
            return _Failure(body, "error", f"{whose}{reason}\nRuntime.ExitError", fatal=True)
        head, content = answer
        if head["kind"] != expected:
            body = json.loads(content)
            if expected == "ready" and _is_of_an_import(body):
                body = self._with_reason(body)
            return _Failure(body, "error", fatal=expected == "ready" or head.get("ends", False))
        if len(content) > MAX_RESPONSE_BYTES:
            too_large = (
                f"Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
            )
            return _Failure(
                {"errorType": "Function.ResponseSizeTooLarge", "errorMessage": too_large}, "error"
            )
        return None

    def _with_reason(self, body: dict[str, Any]) -> dict[str, Any]:
        """Add to the error of a module that cannot be imported what Lambda, whose platform is one, need not say."""
        reason = why_not_here(self._folder)
        return {**body, "errorMessage": f"{body.get('errorMessage')}. {reason}"} if reason else body

    def _command(self) -> Callable[[int], list[str]]:
        handler = self._config.get("Handler") or "index.handler"
        if not self._is_node:
            script = str(RUNTIMES / "bootstrap.py")
            return lambda descriptor: [
                sys.executable,
                "-P",
                script,
                str(self._folder),
                str(descriptor),
                handler,
            ]
        script = str(self._folder / "bootstrap.js")
        Path(script).write_text(node_script(), encoding="utf-8")
        return lambda descriptor: ["node", script, str(self._folder), str(descriptor), handler]

    def _environment(self, stream: LogStream) -> dict[str, str]:
        """The variables of https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, and the function's."""
        config = self._config
        reserved = emulator.reserved_variables.value
        own = (config.get("Environment") or {}).get("Variables") or {}
        region = config["FunctionArn"].split(":")[3]
        layers = [str(path) for path in self._folder.glob("layer-*/nodejs/node_modules")]
        return {
            **os.environ,
            # botocore's prefixes of host names lead to no host of this machine.
            "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
            **({"NODE_PATH": os.pathsep.join(layers)} if layers else {}),
            **{name: value for name, value in own.items() if name not in reserved},
            **emulator.execution_credentials(config),
            **self._settings.environment,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{config.get('Runtime', '')}",
            "AWS_LAMBDA_FUNCTION_NAME": config["FunctionName"],
            "AWS_LAMBDA_FUNCTION_VERSION": config.get("Version", "$LATEST"),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
            "AWS_LAMBDA_LOG_STREAM_NAME": stream.name,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "LAMBDA_TASK_ROOT": str(self._folder / "code"),
            "_HANDLER": config.get("Handler") or "",
        }

    @property
    def _is_node(self) -> bool:
        return str(self._config.get("Runtime", "")).startswith("nodejs")

    def _link_node_packages(self) -> None:
        """Put the packages of layers where `import` finds them, which does not use NODE_PATH."""
        if not self._is_node:
            return
        packages = self._folder / "code" / "node_modules"
        for package in self._folder.glob("layer-*/nodejs/node_modules/*"):
            packages.mkdir(exist_ok=True)
            with contextlib.suppress(FileExistsError):
                (packages / package.name).symlink_to(package)


@dataclass(frozen=True)
class _Failure:
    """How an invocation failed, or that it did not."""

    body: Mapping[str, Any] = field(default_factory=dict)
    status: str = "success"
    message: str = ""
    """What Lambda logs of it, if the function's logs are text."""
    fatal: bool = False
    """Whether the process cannot go on."""


def _is_of_an_import(body: Mapping[str, Any]) -> bool:
    """Tell whether a module could not be imported; Node.js has no type for compiled ones, but names the file."""
    return body.get("errorType") == "Runtime.ImportModuleError" or ".node" in str(body.get("errorMessage"))


def node_script() -> str:
    """What a Node.js process runs: the stand-ins for the AWS SDK of the control plane's own script, then the runtime."""
    prelude, separator, _ = emulator.node_worker_script.value.partition(emulator.NODE_PRELUDE_END)
    if not separator:
        raise RuntimeError("the control plane's script for Node.js has another form")
    return str(prelude) + (RUNTIMES / "bootstrap.js").read_text(encoding="utf-8")


def _value(content: bytes) -> Any:
    """A result; bytes that are not JSON, which only a handler that returns bytes can send, stay as they are."""
    try:
        return json.loads(content)
    except ValueError:
        return content


def _unpack(content: bytes, folder: Path) -> None:
    folder.mkdir()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        archive.extractall(folder)
