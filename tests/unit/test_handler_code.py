"""Code whose handler cannot run is found when it is packaged; what is uncertain is a warning, or nothing."""

import sys
from pathlib import Path
from typing import Literal

import pulumi
import pytest

from components import DurableFunction, DurableFunctionArgs, PackagingError
from components.packaging.archive import CodeSource, build_archive
from components.packaging.dependencies import Dependencies
from tables.account import Recorder, declare

HERE = f"python{sys.version_info[0]}.{sys.version_info[1]}"
NEWER = f"python{sys.version_info[0]}.{sys.version_info[1] + 1}"
LOCAL = "http://127.0.0.1:4566"
BROKEN = "def handler(event, context:\n    return 1\n"


def packaged(files: dict[str, str], folder: Path, handler: str = "app.handler", runtime: str = HERE) -> None:
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    build_archive(CodeSource(handler, runtime, "arm64", path=str(folder)))


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    messages: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", messages.append)
    return messages


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"app.py": BROKEN}, r"app\.py is no valid Python: line 1: "),
        ({"app.py": "return 1\n"}, r"app\.py is no valid Python: line 1: 'return' outside function"),
        (
            {"app.py": "def handle(event, context): ...\n"},
            r"app\.py has no function handler; did you mean handle\?",
        ),
        (
            {"app.py": "import os\n_x = 1\ndef main(): ...\n"},
            r"app\.py has no function handler; it has main, os",
        ),
        ({"app.py": ""}, r"app\.py has no function handler; it has no names at all"),
        ({"app.py": "def f():\n    handler = 1\n"}, r"app\.py has no function handler; it has f"),
        # The package goes before the module.
        (
            {"app/__init__.py": "", "app.py": "def handler(): ..."},
            r"app/__init__\.py has no function handler",
        ),
    ],
)
def test_a_handler_that_cannot_run_is_refused(tmp_path: Path, files: dict[str, str], message: str) -> None:
    with pytest.raises(PackagingError, match=rf"handler 'app\.handler': .* cannot run: {message}"):
        packaged(files, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "from shop import handler\n",
        "from shop import run as handler\n",
        "from shop import *\n",
        "import handler\n",
        "try:\n    from a import b as handler\nexcept ImportError:\n    handler = None\n",
        "if 1:\n    class handler: ...\n",
        "for handler in [print]: ...\n",
        "with open('x') as handler: ...\n",
        "(a, handler) = print, print\n",
        "def f():\n    global handler\n    handler = print\nf()\n",
        "def __getattr__(name): return print\n",
        "globals()['handler'] = print\n",
        "import sys\nsetattr(sys.modules[__name__], 'handler', print)\n",
        "match print:\n    case handler: ...\n",
        "handler: object = print\n",
        "(handler := print)\n",
        "async def handler(): ...\n",
    ],
)
def test_a_handler_that_may_be_there_passes(tmp_path: Path, warned: list[str], text: str) -> None:
    packaged({"app.py": text}, tmp_path)
    assert warned == []


def test_only_a_grammar_that_is_known_is_refused(tmp_path: Path, warned: list[str]) -> None:
    packaged({"app.py": BROKEN}, tmp_path, runtime=NEWER)
    (message,) = warned
    assert message.startswith(f"{tmp_path}: app.py is no valid Python for this Python {HERE[6:]}: line 1")


def test_a_python_that_fails_itself_cannot_tell(
    tmp_path: Path, warned: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise SystemError("AST constructor recursion depth mismatch")

    monkeypatch.setattr("ast.parse", fail)
    packaged({"app.py": BROKEN}, tmp_path)
    assert warned == []


def test_in_the_local_cloud_this_machines_grammar_counts(
    tmp_path: Path, warned: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_CLOUD_PYTHON", sys.executable)
    monkeypatch.setenv("AWS_ENDPOINT_URL", LOCAL)
    told = rf"cannot run on this machine's {HERE}: app\.py is no valid Python: line 1: "
    with pytest.raises(PackagingError, match=told):
        packaged({"app.py": BROKEN}, tmp_path, runtime=NEWER)
    assert warned == []


# What the first bytes of a compiled file say: the format, and the processor.
ARM, INTEL = (b"\x7fELF\2\1\1" + bytes(9) + b"\3\0" + bytes([number, 0]) for number in (183, 62))
MAC, WHATEVER = b"\xcf\xfa\xed\xfe" + bytes(16), b"\x7fELF\2\1\1" + bytes(9) + b"\3\0\xf3\0"
FOREIGN = "; pass a folder whose requirements.txt or package-lock.json declares the packages; they are installed for where "


@pytest.mark.parametrize(
    ("runtime", "files", "cannot"),
    [
        ("python3.13", {"a.so": ARM, "b.cpython-313-aarch64-linux-gnu.so": ARM, "c.abi3.so": ARM}, ""),
        ("python3.13", {"a.so": WHATEVER, "b.so": b"text", "c.txt": INTEL}, ""),
        (
            "python3.13",
            {"p/a.so": INTEL},
            "Linux on arm64 with Python 3.13, which cannot load p/a.so (for Linux on x86_64)",
        ),
        ("python3.13", {"a.so": MAC}, "Linux on arm64 with Python 3.13, which cannot load a.so (for macOS)"),
        (
            "python3.13",
            {"a.cpython-311-aarch64-linux-gnu.so": ARM},
            "Linux on arm64 with Python 3.13, which cannot load a.cpython-311-aarch64-linux-gnu.so (for Python 3.11)",
        ),
        # Compiled for several places, of which one is this.
        ("python3.13", {"a.cpython-313-x.so": ARM, "a.cpython-311-x.so": INTEL}, ""),
        ("python3.13", {"p/x86_64/a.so": INTEL, "p/arm64/a.so": ARM}, ""),
        ("python3.13", {"p/linux-arm64/a.so": ARM, "p/macos-arm64/a.so": MAC}, ""),
        (
            "python3.13",
            {"charm/x64/a.so": INTEL, "p/arm64/a.so": ARM},
            "Linux on arm64 with Python 3.13, which cannot load charm/x64/a.so (for Linux on x86_64)",
        ),
        ("nodejs22.x", {"p/linux-arm64/a.node": ARM, "p/darwin/a.node": MAC}, ""),
        (
            "nodejs22.x",
            {"p/a.node": INTEL},
            "Linux on arm64, which cannot load p/a.node (for Linux on x86_64)",
        ),
        (
            "provided.al2023",
            {"bootstrap": INTEL},
            "Linux on arm64, which cannot load bootstrap (for Linux on x86_64)",
        ),
    ],
)
def test_compiled_code_for_another_platform_is_warned_of(
    tmp_path: Path, warned: list[str], runtime: str, files: dict[str, bytes], cannot: str
) -> None:
    handler = {"python3.13": "app.py", "nodejs22.x": "app.mjs"}.get(runtime)
    for name, content in {**({handler: b"def handler(): ...\n"} if handler else {}), **files}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    build_archive(CodeSource("app.handler", runtime, "arm64", path=str(tmp_path)))
    expected = [f"{tmp_path}: the function runs on {cannot}{FOREIGN}the function runs"] if cannot else []
    assert warned == expected


@pytest.mark.parametrize(
    ("endpoint", "build_for", "cannot"),
    [
        # Packages that were installed for where the function runs are not looked at.
        ("", None, ""),
        ("", "lambda", ""),
        # One of the exports alone may be left over.
        ("https://lambda.eu-west-1.amazonaws.com", None, ""),
        (
            "",
            "host",
            "Linux on arm64 with Python 3.13, which cannot load p/intel.so (for Linux on x86_64)",
        ),
        (LOCAL, None, ""),
        (LOCAL, "host", ""),
        (
            LOCAL,
            "lambda",
            f"Linux on x86_64 with Python {HERE[6:]}, which cannot load p/arm.so (for Linux on arm64)",
        ),
    ],
)
def test_packages_are_for_where_the_function_runs(
    tmp_path: Path,
    cloud: Recorder,
    warned: list[str],
    monkeypatch: pytest.MonkeyPatch,
    endpoint: str,
    build_for: Literal["lambda", "host"] | None,
    cannot: str,
) -> None:
    monkeypatch.setenv("LOCAL_CLOUD_PYTHON", sys.executable)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    monkeypatch.setattr("platform.system", lambda: "Linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    installed = tmp_path / "installed"
    installed_for_host = (build_for or ("host" if endpoint == LOCAL else "lambda")) == "host"

    def install(dependencies: Dependencies, _cache: Path) -> Path:
        assert dependencies.target.for_host == installed_for_host
        (installed / "p").mkdir(parents=True)
        name, content = ("intel", INTEL) if installed_for_host else ("arm", ARM)
        (installed / "p" / f"{name}.so").write_bytes(content)
        return installed

    monkeypatch.setattr(Dependencies, "install", install)
    code = tmp_path / "code"
    code.mkdir()
    (code / "app.py").write_text("def handler(): ...\n")
    (code / "requirements.txt").write_text("p==1\n")
    args: DurableFunctionArgs = {
        "code_path": str(code),
        "runtime": "python3.13",
        "handler": "app.handler",
        "execution_timeout_seconds": 60,
    }
    if build_for:
        args["build_for"] = build_for
    declare(lambda: DurableFunction("orders", args))
    fix = "; leave build_for out; packages are then installed for where the function runs, here and on AWS"
    assert warned == ([f"{code}: the function runs on {cannot}{fix}"] if cannot else [])


def test_other_files_are_warned_of_but_not_those_of_packages(tmp_path: Path, warned: list[str]) -> None:
    files = {
        "app.py": "def handler(): ...\n",
        "unused.py": BROKEN,
        "six/template.py": BROKEN,
        "six-1.17.0.dist-info/RECORD": "six/template.py,sha256=x,41\n",
    }
    packaged(files, tmp_path)
    (message,) = warned
    assert "unused.py is no valid Python" in message


def test_inline_code_is_checked_too() -> None:
    with pytest.raises(PackagingError, match=r"code_inline cannot run: index\.py has no function handler"):
        build_archive(CodeSource("index.handler", HERE, "arm64", inline="def handle(): ..."))


def test_typescript_has_to_be_compiled(tmp_path: Path, warned: list[str]) -> None:
    files = {"src/app.ts": "export const handler = async () => 1;\n"}
    with pytest.raises(PackagingError, match=r"has src/app\.ts, which nodejs22\.x cannot run: compile it"):
        packaged(files, tmp_path, "src/app.handler", "nodejs22.x")
    packaged(files, tmp_path, "src/app.handler", "nodejs24.x")
    (message,) = warned
    assert "src/app.ts is TypeScript; Lambda only removes its types" in message
    packaged({"src/app.js": "exports.handler = async () => 1;\n"}, tmp_path, "src/app.handler", "nodejs22.x")
