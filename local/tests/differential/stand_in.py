"""The provider that stands in for pulumi-aws, called as the engine calls it."""

import hashlib
from typing import Any

from pulumi.runtime.proto import provider_pb2

from aws_provider.protocol import Servicer
from aws_provider.values import ARCHIVE, ASSET, SIGNATURE, decode, encode
from differential.files import Files
from differential.outcome import CREATE, FAILS, NONE, REFUSED, REPLACE, UPDATE, Outcome
from differential.subject import Code, File, Props

_KINDS = provider_pb2.DiffResponse


class RefusedError(Exception):
    """The provider has refused a configuration."""


class FailedError(Exception):
    """The provider has aborted a request."""


class _Context:
    def set_trailing_metadata(self, metadata: object) -> None: ...

    def abort(self, code: object, message: str) -> None:
        raise FailedError(message)


class StandIn:
    """The configured provider; its resources may be used side by side."""

    def __init__(self, endpoint: str, access_key: str, secret_key: str, files: Files) -> None:
        self.files = files
        self.servicer = Servicer()
        services = ("iam", "lambda", "cloudwatch", "cloudwatchlogs", "eventbridge", "scheduler", "sns", "sqs")
        endpoints = dict.fromkeys((*services, "s3", "kinesis", "dynamodb", "sts"), endpoint)
        config = {
            "region": "us-east-1",
            "accessKey": access_key,
            "secretKey": secret_key,
            "endpoints": [endpoints],
        }
        self.servicer.Configure(provider_pb2.ConfigureRequest(args=encode(config)), _Context())

    def resource(self, token: str, name: str) -> "Resource":
        """Return a resource that does not exist yet."""
        return Resource(self, f"urn:pulumi:local::differential::{token}::{name}")


class Resource:
    """One resource, with the state that the engine would keep of it."""

    def __init__(self, provider: StandIn, urn: str) -> None:
        self.provider, self.urn = provider, urn
        self.id = ""
        self.inputs: Props = {}
        self.outputs: Props = {}

    def create(self, config: Props) -> None:
        """Create it; raise `RefusedError` or `FailedError`."""
        self._create(self._checked(config, olds={}))

    def at_rest(self, config: Props) -> bool:
        """Refresh the state, and return whether a plan has no change then."""
        self.refresh()
        return bool(self._diff(self._checked(config, self.inputs)).changes == _KINDS.DIFF_NONE)

    def refresh(self) -> None:
        """Take over what the provider reads; a resource that is gone has no id."""
        request = provider_pb2.ReadRequest(
            id=self.id, urn=self.urn, properties=encode(self.outputs), inputs=encode(self.inputs)
        )
        answer = self._servicer.Read(request, _Context())
        self.id = answer.id
        self.inputs, self.outputs = decode(answer.inputs)[0], decode(answer.properties)[0]

    def change(self, config: Props, outcome: Outcome) -> None:
        """Plan and carry out a change as the engine does, and note what comes of it."""
        try:
            inputs = self._checked(config, self.inputs)
            if not self.id:
                outcome.plan = CREATE
                self._create(inputs)
                return
            difference = self._diff(inputs)
        except RefusedError as error:
            outcome.plan, outcome.message = REFUSED, str(error)
            return
        outcome.plan = (
            NONE if difference.changes == _KINDS.DIFF_NONE else (REPLACE if difference.replaces else UPDATE)
        )
        try:
            if outcome.plan == UPDATE:
                self._update(inputs)
            elif outcome.plan == REPLACE:
                self._replace(config, delete_first=difference.deleteBeforeReplace)
        except FailedError as error:
            outcome.plan, outcome.message = FAILS, f"{outcome.plan}: {error}"

    def delete(self) -> None:
        """Delete it, if it is there."""
        if self.id:
            self._delete(self.id, self.outputs)

    @property
    def _servicer(self) -> Servicer:
        return self.provider.servicer

    def _checked(self, config: Props, olds: Props) -> Props:
        request = provider_pb2.CheckRequest(
            urn=self.urn, olds=encode(olds), news=encode(self._wire(config)), randomSeed=self._seed
        )
        answer = self._servicer.Check(request, _Context())
        if answer.failures:
            raise RefusedError("; ".join(f"{item.property}: {item.reason}" for item in answer.failures))
        return decode(answer.inputs)[0]

    @property
    def _seed(self) -> bytes:
        return hashlib.sha256(self.urn.encode()).digest()

    def _diff(self, inputs: Props) -> Any:
        request = provider_pb2.DiffRequest(
            id=self.id,
            urn=self.urn,
            old_inputs=encode(self.inputs),
            olds=encode(self.outputs),
            news=encode(inputs),
        )
        return self._servicer.Diff(request, _Context())

    def _create(self, inputs: Props) -> None:
        request = provider_pb2.CreateRequest(urn=self.urn, properties=encode(inputs))
        answer = self._servicer.Create(request, _Context())
        self.id, self.inputs, self.outputs = answer.id, inputs, decode(answer.properties)[0]

    def _update(self, inputs: Props) -> None:
        request = provider_pb2.UpdateRequest(
            id=self.id,
            urn=self.urn,
            old_inputs=encode(self.inputs),
            olds=encode(self.outputs),
            news=encode(inputs),
        )
        self.outputs = decode(self._servicer.Update(request, _Context()).properties)[0]
        self.inputs = inputs

    def _replace(self, config: Props, *, delete_first: bool) -> None:
        old, state = self.id, self.outputs
        inputs = self._checked(config, olds={})
        if delete_first:
            self._delete(old, state)
        self._create(inputs)
        if not delete_first:
            self._delete(old, state)

    def _delete(self, id_: str, state: Props) -> None:
        self._servicer.Delete(
            provider_pb2.DeleteRequest(id=id_, urn=self.urn, properties=encode(state)), _Context()
        )

    def _wire(self, value: Any) -> Any:
        match value:
            case Code() | File():
                path = self.provider.files.path(value)
                kind = ARCHIVE if isinstance(value, Code) else ASSET
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                return {SIGNATURE: kind, "path": str(path), "hash": digest}
            case dict():
                return {key: self._wire(item) for key, item in value.items()}
            case list():
                return [self._wire(item) for item in value]
            case _:
                return value
