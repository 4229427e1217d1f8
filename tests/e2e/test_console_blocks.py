"""Every console block of the pages runs as it is written, or is listed with the reason why it cannot."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from docs.snippets import blocks
from tests.e2e.conftest import PROJECT
from tests.ports import free_port

PAGES = [
    *(
        PROJECT / name
        for name in ("README.md", "CONTRIBUTING.md", "examples/README.md", "template/README.md")
    ),
    *sorted((PROJECT / "docs").glob("*.md")),
    *sorted((PROJECT / "examples").glob("*/README.md")),
]
AWS = "needs an AWS account"
ADDRESS = "needs the address of this repository, which its readers know"
EXAMPLE = (
    "tests/e2e/test_examples.py deploys each example and runs its demo.sh, which these are the commands of"
)
OWN = "tests/e2e/test_own_project.py runs this page"

NOT_RUN = {
    ("README.md", "pulumi stack init dev"): AWS,
    (
        "docs/adopt.md",
        "durable adopt my-stack --into orders",
    ): "tests/e2e/test_adopt.py adopts stacks of its own",
    ("docs/compatibility.md", 'uv add "durable-functions'): ADDRESS,
    ("docs/compatibility.md", "make release VERSION=0.2.0"): "tests/unit/test_making_a_release.py makes one",
    ("docs/compatibility.md", "umask 022"): "tests/unit/test_making_a_release.py has a tag to build from",
    ("docs/guide.md", "pulumi cancel"): "tests/e2e/test_interrupted.py has a deployment that was killed",
    ("docs/guide.md", "pulumi up --policy-pack"): AWS,
    ("docs/operate.md", "aws lambda invoke"): "its ARN is cut; README.md has the whole command, which is run",
    ("docs/other-languages.md", 'uv add "durable-functions'): ADDRESS,
    ("docs/other-languages.md", "pulumi package add"): ADDRESS,
    ("docs/performance.md", "make bench"): "takes an hour; tests/unit/test_bench.py has its parts",
    (
        "docs/recipes.md",
        "pulumi config set --path aliasVersions.orders 7",
    ): "tests/e2e/test_levers.py has two versions",
    ("docs/recipes.md", "pulumi stack init staging"): AWS,
    ("docs/recipes.md", "durable drain"): "ends what the other blocks need; tests/e2e/test_ops.py does so",
    (
        "docs/recipes.md",
        "durable replay-check",
    ): "tests/e2e/test_replay.py records histories and replays them",
    ("docs/start.md", "pulumi stack init dev"): AWS,
    ("docs/start.md", "make new"): OWN,
    ("docs/local-cloud.md", 'eval "$(../durable'): OWN,
    ("examples/README.md", "make new"): OWN,
    ("examples/README.md", 'echo "aws-durable'): OWN,
    ("template/README.md", "uv add httpx"): OWN,
    ("template/README.md", 'uv add "durable-functions'): ADDRESS,
    ("template/README.md", "uv run pytest"): OWN,
    ("template/README.md", "eval"): OWN,
    ("template/README.md", "pulumi stack select"): OWN,
    ("template/README.md", "leave_local_cloud"): AWS,
    **{
        (str(page.relative_to(PROJECT)), start): reason
        for page in PAGES
        if page.parent.parent == PROJECT / "examples"
        for start, reason in (
            ("make example", EXAMPLE),
            ("pulumi stack select --create local", EXAMPLE),
            ("pulumi stack init dev", AWS),
        )
    },
}
"""Blocks by their page and the beginning of their first command."""

SECONDS = 300
"""How long a block may take, on a machine that is busy too."""


def commands(text: str) -> list[str]:
    """Return what a block says to type: the lines with a prompt, or all of them."""
    script = text.replace("\\\n", " ")
    return re.findall(r"^\$ (.*)$", script, re.MULTILINE) or [line for line in script.splitlines() if line]


FOUND = [
    (str(page.relative_to(PROJECT)), block.place, commands(block.text))
    for page in PAGES
    for block in blocks(page)
    if block.language in {"console", "sh"}
]


def reasons(page: str, typed: list[str]) -> list[tuple[str, str]]:
    """Return the entries of NOT_RUN that are about a block."""
    return [key for key in NOT_RUN if key[0] == page and typed[0].startswith(key[1])]


RUN = [
    pytest.param(typed, id=place)
    for page, place, typed in FOUND
    if not reasons(page, typed) and not typed[0].startswith("make up")
]


class Reader:
    """Somebody with a cloud and an engine's state of their own, who types what the pages show."""

    def __init__(self, folder: Path) -> None:
        inherited = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")}
        self._variables = {
            **inherited,
            "LOCAL_PORT": str(free_port()),
            "LOCAL_STATE_DIR": str(folder / "cloud"),
            "LOCAL_ENGINE_DIR": str(folder),
            "PULUMI_OPTION_YES": "true",  # the answer to the engine's questions
            "PULUMI_OPTION_SKIP_PREVIEW": "true",
        }

    def types(self, *typed: str) -> str:
        """Run commands in a shell in the repository; return what they print."""
        done = subprocess.run(
            ["bash", "-ec", "\n".join(typed)],
            cwd=PROJECT,
            env=self._variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    made = Reader(tmp_path_factory.mktemp("reader"))
    try:
        said = made.types("make up")
        assert "SUCCEEDED" in said
        assert "GB-months" not in said
        yield made
    finally:
        assert re.search(r"- \d+ deleted", made.types("make down"))
        assert "Nothing is deployed" in made.types("make down")


def test_no_block_is_left_out_silently() -> None:
    about = [key for page, _, typed in FOUND for key in reasons(page, typed)]
    assert sorted(set(NOT_RUN) - set(about)) == []
    assert {key: about.count(key) for key in about if about.count(key) > 1} == {}


@pytest.mark.parametrize("typed", RUN)
def test_it_runs(typed: list[str], reader: Reader, request: pytest.FixtureRequest) -> None:
    # Each block has orders of its own.
    name = re.sub(r"\W", "-", f"order-{request.node.callspec.id}")
    lines = [as_typed(line).replace("order-42", name) for line in typed]
    if any(line.endswith("&") for line in lines):
        if not any("durable approve" in line for line in lines):
            lines.append(approved(f"durable approve {name}"))
        lines.append("wait $!")
    said = reader.types('eval "$(make env)"', *lines)
    assert "Traceback" not in said
    assert "wait $!" not in lines or '"shipped"' in said, said


def approved(command: str) -> str:
    """Return a command that approves an order as soon as it has started and waits for its approval."""
    return f"for _ in $(seq 60); do {command} --wait && break; sleep 1; done"


def as_typed(line: str) -> str:
    """Return a line as this reader types it, for a function of this stack and where nobody answers."""
    words = shlex.split(line, comments=True)
    line = re.sub(
        r"\borders-prod-1a2b3c4:prod\b", "$(pulumi stack output orders --json | jq -r .alias_arn)", line
    )
    line = line.replace("response.json", "/dev/stdout")
    match words:
        case ["durable", "invoke", "orders", *_, "--wait"]:
            return f"{line} &"  # it holds the shell until somebody approves the order
        case ["durable", "approve", *_]:
            return approved(shlex.join(words))
        # As README.md says of version 1, which is what the local cloud brings.
        case ["aws", "sqs", *_]:
            return f'{line} --endpoint-url "$AWS_ENDPOINT_URL"'
        case ["aws", "lambda", "invoke", *_]:
            return line.replace("--cli-binary-format raw-in-base64-out", "")
        case ["pulumi", "preview", "--policy-pack", *_] if (PROJECT / ".toolchain/bin/pulumi").exists():
            return line.replace("--policy-pack policies ", "--policy-pack policies/pack ")
        case _:
            return line
