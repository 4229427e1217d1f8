"""Text from outside is shown on a terminal, and in the log, and not obeyed: control characters and rich's markup."""

import logging
from pathlib import Path

import pytest

from local_cloud.__main__ import main
from local_cloud.errors import CloudError
from local_cloud.process import LocalCloud
from local_cloud.terminal import PrintableFormatter

EVIL = "\x1b]52;c;cm0gLXJm\x07\x9b2J\r\u202e\x00[red]x[/red][/nothing]"
SHOWN = r"\x1b]52;c;cm0gLXJm\x07\x9b2J\r\u202e\x00[red]x[/red][/nothing]"


@pytest.mark.parametrize("command", ["status", "start"])
def test_a_folder_is_shown_by_its_name(
    tmp_path: Path, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    state = tmp_path / EVIL.replace("/", "").replace("\x00", "")
    state.mkdir(mode=0o755)
    monkeypatch.setenv("LOCAL_PORT", "4700")
    monkeypatch.setenv("LOCAL_STATE_DIR", str(state))
    assert main([command]) in (1, 3)
    told = "".join(capsys.readouterr())
    assert SHOWN.replace("/", "").replace(r"\x00", "") in told.replace("\n", "")
    assert told.replace("\n", "").isprintable()


def test_the_end_of_the_log_is_shown_by_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cloud = LocalCloud(4700, tmp_path)
    cloud.log.write_text(f"1 {EVIL}\n2\n", newline="")

    def fails() -> LocalCloud:
        raise CloudError(cloud._log_end())

    monkeypatch.setattr(LocalCloud, "from_environment", fails)
    assert main(["start"]) == 1
    told = capsys.readouterr().err
    assert SHOWN.replace(r"\r", "\n  ") in told
    assert told.replace("\n", "").isprintable()


def test_the_log_contains_what_a_request_says_as_text() -> None:
    record = logging.LogRecord("local_cloud", logging.WARNING, __file__, 1, "started %s", (EVIL,), None)
    assert PrintableFormatter("%(message)s").format(record) == f"started {SHOWN}"
