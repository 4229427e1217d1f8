"""The code blocks of the documentation. Python blocks are run as programs, with mocks."""

import contextlib
import functools
import os
import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pulumi
import pulumi_aws as aws
import pulumi_durable_functions as durable

from tables.account import ACCOUNT, Recorder, declare

_HANDLERS = {
    "functions/orders/order_workflow.py": "def handler(event, context): ...\n",
    "functions/payments/index.mjs": "export const handler = async () => {}\n",
}
_DAY = 24 * 3600
_ARNS = {
    "aws:kinesis/stream:Stream": f"arn:aws:kinesis:eu-west-1:{ACCOUNT}:stream/clicks",
    "aws:s3/bucket:Bucket": "arn:aws:s3:::uploads",
    "aws:kms/key:Key": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1",
    "aws:secretsmanager/secret:Secret": f"arn:aws:secretsmanager:eu-west-1:{ACCOUNT}:secret:card-key-a1b2c3",
}


_BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A code block of a page: its place, its language, its title (the file that it is an excerpt of), and its text."""

    place: str
    language: str
    title: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    """Yield the code blocks of a page of Markdown."""
    text = page.read_text()
    for match in _BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield Block(f"{page.name}:{line}", match[1], match[2] or "", match[3])


class _Account(Recorder):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        name, outputs = super().new_resource(args)
        return name, {**outputs, **({"arn": _ARNS[args.typ]} if args.typ in _ARNS else {})}


def run(source: str) -> list[tuple[str, str]]:
    """Run a snippet together with the resources that snippets use; return the type and name of each resource it makes."""
    with _temporary_folder():
        return [*(Counter(_resources(source)) - Counter(_scene_resources())).elements()]


@contextlib.contextmanager
def _temporary_folder() -> Iterator[None]:
    """Enter a temporary folder with handlers that need no packages, and with its own cache."""
    with (
        tempfile.TemporaryDirectory() as folder,
        mock.patch.dict(os.environ, {"XDG_CACHE_HOME": folder}),
        contextlib.chdir(folder),
    ):
        for name, text in _HANDLERS.items():
            path = Path(name)
            path.parent.mkdir(parents=True)
            path.write_text(text)
        yield


@functools.cache
def _scene_resources() -> list[tuple[str, str]]:
    return _resources("")


def _resources(source: str) -> list[tuple[str, str]]:
    recorder = _Account()
    pulumi.runtime.set_mocks(recorder, project="shop", stack="prod")
    names = {"pulumi": pulumi, "aws": aws, **{name: getattr(durable, name) for name in durable.__all__}}

    def program() -> None:
        names.update(_scene())
        exec(compile(source, "snippet", "exec"), names)  # noqa: S102 - the documentation's own text

    declare(program)
    return [(made.typ, str(made.name)) for made in recorder.made]


def _scene() -> dict[str, object]:
    """Make the resources that snippets use: two long functions, a short one, and resources of pulumi-aws."""

    def function(name: str, seconds: int) -> durable.DurableFunction:
        return durable.DurableFunction(
            name,
            {
                "code_path": "functions/orders",
                "runtime": "python3.13",
                "handler": "order_workflow.handler",
                "execution_timeout_seconds": seconds,
            },
        )

    topic = aws.sns.Topic("news")
    return {
        "orders": function("orders", _DAY),
        "payments": function("payments", _DAY),
        "quotes": function("quotes", 900),
        "topic": topic,
        "queue": aws.sqs.Queue("inbox"),
        "bucket": aws.s3.Bucket("uploads"),
        "stream": aws.kinesis.Stream("clicks"),
        "secret": aws.secretsmanager.Secret("card-key"),
        "key": aws.kms.Key("key"),
        "approver_role": aws.iam.Role("approver", assume_role_policy="{}"),
    }
