"""The code blocks of the documentation; its Python is run as a program of its own under mocks."""

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
    """A code block of a page: its place, its language, the file that it is cut from if it has a title, and its text."""

    place: str
    language: str
    title: str
    text: str


def blocks(page: Path) -> Iterator[Block]:
    """Yield the code blocks of a page of Markdown."""
    text = page.read_text()
    for found in _BLOCK.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        yield Block(f"{page.name}:{line}", found[1], found[2] or "", found[3])


class _Account(Recorder):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        name, outputs = super().new_resource(args)
        return name, {**outputs, **({"arn": _ARNS[args.typ]} if args.typ in _ARNS else {})}


def run(source: str) -> list[tuple[str, str]]:
    """Run a snippet beside what snippets speak of; return the type and name of each resource that it makes itself."""
    with _machine():
        return [*(Counter(_made(source)) - Counter(_alone())).elements()]


@contextlib.contextmanager
def _machine() -> Iterator[None]:
    """Enter a folder with handlers that need no packages, and a cache of its own."""
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
def _alone() -> list[tuple[str, str]]:
    return _made("")


def _made(source: str) -> list[tuple[str, str]]:
    recorder = _Account()
    pulumi.runtime.set_mocks(recorder, project="shop", stack="prod")
    names = {"pulumi": pulumi, "aws": aws, **{name: getattr(durable, name) for name in durable.__all__}}

    def program() -> None:
        names.update(_scene())
        exec(compile(source, "snippet", "exec"), names)  # noqa: S102 - the documentation's own text

    declare(program)
    return [(made.typ, str(made.name)) for made in recorder.made]


def _scene() -> dict[str, object]:
    """Make what snippets speak of: two long functions and a short one, and other people's resources."""

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
