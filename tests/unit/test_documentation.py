"""What the documentation shows is tried: its Python, its commands, its stack files, and the messages that it quotes."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
import yaml
from typer.testing import CliRunner

from cli.__main__ import app
from cli.stack import CommandError
from docs.snippets import Block, blocks, run
from stacks import Settings

PROJECT = Path(__file__).resolve().parents[2]
PAGES = [
    PROJECT / "README.md",
    PROJECT / "CONTRIBUTING.md",
    *sorted((PROJECT / "docs").glob("*.md")),
    PROJECT / "examples/README.md",
    PROJECT / "template/README.md",
    *sorted((PROJECT / "examples").glob("*/README.md")),
]
SITE = [*PAGES, *sorted((PROJECT / "docs/reference").glob("*.md"))]
BLOCKS = [block for page in PAGES for block in blocks(page)]


def of(language: str, *, cut: bool = False) -> list[object]:
    return [
        pytest.param(each, id=each.place)
        for each in BLOCKS
        if each.language == language and bool(each.title) is cut
    ]


@pytest.mark.parametrize("block", of("python"))
def test_its_programs_run(block: Block, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "none")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "none")
    # The parameters of a call are checked before this; nothing is sent.
    answer: tuple[object, dict[str, object]] = SimpleNamespace(status_code=202), {}
    with mock.patch("botocore.client.BaseClient._make_request", return_value=answer) as sent:
        assert run(block.text) or sent.called


def test_programs_and_pages_import_the_components_by_one_name() -> None:
    # Python would take a second one for another package, with classes and a guard of its own.
    folders = ("stacks", "examples", "bench/programs", "plugin")
    files = [PROJECT / "__main__.py", *(each for name in folders for each in (PROJECT / name).rglob("*.py"))]
    texts = {str(file): file.read_text() for file in files} | {each.place: each.text for each in BLOCKS}
    folder = re.compile(r"^(from|import) components\b", re.MULTILINE)
    assert [place for place, text in texts.items() if folder.search(text)] == []


@pytest.mark.parametrize("block", of("python", cut=True))
def test_what_it_cuts_from_a_file_is_in_the_file(block: Block) -> None:
    assert block.text in (PROJECT / block.title).read_text()


@pytest.mark.parametrize("block", of("yaml", cut=True))
def test_its_stack_files_are_valid(block: Block) -> None:
    stack = block.title.split(".")[1]
    assert Settings.from_config(yaml.safe_load(block.text)["config"], "durable-functions", stack)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_its_links_between_files_lead_somewhere(page: Path) -> None:
    # Those between the pages of the site are checked with their anchors, where it is built.
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", SITE, ids=lambda page: str(page.relative_to(PROJECT)))
def test_nothing_is_lost_as_html(page: Path) -> None:
    # <name> outside of code is a tag that no browser shows.
    prose = re.sub(r"^```.*?^```|`[^`]+`", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    assert re.findall(r"<\w[^>]*>", prose) == []


def commands(program: str) -> Iterator[tuple[str, bool]]:
    """Yield what is said to be typed for a program, and whether it is whole; within a sentence it may be a name."""
    for page in PAGES:
        text = page.read_text()
        for inline in re.findall(rf"`{program} ([^`\n]+)`", text):
            yield inline, False
        for block in blocks(page):
            if block.language in {"console", "sh"}:
                script = block.text.replace("\\\n", " ")
                typed = "\n".join(re.findall(r"^\$ (.*)$", script, re.MULTILINE)) or script
                for found in re.findall(rf"(?:^|[ (]){program} ([^|;&)\n]+)", typed, re.MULTILINE):
                    yield re.sub(r"\d?>\S+|#.*", "", found), True


def test_its_commands_of_durable_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("functions", "tests/histories"):
        (tmp_path / folder).mkdir(parents=True)
    for payload in ("payload.json", "functions/sample-order.json"):
        (tmp_path / payload).write_text("{}")
    monkeypatch.chdir(tmp_path)
    found = sorted(set(commands("durable")))
    assert len(found) > 50
    assert {typed: told for typed, whole in found if (told := complaint(typed, whole=whole))} == {}


def test_a_wrong_command_would_be_found() -> None:
    assert "No such command" in complaint("lst", whole=False)
    assert "No such option" in complaint("list --stauts FAILED", whole=False)
    assert "name one execution" in complaint("show", whole=True)


def complaint(typed: str, *, whole: bool) -> str:
    """Return what durable finds wrong with how it is called; it gets no further than to ask for the stack."""
    arguments = shlex.split(re.sub(r"\$(\w+)", r"\1", re.sub(r"[<\[](\w+)[>\]]", r"\1", typed)))
    if arguments[0] == "--install-completion":  # it would do so
        return ""
    if not whole and len(arguments) == 1:
        arguments.append("--help")
    nothing = CommandError("there is no stack")
    with (
        mock.patch("cli.stack.run_pulumi", side_effect=nothing),
        mock.patch("cli.adoption.cloudformation.read_stack", side_effect=nothing),
        mock.patch("os.chdir"),
    ):
        done = CliRunner().invoke(app, arguments)
    if done.exit_code == 2:
        return done.output
    assert done.exit_code == 0 or isinstance(done.exception, CommandError), done.exception
    return ""


def test_its_targets_of_make_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    named = {
        word for typed, _ in commands("make") for word in typed.split() if re.fullmatch("[a-z-]{2,}", word)
    }
    assert {"up", "down", "env"} <= named
    assert named <= targets


def test_the_messages_that_it_explains_are_those_of_the_code() -> None:
    page = (PROJECT / "docs/troubleshooting.md").read_text()
    ours = page[page.index("### The code cannot be packaged") :]
    quoted = re.findall(r"^\| `([^`]+)`", ours, re.MULTILINE) + re.findall(
        r"^### `([^`]+)`", ours, re.MULTILINE
    )
    assert len(quoted) > 12
    sources = [
        *PROJECT.glob("tools/setup"),
        *(each for room in ("components", "cli", "local") for each in (PROJECT / room).rglob("*.py")),
    ]
    # A message may be written in parts, and has values in it.
    said = re.sub(
        r'"\s*\n\s*f?"', "", "".join(each.read_text() for each in sources if ".venv" not in each.parts)
    )
    said = re.sub(r"\{[^{}]+\}", "", said)
    missing = [
        text
        for text in quoted
        for part in re.split(r"\.\.\.|\b4566\b", text)
        if part.strip() and part.strip() not in said
    ]
    assert missing == []
