"""Writes the program into its folder."""

import base64
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import urllib3

from ..stack import CommandError
from .existing import ExistingFunction
from .program import Program
from .source import Call, Json, as_source, variable_of

_IMPORT_HOOK = Path(__file__).with_name("import_hook.py")
_YAML = """name: {name}
description: Takes over the CloudFormation stack {name}
runtime:
  name: python
  options:
    toolchain: uv # uses the environment beside the nearest uv.lock, which must contain the package durable-functions
config:
  aws:region:
    value: {region}
  aws:allowedAccountIds:
    value: ["{account}"]
"""
_IGNORED = """# The template, with the secrets that it may contain.
retain.json
__pycache__/
"""


def write(program: Program, folder: Path) -> None:
    """Write the program, the list of its imports, the deployed code, and the template that retains everything.

    Raises:
        CommandError: the code changed while it was being read, or cannot be read.
    """
    archives = {path: _download(function) for path, function in program.archives.items()}
    folder.mkdir(parents=True, exist_ok=True)
    stack = program.stack
    for path, content in archives.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content)
    entries = {imported.key: imported.entry for imported in program.imports}
    (folder / "adopted.json").write_text(json.dumps(entries, indent=2) + "\n")
    shutil.copy(_IMPORT_HOOK, folder / "adopted.py")
    (folder / "__main__.py").write_text(source_of(program))
    settings = _YAML.format(name=stack.name, region=stack.region, account=stack.account)
    (folder / "Pulumi.yaml").write_text(settings)
    (folder / ".gitignore").write_text(_IGNORED)
    if stack.unretained:
        retaining = folder / "retain.json"
        retaining.touch(mode=0o600)
        retaining.write_text(json.dumps(stack.retaining_template(), indent=2) + "\n")


def source_of(program: Program) -> str:
    """Return the program's source."""
    return "\n".join(
        [*_head(program), *(_statement(*statement) for statement in program.statements), *_exports(program)]
    )


def _head(program: Program) -> Iterator[str]:
    statements = [value for _, value in program.statements]
    yield f'"""Takes over the CloudFormation stack {program.stack.name}, with the imports of adopted.py.\n'
    yield "It adds nothing yet: remove errors_alarm and durable_alarms to get the component's alarms."
    yield '"""\n'
    if any(_has_json(statement) for statement in statements):
        yield "import json\n"
    yield "import pulumi"
    if any(not isinstance(statement, Call) or not statement.component for statement in statements):
        yield "import pulumi_aws as aws"
    yield "from pulumi_durable_functions import DurableFunction, register_guard\n\nimport adopted\n"
    yield "register_guard()\nadopted.register()"
    if program.secrets:
        yield "config = pulumi.Config()"
    yield ""


def _statement(variable: str, value: object) -> str:
    return f"{variable} = {as_source(value)}"


def _exports(program: Program) -> Iterator[str]:
    yield ""
    for title in program.functions:
        yield f'pulumi.export("{title}", {variable_of(title)}.outputs())'
    yield ""


def _has_json(value: object) -> bool:
    match value:
        case Call(arguments=arguments):
            return any(isinstance(argument, Json) for argument in arguments.values())
        case list():
            return any(map(_has_json, value))
    return False


def _download(function: ExistingFunction) -> bytes:
    answer = urllib3.request("GET", function.code["Location"], timeout=60)
    if answer.status != 200:
        raise CommandError(
            f"the code of {function.name} cannot be read from Lambda: HTTP status {answer.status}"
        )
    digest = base64.b64encode(hashlib.sha256(answer.data).digest()).decode()
    if digest != function.config["CodeSha256"]:
        raise CommandError(
            f"the code of {function.name} changed while it was being read; run this command again"
        )
    return answer.data
