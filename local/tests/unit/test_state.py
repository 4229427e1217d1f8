"""The state folder of a local cloud: its owner's alone, and never what somebody else has put somewhere."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local_cloud.engine import environment
from local_cloud.errors import CloudError
from local_cloud.process import LocalCloud
from local_cloud.state import FILES, FOLDERS, LOCK, MARKER, SECRET, StateFolder


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_the_secret_is_for_its_owner_alone_and_another_one_in_each_cloud(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        first, second = (StateFolder(tmp_path / name) for name in ("a/cloud", "b/cloud"))
        secret = first.secret()
    finally:
        os.umask(old)
    assert (mode(first.path), mode(first.path / SECRET)) == (0o700, 0o600)
    assert len(secret) >= 40
    assert secret == first.secret() != second.secret()
    assert names(first.path) == {MARKER, SECRET}


def test_all_who_ask_at_once_get_the_same_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: StateFolder(tmp_path / "cloud").secret(), range(8)))
    assert len(secrets) == 1


def test_the_environment_has_it(tmp_path: Path) -> None:
    cloud = LocalCloud(4700, tmp_path / "cloud")
    secret = cloud.folder.secret()
    for variables in (cloud.environment(), environment(cloud, tmp_path)):
        assert (variables["AWS_ACCESS_KEY_ID"], variables["AWS_SECRET_ACCESS_KEY"]) == ("test", secret)


@pytest.mark.parametrize("content", ["", "short"])
def test_a_secret_that_is_not_whole_is_none(tmp_path: Path, content: str) -> None:
    folder = LocalCloud(4700, tmp_path / "cloud").folder
    folder.secret()
    (folder.path / SECRET).write_text(content)
    with pytest.raises(CloudError, match=r"secret is damaged: remove it"):
        folder.secret()
    (folder.path / SECRET).unlink()
    os.mkfifo(folder.path / SECRET)
    with pytest.raises(CloudError, match=r"secret is damaged: remove it"):
        folder.secret()


def test_a_folder_of_somebody_elses_is_neither_taken_nor_emptied(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "tmp").mkdir(parents=True)
    home.chmod(0o755)
    for name in ("tmp/mine.txt", "server.md", "server.json", SECRET, LOCK, "executions.sqlite"):
        (home / name).write_text("mine")
    before = {path: path.stat().st_mtime_ns for path in home.rglob("*")}
    cloud = LocalCloud(4700, home)
    for act in (cloud.start, cloud.stop, cloud.wipe, cloud.credentials):
        with pytest.raises(CloudError, match=r"is not a local cloud's: it holds .*LOCAL_STATE_DIR must name"):
            act()
    assert {path: path.stat().st_mtime_ns for path in home.rglob("*")} == before
    assert mode(home) == 0o755


@pytest.mark.parametrize(
    ("path", "words"), [("file", "is not a folder"), ("open", "is open to other users: chmod 700")]
)
def test_what_cannot_be_a_clouds_folder_is_refused(tmp_path: Path, path: str, words: str) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)
    with pytest.raises(CloudError, match=words):
        LocalCloud(4700, tmp_path / path).start()
    assert mode(tmp_path / "open") == 0o755


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can give a folder away")
def test_a_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    StateFolder(tmp_path / "cloud").prepare()
    os.chown(tmp_path / "cloud", 65534, 65534)
    with pytest.raises(CloudError, match="belongs to another user"):
        StateFolder(tmp_path / "cloud").prepare()


def test_wipe_removes_only_what_the_cloud_made(tmp_path: Path) -> None:
    folder = StateFolder(tmp_path / "cloud")
    folder.secret()
    for name in FILES:
        (folder.path / name).touch()
    for name in FOLDERS:
        (folder.path / name).mkdir()
    for name in ("mine.txt", "server.md", "executions.sqlite.backup"):
        (folder.path / name).touch()
    folder.wipe()
    assert names(folder.path) == {"mine.txt", "server.md", "executions.sqlite.backup"}
    gone = StateFolder(tmp_path / "other")
    gone.secret()
    gone.wipe()
    gone.wipe()
    assert not gone.path.exists()


def test_the_state_of_the_release_before_is_taken_over(tmp_path: Path) -> None:
    old = tmp_path / "cloud"
    old.mkdir(mode=0o700)
    for name in (LOCK, "executions.sqlite", "server.log"):
        (old / name).touch()
    (old / "resources").mkdir()
    assert StateFolder(old).secret()
    assert MARKER in names(old)


@pytest.mark.parametrize(
    ("proxy", "passed"),
    [
        ("http://me:secret@proxy:3128", "http://proxy:3128"),
        ("http://me:se/c@ret@proxy:3128/", "http://proxy:3128/"),
        ("me:secret@proxy:3128", "proxy:3128"),
        ("http://proxy:3128", "http://proxy:3128"),
    ],
)
def test_the_password_of_a_proxy_stays_with_its_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, proxy: str, passed: str
) -> None:
    for name in ("HTTP_PROXY", "https_proxy"):
        monkeypatch.setenv(name, proxy)
        assert LocalCloud(4700, tmp_path / "cloud").environment()[name] == passed
