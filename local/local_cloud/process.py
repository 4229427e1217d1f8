"""The process of the local cloud: its settings, start, stop and health."""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import httpx
from ministack.core import sigv4

from local_cloud.errors import CloudError
from local_cloud.state import LOCK, StateFolder

FOLDER = Path(__file__).resolve().parent.parent
"""The local cloud's own folder, with its environment."""
PROJECT = FOLDER.parent
REGION = "us-east-1"
DEFAULT_PORT = 4566
IAM_MODES = ("enforce", "off")
START_SECONDS = 90
STOP_SECONDS = 20
LOG_BYTES = 10 * 1024 * 1024

ROOT_KEY = "test"
"""The access key of the account's root; its secret is the cloud's own."""
HEALTH = "/_local/health"

# The variables of the user's environment that handlers get: none of AWS, no token, no password.
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
PASSED_ON = (
    *("PATH", "HOME", "LANG", "LC_ALL", "TZ"),
    *("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"),
)


@dataclass(frozen=True)
class LocalCloud:
    """One local cloud: a port on the loopback interface and a folder of state."""

    port: int
    state: Path
    iam: str | None = None
    """`enforce`, the default: every call is authorized by policies, as on AWS. `off`: everything is allowed."""

    @classmethod
    def from_environment(cls) -> "LocalCloud":
        """The cloud that LOCAL_PORT, LOCAL_STATE_DIR and LOCAL_IAM name; by default the project's own."""
        text = os.environ.get("LOCAL_PORT") or str(DEFAULT_PORT)
        if not text.isdecimal() or not 1024 <= int(text) <= 65535:
            raise CloudError(f"LOCAL_PORT is {text!r}; it must be a port from 1024 to 65535.")
        iam = os.environ.get("LOCAL_IAM") or None
        if iam not in (None, *IAM_MODES):
            raise CloudError(f"LOCAL_IAM is {iam!r}; it must be {' or '.join(IAM_MODES)}.")
        state = os.environ.get("LOCAL_STATE_DIR")
        return cls(int(text), Path(state).resolve() if state else PROJECT / ".local" / "cloud", iam)

    @property
    def endpoint(self) -> str:
        """The URL that stands in for every AWS endpoint."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """The server's log; the output of handlers is in CloudWatch Logs."""
        return self.state / "server.log"

    @property
    def executions(self) -> Path:
        """The SQLite file of executions."""
        return self.state / "executions.sqlite"

    @property
    def resources(self) -> Path:
        """The control plane's folder: functions, roles, log groups and the rest."""
        return self.state / "resources"

    @property
    def scratch(self) -> Path:
        """Unpacked code of the workers, which are found by this path in their command lines."""
        return self.state / "tmp"

    @property
    def folder(self) -> StateFolder:
        """The folder of its state."""
        return StateFolder(self.state)

    def credentials(self) -> dict[str, str]:
        """The variables with which Pulumi, SDKs and tools are the account's root; the folder is made if it does not exist."""
        return {"AWS_ACCESS_KEY_ID": ROOT_KEY, "AWS_SECRET_ACCESS_KEY": self.folder.secret()}

    @property
    def _record(self) -> Path:
        return self.state / "server.json"

    def environment(self) -> dict[str, str]:
        """The whole environment of the server, and so of the handlers, which inherit it."""
        passed = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
        proxies = {name: _without_password(os.environ[name]) for name in PROXIES if name in os.environ}
        return {
            **passed,
            **proxies,
            **self.credentials(),
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            "TMPDIR": str(self.scratch),
            "PYTHONUNBUFFERED": "1",
            "LOCAL_PORT": str(self.port),
            "LOCAL_STATE_DIR": str(self.state),
            "LOCAL_IAM": self.iam or IAM_MODES[0],
            "LOCAL_ENDS_WITH": os.environ.get("LOCAL_ENDS_WITH", ""),
            "LOCAL_CONCURRENCY": os.environ.get("LOCAL_CONCURRENCY") or "32",
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            # The control plane's own settings. Without them it would look for containers on a Docker daemon and open
            # more listeners, which this cloud does not use.
            "GATEWAY_PORT": str(self.port),
            "AUTH": "false" if self.iam == "off" else "true",
            "MINISTACK_REGION": REGION,
            "PERSIST_STATE": "1",
            "STATE_DIR": str(self.resources),
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(self.state / "s3"),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "DOCKER_HOST": f"unix://{self.state}/no-docker.sock",
        }

    def health(self) -> dict[str, Any] | None:
        """The health that this cloud's server reports; None if it does not run."""
        # Only a server that holds the folder's lock is the owner's; another may listen on the port.
        record = self._running()
        if record is None or record["port"] != self.port:
            return None
        try:
            with httpx.Client(trust_env=False, timeout=5) as client:
                answer = client.get(self.endpoint + HEALTH, headers=self._signed_for(HEALTH))
                body = answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            return None
        return body if isinstance(body, dict) and "state" in body else None

    def _signed_for(self, path: str) -> dict[str, str]:
        """Headers that sign a GET; importing the SDK's signer would take longer than the command."""
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        headers = {"host": f"127.0.0.1:{self.port}", "x-amz-date": now}
        names, empty = ";".join(headers), hashlib.sha256(b"").hexdigest()
        request = sigv4.build_canonical_request("GET", path, headers, {}, names, payload_hash=empty)
        text = sigv4.build_string_to_sign(now, now[:8], REGION, "lambda", request)
        signature = sigv4.calculate_signature(self.folder.secret(), now[:8], REGION, "lambda", text)
        scope = f"{ROOT_KEY}/{now[:8]}/{REGION}/lambda/aws4_request"
        authorization = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signature}"
        return {**headers, "authorization": authorization}

    def start(self, progress: Callable[[str], None] = lambda text: None) -> dict[str, Any]:
        """Start the server if it does not run, wait until it is healthy, and return its health.

        Raises:
            CloudError: it cannot be started, or runs with other settings.
        """
        self.folder.prepare()
        with (self.state / "start.lock").open("a") as lock:
            # If two commands start the cloud at the same time, the second waits and finds it running.
            fcntl.flock(lock, fcntl.LOCK_EX)
            return self._running_health() or self._launch(progress)

    def _running_health(self) -> dict[str, Any] | None:
        record = self._running()
        if record is None:
            return None
        if record["port"] != self.port:
            raise CloudError(
                f"The local cloud of {self.state} runs on port {record['port']} already. "
                f"Use LOCAL_PORT={record['port']}, or stop it first."
            )
        health = self.health()
        if health is None:
            raise CloudError(
                f"The local cloud of {self.state} runs, but does not answer. Stop it first: local/bin/local-cloud stop"
            )
        if self.iam not in (None, health["iam"]):
            raise CloudError(
                f"The local cloud runs with LOCAL_IAM={health['iam']}. To change that, stop it first: "
                "local/bin/local-cloud stop"
            )
        return health

    def _launch(self, progress: Callable[[str], None]) -> dict[str, Any]:
        self._require_port()
        self._end_workers()
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        progress("starting")
        with self.log.open("ab") as log:
            server = subprocess.Popen(
                [sys.executable, "-m", "local_cloud.server"],
                cwd=FOLDER,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if server.poll() is not None:
                raise CloudError(f"The local cloud ended while it started.\n{self._log_end()}")
            health = self.health()
            if health and health["pid"] == server.pid:
                return health
            progress(f"waiting for {self.endpoint}")
            time.sleep(0.1)
        self.stop()
        raise CloudError(f"The local cloud was not healthy within {START_SECONDS} s.\n{self._log_end()}")

    def stop(self) -> bool:
        """End the server and every worker; False if nothing ran.

        Raises:
            CloudError: the folder is not a cloud's.
        """
        self.folder.require_ours()
        record = self._running()
        if record is not None:
            pid = int(record["pid"])
            _signal(pid, signal.SIGTERM)
            deadline = time.monotonic() + STOP_SECONDS
            while self._running() and time.monotonic() < deadline:
                time.sleep(0.05)
            if self._running():
                _signal(pid, signal.SIGKILL)
        workers = self._end_workers()
        self._record.unlink(missing_ok=True)
        return record is not None or workers > 0

    def wipe(self) -> None:
        """Remove the files of a stopped cloud, and nothing else."""
        self.folder.wipe()

    def claim(self) -> TextIO:
        """Claim the state folder for this process, as long as it keeps the returned file open.

        Raises:
            CloudError: another process has claimed it.
        """
        lock = self._lock_file.open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise CloudError(f"Another local cloud uses {self.state}.") from error
        self._record.write_text(json.dumps({"pid": os.getpid(), "port": self.port}))
        return lock

    @property
    def _lock_file(self) -> Path:
        return self.state / LOCK

    def _running(self) -> dict[str, Any] | None:
        """Pid and port of the server that holds the state folder. The lock decides: a pid may be reused."""
        try:
            with self._lock_file.open("r") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return None
        except FileNotFoundError:
            return None
        except OSError:
            pass
        try:
            record: dict[str, Any] = json.loads(self._record.read_text())
        except (OSError, ValueError):
            return None
        return record

    def _require_port(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError as error:
                raise CloudError(
                    f"Port {self.port} is taken by another program, or by a local cloud of another folder or user. "
                    f"Choose another: LOCAL_PORT={4600 if self.port != 4600 else 4700} make up"
                ) from error

    def _end_workers(self) -> int:
        """End the handlers that outlived their server, and their child processes; returns the number."""
        victims = self._workers()
        for pid in victims:
            _signal(pid, signal.SIGKILL)
        deadline = time.monotonic() + STOP_SECONDS
        # A killed process takes a moment to end.
        while victims and self._workers() and time.monotonic() < deadline:
            time.sleep(0.05)
        return len(victims)

    def _workers(self) -> list[int]:
        listing = subprocess.run(  # noqa: S603 - a number
            ["ps", "-U", str(os.geteuid()), "-ww", "-o", "pid=,pgid=,args="],  # noqa: S607  ps has no fixed place
            capture_output=True,
            text=True,
            errors="replace",  # a process may be called anything
            check=False,  # one that has no process to show ends with 1
        ).stdout
        rows = [line.split(None, 2) for line in listing.splitlines()]
        groups = {row[1] for row in rows if len(row) == 3 and f"{self.scratch}/ministack-lambda-" in row[2]}
        groups.discard(str(os.getpgrp()))
        return [int(row[0]) for row in rows if len(row) == 3 and row[1] in groups]

    def _log_end(self) -> str:
        with contextlib.suppress(OSError):
            lines = self.log.read_text(errors="replace").splitlines()[-20:]
            return "\n".join([f"The end of {self.log}:", *(f"  {line}" for line in lines)])
        return f"It left no log in {self.log}."


def _without_password(proxy: str) -> str:
    """A proxy's address without the name and password in it, which are the user's."""
    scheme, separator, rest = proxy.rpartition("://")
    return scheme + separator + rest.rpartition("@")[2]


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
