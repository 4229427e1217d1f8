"""The engine's protocol: its requests to the table's rows and back."""
# ruff: noqa: N802 (the methods have the protocol's names)

import os
from pathlib import PurePath
from typing import Any, Literal

from google.protobuf import empty_pb2  # type: ignore[import-untyped]
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from aws_provider.answers import diff_response, explained, told
from aws_provider.check import Naming, check
from aws_provider.diff import AUTONAMED, DIGESTS, collides
from aws_provider.engine_log import EngineLog
from aws_provider.failures import ProviderError
from aws_provider.invokes import FUNCTIONS
from aws_provider.lifecycle import Lifecycle
from aws_provider.model import ResourceType
from aws_provider.services import Services
from aws_provider.settings import EndpointError, parse
from aws_provider.types import TABLE
from aws_provider.values import Path, decode, encode

_MODES: dict[int, Literal["propose", "enforce", "disable"]] = {0: "propose", 1: "enforce", 2: "disable"}

_Operation = (
    provider_pb2.CreateRequest
    | provider_pb2.ReadRequest
    | provider_pb2.UpdateRequest
    | provider_pb2.DeleteRequest
)


def row_of(urn: str) -> ResourceType:
    """Give the table's row for a resource's URN."""
    token = urn.split("::")[2].rpartition("$")[2]
    if token not in TABLE:
        raise ProviderError(
            f"the local cloud's provider does not serve {token}. It serves: {', '.join(sorted(TABLE))}"
        )
    return TABLE[token]


def _marks(*found: set[Path]) -> set[Path]:
    # A secret tag is a secret among all tags too.
    paths = set().union(*found)
    return paths | {("tagsAll", *path[1:]) for path in paths if path[0] == "tags"}


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One provider process: configured once, then asked about many resources at a time."""

    def __init__(self, engine_address: str = "") -> None:
        self.log = EngineLog(engine_address)
        self._version = ""
        self._services: Services | None = None

    @property
    def services(self) -> Services:
        """Give the services of the configured cloud."""
        if self._services is None:
            raise ProviderError("the provider was asked for a resource before it was configured")
        return self._services

    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: Any
    ) -> provider_pb2.ProviderHandshakeResponse:
        """Agree on the protocol's features."""
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

    @told
    def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: Any
    ) -> provider_pb2.GetSchemaResponse:
        """Refuse: the engine would keep any answer as the schema of pulumi-aws itself."""
        raise ProviderError(
            "the local cloud's provider has no schema, which only writing code needs: the resources are "
            "imported; add --generate-code=false to `pulumi import`"
        )

    def GetMapping(
        self, request: provider_pb2.GetMappingRequest, context: Any
    ) -> provider_pb2.GetMappingResponse:
        """Map nothing: no other tool's programs are converted with this provider."""
        return provider_pb2.GetMappingResponse()

    def Cancel(self, request: empty_pb2.Empty, context: Any) -> empty_pb2.Empty:
        """End every wait."""
        if self._services:
            self._services.cancelled.set()
        return empty_pb2.Empty()

    @told
    def CheckConfig(self, request: provider_pb2.CheckRequest, context: Any) -> provider_pb2.CheckResponse:
        """Refuse a configuration that could lead anywhere but to this machine."""
        config, _ = decode(request.news)
        failures = []
        try:
            parse(config, os.environ)
        except EndpointError as error:
            failures.append(provider_pb2.CheckFailure(property="endpoints", reason=str(error)))
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    @told
    def DiffConfig(self, request: provider_pb2.DiffRequest, context: Any) -> provider_pb2.DiffResponse:
        """Tell whether the configuration changed; no change of it replaces the provider."""
        same = request.old_inputs == request.news
        kinds = provider_pb2.DiffResponse
        return kinds(changes=kinds.DIFF_NONE if same else kinds.DIFF_SOME)

    @told
    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: Any
    ) -> provider_pb2.ConfigureResponse:
        """Take the configuration, and see that the account is one the stack allows."""
        config, _ = decode(request.args)
        self._services = Services(parse(config, os.environ))
        self._services.warm()
        self._services.check_account()
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    @told
    def Invoke(self, request: provider_pb2.InvokeRequest, context: Any) -> provider_pb2.InvokeResponse:
        """Call a function of the provider."""
        if request.tok not in FUNCTIONS:
            served = ", ".join(sorted(FUNCTIONS))
            raise ProviderError(
                f"the local cloud's provider does not serve {request.tok}. It serves: {served}"
            )
        args, _ = decode(request.args)
        return provider_pb2.InvokeResponse(**{"return": encode(FUNCTIONS[request.tok](self.services, args))})

    @told
    def Check(self, request: provider_pb2.CheckRequest, context: Any) -> provider_pb2.CheckResponse:
        """Check a resource's inputs, and name it if the program did not."""
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
        return provider_pb2.CheckResponse(
            inputs=encode(inputs, secrets),
            failures=[provider_pb2.CheckFailure(property=name, reason=why) for name, why in failures],
        )

    @told
    def Diff(self, request: provider_pb2.DiffRequest, context: Any) -> provider_pb2.DiffResponse:
        """Tell what differs, and whether that makes a new resource."""
        row = row_of(request.urn)
        old_inputs, olds, news = (
            decode(item)[0] for item in (request.old_inputs, request.olds, request.news)
        )
        found = Lifecycle(row, self.services).changes(olds, old_inputs, news)
        return diff_response(found, collision=collides(row, olds, news))

    @told
    def Create(self, request: provider_pb2.CreateRequest, context: Any) -> provider_pb2.CreateResponse:
        """Make a resource, or tell in a preview what it would be."""
        inputs, secrets = decode(request.properties)
        lifecycle = self._lifecycle(request)
        if request.preview:
            outputs = encode(lifecycle.preview_create(inputs), _marks(secrets))
            return provider_pb2.CreateResponse(properties=outputs)
        with explained(row_of(request.urn), "creating", inputs, _marks(secrets)):
            found = lifecycle.create(inputs)
        return provider_pb2.CreateResponse(id=found.id, properties=encode(found.outputs, _marks(secrets)))

    @told
    def Read(self, request: provider_pb2.ReadRequest, context: Any) -> provider_pb2.ReadResponse:
        """Look at a resource; an empty answer says that it is gone."""
        state, in_state = decode(request.properties)
        inputs, in_inputs = decode(request.inputs)
        with explained(row_of(request.urn), "reading", state):
            found = self._lifecycle(request).read(request.id, state, inputs)
        if found is None:
            return provider_pb2.ReadResponse()
        marks = _marks(in_state, in_inputs)
        return provider_pb2.ReadResponse(
            id=found.id, properties=encode(found.outputs, marks), inputs=encode(found.inputs, marks)
        )

    @told
    def Update(self, request: provider_pb2.UpdateRequest, context: Any) -> provider_pb2.UpdateResponse:
        """Change a resource in place, or tell in a preview what it would become."""
        olds, _ = decode(request.olds)
        old_inputs, _ = decode(request.old_inputs)
        news, secrets = decode(request.news)
        lifecycle, marks = self._lifecycle(request), _marks(secrets)
        if request.preview:
            preview = lifecycle.preview_update(olds, old_inputs, news)
            return provider_pb2.UpdateResponse(properties=encode(preview, marks))
        with explained(row_of(request.urn), "updating", olds, marks):
            found = lifecycle.update(olds, old_inputs, news)
        return provider_pb2.UpdateResponse(properties=encode(found.outputs, marks))

    @told
    def Delete(self, request: provider_pb2.DeleteRequest, context: Any) -> empty_pb2.Empty:
        """Remove a resource; one that is gone already is removed."""
        state, _ = decode(request.properties)
        with explained(row_of(request.urn), "deleting", state):
            self._lifecycle(request).delete(state)
        return empty_pb2.Empty()

    def _lifecycle(self, request: _Operation) -> Lifecycle:
        return Lifecycle(row_of(request.urn), self.services, request.timeout)
