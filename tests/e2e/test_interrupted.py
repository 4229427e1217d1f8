"""A session of tests that is interrupted or killed: nothing that it has started goes on."""

import contextlib
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.conftest import PROJECT
from tests.e2e.executions import wait_for
from tests.session import running

SESSION = """
import io
import json
import os
import subprocess
import time
import zipfile
from pathlib import Path

CODE = "import time\\ndef handler(event, context):\\n    time.sleep(600)\\n"


def test_that_does_not_end(cloud, tmp_path):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("index.py", CODE)
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = cloud.client("iam").create_role(RoleName="any", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    client, name = cloud.client("lambda"), "endless"
    client.create_function(
        FunctionName=name, Runtime="python3.13", Role=role, Handler="index.handler",
        Code={"ZipFile": archive.getvalue()}, Timeout=900,
    )
    client.get_waiter("function_active_v2").wait(FunctionName=name)
    client.invoke(FunctionName=name, InvocationType="Event", Payload="{}")
    program = tmp_path / "program.py"
    program.write_text("import time\\ntime.sleep(600)\\n")
    # As an engine starts its plugins: in a group of their own.
    subprocess.Popen([os.environ["PULUMI_PYTHON_CMD"], str(program)], start_new_session=True)
    subprocess.Popen(["sleep", "600"], start_new_session=True)
    time.sleep(600)
"""
KINDS = (
    "local_cloud.server",
    "ministack-lambda-endless",
    "tests.e2e.warm",
    "warm_client.py",
    "sleep 600",
    "session.py",
)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows the environment of a process")
def test_nothing_of_a_session_outlives_it(tmp_path: Path) -> None:
    (tmp_path / "test_session.py").write_text(SESSION)
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "tests.e2e.conftest"]
    command += ["--config-file", str(PROJECT / "pyproject.toml"), str(tmp_path / "test_session.py")]
    with contextlib.ExitStack() as ends, (tmp_path / "said").open("w") as said:
        # A shell's background jobs ignore the interrupt, and so would what they start.
        ends.callback(signal.signal, signal.SIGINT, signal.signal(signal.SIGINT, signal.default_int_handler))
        sessions = {}
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
            folder = tmp_path / number.name
            process = subprocess.Popen(
                [*command, "--basetemp", str(folder)], cwd=PROJECT, stdout=said, stderr=said
            )
            ends.callback(process.wait)
            ends.callback(process.kill)
            sessions[number] = process, str(folder)
        for number, (process, place) in sessions.items():
            wait_for(partial(complete, place), 120)
            process.send_signal(number)
        for process, place in sessions.values():
            process.wait(60)
            deadline = time.monotonic() + 60
            while (left := running(place)) and time.monotonic() < deadline:
                time.sleep(0.1)
            assert left == {}


def complete(folder: str) -> bool:
    lines = running(folder).values()
    return all(any(kind in line for line in lines) for kind in KINDS)
