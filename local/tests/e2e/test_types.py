"""Every input of a type: settable, changed in place or by a replacement, reported, imported, and gone after a delete."""

from functools import partial

import pytest
from pulumi.runtime.proto import provider_pb2

from aws_provider.diff import AUTONAMED
from aws_provider.model import ResourceType
from aws_provider.protocol import Servicer
from aws_provider.services import Services
from aws_provider.settings import Settings
from aws_provider.types import TABLE
from aws_provider.values import decode, encode
from scenes import ALL
from scenes.lookups import LOOKUPS, Found
from scenes.scene import Made, Props, Scene, filled
from server import Server
from signing import root_of


class Refused(Exception):  # noqa: N818 (what gRPC's abort does)
    pass


class Context:
    def set_trailing_metadata(self, metadata: object) -> None: ...

    def abort(self, code: object, message: str) -> None:
        raise Refused(message)


class Provider:
    """Calls the provider as the engine does."""

    def __init__(self, cloud: Server) -> None:
        keys = root_of(cloud.cloud)
        settings = Settings(endpoint=cloud.endpoint, access_key=keys.access_key, secret_key=keys.secret_key)
        self.services = Services(settings)
        self._servicer = Servicer()
        self._servicer._services = self.services

    def check(self, made: Made, news: Props, olds: Props | None = None) -> Props:
        request = provider_pb2.CheckRequest(urn=_urn(made), news=encode(news), olds=encode(olds or {}))
        answer = self._servicer.Check(request, Context())
        assert not answer.failures, f"{made.name}: {answer.failures}"
        return decode(answer.inputs)[0]

    def create(self, made: Made, inputs: Props, *, preview: bool = False) -> Props:
        request = provider_pb2.CreateRequest(urn=_urn(made), properties=encode(inputs), preview=preview)
        answer = self._servicer.Create(request, Context())
        return {"id": answer.id, **decode(answer.properties)[0]}

    def read(self, made: Made, id_: str, state: Props, inputs: Props) -> tuple[Props, Props] | None:
        request = provider_pb2.ReadRequest(
            urn=_urn(made), id=id_, properties=encode(state), inputs=encode(inputs)
        )
        answer = self._servicer.Read(request, Context())
        if not answer.id:
            return None
        return {"id": answer.id, **decode(answer.properties)[0]}, decode(answer.inputs)[0]

    def diff(self, made: Made, state: Props, old_inputs: Props, news: Props) -> tuple[set[str], set[str]]:
        """Return the properties that differ, and those that replace."""
        request = provider_pb2.DiffRequest(
            urn=_urn(made),
            id=state["id"],
            olds=encode(state),
            old_inputs=encode(old_inputs),
            news=encode(news),
        )
        answer = self._servicer.Diff(request, Context())
        heads = (
            {path.split(".")[0].split("[")[0] for path in paths} for paths in (answer.diffs, answer.replaces)
        )
        differing, replacing = heads
        return differing, replacing

    def update(self, made: Made, state: Props, old_inputs: Props, news: Props) -> Props:
        request = provider_pb2.UpdateRequest(
            urn=_urn(made),
            id=state["id"],
            olds=encode(state),
            old_inputs=encode(old_inputs),
            news=encode(news),
        )
        return {"id": state["id"], **decode(self._servicer.Update(request, Context()).properties)[0]}

    def delete(self, made: Made, state: Props) -> None:
        request = provider_pb2.DeleteRequest(urn=_urn(made), id=state["id"], properties=encode(state))
        self._servicer.Delete(request, Context())

    def invoke(self, token: str, args: Props) -> Props:
        request = provider_pb2.InvokeRequest(tok=token, args=encode(args))
        return decode(getattr(self._servicer.Invoke(request, Context()), "return"))[0]


def _urn(made: Made) -> str:
    return f"urn:pulumi:local::shop::{made.token}::{made.name}"


@pytest.fixture
def provider(cloud: Server) -> Provider:
    return Provider(cloud)


class Rehearsal:
    """A scene while it is played: what was made, with the inputs that it was made with."""

    def __init__(self, provider: Provider, scene: Scene) -> None:
        self.provider = provider
        self.scene = scene
        self.states: dict[str, Props] = {}
        self.inputs: dict[str, Props] = {}

    def make(self) -> None:
        for made in self.scene:
            inputs = self.provider.check(made, filled(made.inputs, self.states))
            self.provider.create(made, inputs, preview=True)
            self.states[made.name] = self.provider.create(made, inputs)
            self.inputs[made.name] = inputs
            self.at_rest(made)

    def look_up(self, found: Found) -> None:
        """Call a function, and see that it finds what was made."""
        token, args, expected = filled(found, self.states)
        result = self.provider.invoke(token, args)
        assert {name: result.get(name) for name in expected} == expected, token

    def at_rest(self, made: Made) -> None:
        """See that a refresh finds what the state has, and that the same program changes nothing."""
        state, inputs = self.states[made.name], self.inputs[made.name]
        found = self.provider.read(made, state["id"], state, inputs)
        assert found, f"{made.name} is not there"
        assert found[0] == state, made.name
        assert found[1] == inputs, made.name
        assert self.provider.diff(made, *found, inputs) == (set(), set()), made.name

    def change(self, made: Made, changes: Props) -> None:
        """Change inputs in place, and see that the outputs have them."""
        if not changes:
            return
        state, inputs = self.states[made.name], self.inputs[made.name]
        changes = filled(changes, self.states)
        news = {name: value for name, value in ({**inputs, **changes}).items() if value is not None}
        news = self.provider.check(made, news, inputs)
        differing, replacing = self.provider.diff(made, state, inputs, news)
        assert replacing == set(), made.name
        # A sticky input that is taken out makes no difference.
        row = TABLE[made.token]
        wanted = {name for name in changes if name in news or not row.by_name[name].sticky}
        assert differing - {"tagsAll"} == wanted, made.name
        self.states[made.name] = self.provider.update(made, state, inputs, news) if differing else state
        self.inputs[made.name] = news
        self.at_rest(made)
        for name, value in changes.items():
            if value is not None and not row.by_name[name].name.endswith("Wo"):
                shown = {name: self.states[made.name].get(name)}
                again = self.provider.diff(made, self.states[made.name], news, news | shown)
                assert again == (set(), set()), f"{made.name}: {shown} is not {value}"

    def play(self, made: Made) -> None:
        """Do to one resource what its scene says."""
        self.change(made, made.changes)
        self.change(made, {name: made.inputs.get(name) for name in made.changes})
        self.drift(made)
        self.replacements(made)
        self.adopt(made)

    def drift(self, made: Made) -> None:
        if made.drift is None:
            return
        state, inputs = self.states[made.name], self.inputs[made.name]
        service, operation, parameters = filled(made.drift, self.states)
        self.provider.services.call(service, operation, **parameters)
        found = self.provider.read(made, state["id"], state, inputs)
        if not made.drifts:
            assert found is None, made.name
            self.states[made.name] = self.provider.create(made, inputs)
        else:
            assert found
            assert self.provider.diff(made, *found, inputs) == (set(made.drifts), set()), made.name
            self.states[made.name] = self.provider.update(made, *found, inputs)
        self.at_rest(made)

    def replacements(self, made: Made) -> None:
        state, inputs = self.states[made.name], self.inputs[made.name]
        for name, value in made.replaced_by.items():
            news = {**inputs, name: filled(value, self.states)}
            assert self.provider.diff(made, state, inputs, news) == ({name}, {name}), f"{made.name}: {name}"

    def adopt(self, made: Made) -> None:
        """Import it by its id, and see that the program it was made by changes nothing."""
        id_ = filled(made.imported, self.states) or self.states[made.name]["id"]
        found = self.provider.read(made, id_, {}, {})
        assert found, made.name
        state, inputs = found
        assert state["id"] == self.states[made.name]["id"], made.name
        news = {name: value for name, value in self.inputs[made.name].items() if name != AUTONAMED}
        differing, _ = self.provider.diff(made, state, inputs, news)
        assert differing == set(made.import_differs), f"{made.name}: {inputs}"

    def end(self) -> None:
        for made in reversed([each for each in self.scene if each.name in self.states]):
            self.provider.delete(made, self.states[made.name])
            if not made.stays:
                assert (
                    self.provider.read(made, self.states[made.name]["id"], self.states[made.name], {}) is None
                )
            self.provider.delete(made, self.states[made.name])  # what is gone is deleted already


@pytest.mark.parametrize("name", ALL)
def test_a_scene_is_made_changed_imported_and_removed(name: str, provider: Provider) -> None:
    scene = ALL[name]
    rehearsal = Rehearsal(provider, scene)
    problems: list[str] = []
    try:
        rehearsal.make()
        acts = {
            f"{found[0]} {found[1]}": partial(rehearsal.look_up, found) for found in LOOKUPS.get(name, ())
        }
        acts |= {made.name: partial(rehearsal.play, made) for made in scene}
        for what, act in acts.items():
            try:
                act()
            except (AssertionError, Refused) as error:
                problems.append(f"{what}: {error}")
    finally:
        rehearsal.end()
    assert not problems, "\n".join(problems)


BESIDE = {
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:dynamodb/table:Table",
    "aws:iam/role:Role",
    "aws:kinesis/stream:Stream",
    "aws:sqs/queue:Queue",
}
"""Types that a scene needs beside its own; other tests prove their rows."""
EVERYWHERE = {"namePrefix", "region"}
"""Inputs that are the same for every type."""


def test_every_input_of_every_type_is_in_a_scene() -> None:
    used: dict[str, set[str]] = {}
    for made in (made for scene in ALL.values() for made in scene):
        used.setdefault(made.token, set()).update(made.inputs, made.changes, made.replaced_by)
    for token in used.keys() - BESIDE:
        row = TABLE[token]
        inputs = {prop.name for prop in row.props if not prop.output} - EVERYWHERE - used[token]
        assert not [name for name in inputs if not refused(row, name)], token


def test_what_nobody_has_is_not_found(provider: Provider) -> None:
    with pytest.raises(Refused, match="there is no SSM parameter with name 'nothing'"):
        provider.invoke("aws:ssm/getParameter:getParameter", {"name": "nothing"})
    with pytest.raises(Refused, match=r"there are no VPCs with .*; exactly one is needed"):
        provider.invoke("aws:ec2/getVpc:getVpc", {"id": "vpc-0"})


def refused(row: ResourceType, name: str) -> bool:
    """Whether the local cloud refuses an input that it would drop."""
    return any(name == wrong for check in row.checks for wrong, _ in check({name: "x"}))
