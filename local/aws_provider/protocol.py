"""The engine's protocol: each request is answered by a row of the table."""
# ruff: noqa: N802 (the methods have the protocol's names)

import os
from collections.abc import Collection
from pathlib import PurePath
from typing import Any, Literal

from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from aws_provider.answers import diff_response, failures_of, reporting_failures
from aws_provider.check import Naming, check, unusual
from aws_provider.diff import AUTONAMED, DIGESTS, collides
from aws_provider.engine_log import EngineLog
from aws_provider.failures import ProviderError
from aws_provider.invokes import FUNCTIONS, SECRET
from aws_provider.lifecycle import Lifecycle
from aws_provider.model import ResourceType
from aws_provider.services import Services
from aws_provider.settings import ENDPOINT_VARIABLE, EndpointError, parse
from aws_provider.types import TABLE
from aws_provider.values import Path, decode, encode

LOCAL_STACK = "local"
"""The name of the stacks that are meant for the local cloud."""
THE_STACK = ""
"""In place of a resource's URN."""
_MODES: dict[int, Literal["propose", "enforce", "disable"]] = {0: "propose", 1: "enforce", 2: "disable"}

_Operation = (
    provider_pb2.CreateRequest
    | provider_pb2.ReadRequest
    | provider_pb2.UpdateRequest
    | provider_pb2.DeleteRequest
)


def row_of(urn: str) -> ResourceType:
    """Return the table's row for a resource's URN; raise `ProviderError` if there is none."""
    token = urn.split("::")[2].rpartition("$")[2]
    if token not in TABLE:
        raise ProviderError(_not_served(token, TABLE))
    return TABLE[token]


def _not_served(token: str, served: Collection[str]) -> str:
    module = token.split("/", maxsplit=1)[0]
    neighbours = sorted(each.rpartition(":")[2] for each in served if each.split("/")[0] == module)
    of_module = f"; of {module}, it serves {', '.join(neighbours)}" if neighbours else ""
    return (
        f"the local cloud does not serve {token}{of_module}. Leave it out there "
        f'(`if pulumi.get_stack() != "{LOCAL_STACK}":`), or deploy this stack to AWS only. '
        "docs/local-types.md lists what is served"
    )


def _marks(*secrets: set[Path]) -> set[Path]:
    # A secret tag is secret in `tagsAll` too.
    paths = set().union(*secrets)
    return paths | {("tagsAll", *path[1:]) for path in paths if path[0] == "tags"}


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """The provider: configured once, then used for many resources at a time."""

    def __init__(self, engine_address: str = "") -> None:
        self.log = EngineLog(engine_address)
        self._version = ""
        self._services: Services | None = None

    @property
    def services(self) -> Services:
        """Return the services of the configured cloud; raise `ProviderError` before that."""
        if self._services is None:
            raise ProviderError("the provider got a request for a resource before its configuration")
        return self._services

    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: Any
    ) -> provider_pb2.ProviderHandshakeResponse:
        """Agree on the features of the protocol."""
        self.log = EngineLog(request.engine_address or self.log.address)
        # The plugin's folder, which the local cloud names after the version that the program has installed.
        self._version = PurePath(request.root_directory).name.partition("resource-aws-v")[2]
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, supports_autonaming_configuration=True
        )

    def Attach(self, request: plugin_pb2.PluginAttach, context: Any) -> empty_pb2.Empty:
        """Take the address of an engine that did not start this process."""
        self.log = EngineLog(request.address)
        return empty_pb2.Empty()

    def GetPluginInfo(self, request: empty_pb2.Empty, context: Any) -> plugin_pb2.PluginInfo:
        """Return the version of pulumi-aws that this stands in for: the program's."""
        return plugin_pb2.PluginInfo(version=self._version)

    @reporting_failures
    def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: Any
    ) -> provider_pb2.GetSchemaResponse:
        """Refuse: the engine would cache any answer as the schema of pulumi-aws itself."""
        raise ProviderError(
            "the local cloud's provider has no schema, which only writing code needs: the resources are "
            "imported; add --generate-code=false to `pulumi import`"
        )

    def GetMapping(
        self, request: provider_pb2.GetMappingRequest, context: Any
    ) -> provider_pb2.GetMappingResponse:
        """Return no mapping: this provider converts no other tool's programs."""
        return provider_pb2.GetMappingResponse()

    def Cancel(self, request: empty_pb2.Empty, context: Any) -> empty_pb2.Empty:
        """End all waits."""
        if self._services:
            self._services.cancelled.set()
        return empty_pb2.Empty()

    @reporting_failures
    def CheckConfig(self, request: provider_pb2.CheckRequest, context: Any) -> provider_pb2.CheckResponse:
        """Refuse a configuration with an endpoint that is not on this machine."""
        config, _ = decode(request.news)
        failures = []
        try:
            parse(config, os.environ)
        except EndpointError as error:
            failures.append(provider_pb2.CheckFailure(property="endpoints", reason=str(error)))
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    @reporting_failures
    def DiffConfig(self, request: provider_pb2.DiffRequest, context: Any) -> provider_pb2.DiffResponse:
        """Return whether the configuration changed; no change of it replaces the provider."""
        same = request.old_inputs == request.news
        kinds = provider_pb2.DiffResponse
        return kinds(changes=kinds.DIFF_NONE if same else kinds.DIFF_SOME)

    @reporting_failures
    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: Any
    ) -> provider_pb2.ConfigureResponse:
        """Take the configuration, and check that the stack allows the account."""
        config, _ = decode(request.args)
        self._services = Services(parse(config, os.environ))
        self._services.warm()
        self._services.check_account()
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    @reporting_failures
    def Invoke(self, request: provider_pb2.InvokeRequest, context: Any) -> provider_pb2.InvokeResponse:
        """Call a function of the provider."""
        if request.tok not in FUNCTIONS:
            raise ProviderError(_not_served(request.tok, FUNCTIONS))
        args, _ = decode(request.args)
        result = FUNCTIONS[request.tok](self.services, args)
        return provider_pb2.InvokeResponse(
            **{"return": encode(result, {(name,) for name in SECRET if name in result})}
        )

    @reporting_failures
    def Check(self, request: provider_pb2.CheckRequest, context: Any) -> provider_pb2.CheckResponse:
        """Check a resource's inputs, and name it if the program does not."""
        self._say_where(request.urn)
        row = row_of(request.urn)
        olds, _ = decode(request.olds)
        news, secrets = decode(request.news)
        naming = Naming(request.urn.rpartition("::")[2], seed=request.randomSeed)
        if request.HasField("autonaming"):
            mode, proposed = _MODES[request.autonaming.mode], request.autonaming.proposed_name
            naming = Naming(naming.urn_name, mode, proposed, naming.seed)
        inputs, failures = check(row, olds, news, naming, {path[0] for path in secrets})
        for name in sorted(set(inputs) - set(row.by_name) - {AUTONAMED, DIGESTS}):
            self.log.warn(request.urn, f"{name} is kept in the state, but means nothing to the local cloud")
        for name, why in unusual(row, inputs):
            self.log.warn(request.urn, f"{name} {why}")
        return provider_pb2.CheckResponse(
            inputs=encode(inputs, secrets),
            failures=[provider_pb2.CheckFailure(property=name, reason=why) for name, why in failures],
        )

    @reporting_failures
    def Diff(self, request: provider_pb2.DiffRequest, context: Any) -> provider_pb2.DiffResponse:
        """Return the differences, and whether they replace the resource."""
        row = row_of(request.urn)
        old_inputs, olds, news = (
            decode(item)[0] for item in (request.old_inputs, request.olds, request.news)
        )
        changes = Lifecycle(row, self.services).changes(olds, old_inputs, news)
        return diff_response(changes, collision=collides(row, olds, news))

    @reporting_failures
    def Create(self, request: provider_pb2.CreateRequest, context: Any) -> provider_pb2.CreateResponse:
        """Create a resource, or return in a preview what its outputs would be."""
        inputs, secrets = decode(request.properties)
        lifecycle = self._lifecycle(request)
        if request.preview:
            outputs = encode(lifecycle.preview_create(inputs), _marks(secrets))
            return provider_pb2.CreateResponse(properties=outputs)
        with failures_of(row_of(request.urn), "creating", inputs, _marks(secrets)):
            resource = lifecycle.create(inputs)
        return provider_pb2.CreateResponse(
            id=resource.id, properties=encode(resource.outputs, _marks(secrets))
        )

    @reporting_failures
    def Read(self, request: provider_pb2.ReadRequest, context: Any) -> provider_pb2.ReadResponse:
        """Read a resource; an empty answer means that it does not exist."""
        state, in_state = decode(request.properties)
        inputs, in_inputs = decode(request.inputs)
        with failures_of(row_of(request.urn), "reading", state):
            resource = self._lifecycle(request).read(request.id, state, inputs)
        if resource is None:
            return provider_pb2.ReadResponse()
        marks = _marks(in_state, in_inputs)
        return provider_pb2.ReadResponse(
            id=resource.id, properties=encode(resource.outputs, marks), inputs=encode(resource.inputs, marks)
        )

    @reporting_failures
    def Update(self, request: provider_pb2.UpdateRequest, context: Any) -> provider_pb2.UpdateResponse:
        """Update a resource in place, or return in a preview what its outputs would be."""
        olds, _ = decode(request.olds)
        old_inputs, _ = decode(request.old_inputs)
        news, secrets = decode(request.news)
        lifecycle, marks = self._lifecycle(request), _marks(secrets)
        if request.preview:
            preview = lifecycle.preview_update(olds, old_inputs, news)
            return provider_pb2.UpdateResponse(properties=encode(preview, marks))
        with failures_of(row_of(request.urn), "updating", olds, marks):
            resource = lifecycle.update(olds, old_inputs, news)
        return provider_pb2.UpdateResponse(properties=encode(resource.outputs, marks))

    @reporting_failures
    def Delete(self, request: provider_pb2.DeleteRequest, context: Any) -> empty_pb2.Empty:
        """Delete a resource, if it still exists."""
        state, _ = decode(request.properties)
        with failures_of(row_of(request.urn), "deleting", state):
            self._lifecycle(request).delete(state)
        return empty_pb2.Empty()

    def _say_where(self, urn: str) -> None:
        """Say which cloud a stack is deployed to, unless its name says so."""
        stack = urn.split(":")[2]
        if stack != LOCAL_STACK:
            endpoint = os.environ.get(ENDPOINT_VARIABLE, "http://127.0.0.1")
            self.log.warn(
                THE_STACK,
                f"stack {stack!r} is in the local cloud, {endpoint}, NOT on AWS, since this shell has the local cloud's "
                "exports. For AWS, run leave_local_cloud first, or use another shell",
            )

    def _lifecycle(self, request: _Operation) -> Lifecycle:
        self._say_where(request.urn)
        return Lifecycle(row_of(request.urn), self.services, request.timeout)
