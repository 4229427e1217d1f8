"""Create, read, update and delete of any row of the table."""

import re
from dataclasses import dataclass
from typing import Any

from aws_provider.diff import Change, changes, completed
from aws_provider.failures import InitFailedError, NotFoundError, ProviderError
from aws_provider.model import Call, Kind, Prop, Props, ResourceType
from aws_provider.observe import inputs_of, outputs_of, tags_of
from aws_provider.services import Handle, Services
from aws_provider.tags import merged, retag, tag_params
from aws_provider.values import UNKNOWN
from aws_provider.wire import as_attribute, dig, is_empty, put, send


@dataclass(frozen=True)
class Resource:
    """A resource as the service reports it."""

    id: str
    outputs: Props
    inputs: Props


class Lifecycle:
    """The operations on resources of one type."""

    def __init__(self, row: ResourceType, services: Services, timeout: float = 0) -> None:
        self.row = row
        self.services = services
        self.timeout = timeout

    def preview_create(self, inputs: Props) -> Props:
        """Return the outputs that a create would have; those that only the service can set are unknown."""
        outputs = _shown(inputs)
        for prop in self.row.props:
            if prop.name not in outputs and (prop.default is not None or prop.output or prop.sticky):
                outputs[prop.name] = UNKNOWN if prop.default is None else prop.default
        return outputs | self._surroundings(inputs)

    def create(self, inputs: Props) -> Resource:
        """Create the resource; raise `InitFailedError` if it exists but a later step failed."""
        row, handle = self.row, self._handle(inputs)
        tags = merged(self.services.settings.default_tags, inputs)
        extra = tag_params(row, tags)
        answer = handle.call(row.create.op, **self._request(row.create, inputs), **extra)
        known = {**self._answered(answer), **inputs}
        try:
            known |= self._ready(handle, known)
            for step in row.settings:
                if any(self._differs_from_default(name, inputs) for name in step.triggers(row.keys)):
                    self._step(handle, step, known, set())
            if row.tagging and not row.tagging.on_create and tags:
                # The calls may take an ARN that no answer has yet.
                retag(handle, row.tagging, known | self.observe(known, inputs).outputs, {}, tags)
            if row.created:
                row.created(handle, known, set(inputs))
            return self.observe(known, inputs)
        except ProviderError as error:
            raise self._half_done(error, known, inputs) from error

    def read(self, id_: str, state: Props, inputs: Props) -> Resource | None:
        """Read the resource; None if it does not exist. Without inputs this is an import."""
        matched = re.fullmatch(self.row.imports, id_)
        if matched is None and not all(state.get(key) for key in self.row.keys):
            raise ProviderError(
                f"{id_!r} is not the id of {_a(self.row.noun)}; it has the form {_form(self.row)}"
            )
        keys = {} if matched is None else {key: item for key, item in matched.groupdict().items() if item}
        try:
            return self.observe(keys | state, inputs)
        except NotFoundError:
            return None

    def preview_update(self, olds: Props, old_inputs: Props, news: Props) -> Props:
        """Return the outputs that an update would have."""
        changed = self._changed(olds, old_inputs, news)
        outputs = {name: value for name, value in olds.items() if self._lasts(name, news)} | _shown(news)
        outputs = {r.name: r.default for r in self.row.props if r.default is not None} | outputs
        for name in self.row.unsettled(news, changed) if self.row.unsettled else ():
            if name not in news:
                outputs[name] = UNKNOWN
        return outputs | self._surroundings(news)

    def update(self, olds: Props, old_inputs: Props, news: Props) -> Resource:
        """Make the calls that the changes need, in the row's order."""
        row, handle = self.row, self._handle(olds)
        # Where the inputs have not changed, an earlier run failed half-way: the engine has kept that run's
        # inputs, and only the outputs show what is missing.
        changed = self._changed(olds, old_inputs, news) or self._changed(olds, olds, news)
        known = {name: value for name, value in olds.items() if self._lasts(name, {})} | news
        known |= {
            prop.name: completed(prop, olds.get(prop.name), news[prop.name]) for prop in self._blocks(news)
        }
        try:
            if not changed:
                self._ready(handle, known)  # an earlier run stopped waiting
            if row.renamed:
                row.renamed(handle, olds, known)
            for step in (*row.update, *row.settings):
                if step.triggers(row.keys) & changed:
                    self._step(handle, step, known, changed)
                    self._ready(handle, known)
            if row.tagging and (row.tagging.lost or changed & {"tags", "tagsAll"}):
                tags = merged(self.services.settings.default_tags, news)
                retag(handle, row.tagging, known, olds.get("tagsAll") or {}, tags)
            if row.updated:
                row.updated(handle, known, changed)
            return self.observe(known, news)
        except NotFoundError:
            raise
        except ProviderError as error:
            raise self._half_done(error, known, news) from error

    def changes(self, olds: Props, old_inputs: Props, news: Props) -> list[Change]:
        """Return the differences, including those in the provider's region and default tags."""
        return changes(self.row, old_inputs, olds, news | self._surroundings(news))

    def delete(self, state: Props) -> None:
        """Delete the resource, if it still exists."""
        if state.get("skipDestroy") is True:
            return
        handle = self._handle(state)
        try:
            if self.row.clear:
                self.row.clear(handle, state)
            if self.row.delete:
                handle.call(self.row.delete.op, **self._request(self.row.delete, state))
            while self.row.lingers:
                self._reading(handle, self.row.read[0], state)
                handle.pause(f"the end of the {self.row.noun} {state.get('name') or self.row.id_of(state)!r}")
        except NotFoundError:
            return

    def observe(self, known: Props, inputs: Props) -> Resource:
        """Read the resource; return its outputs and its present inputs."""
        row, handle = self.row, self._handle(known)
        scope: dict[str, Any] = dict(known)
        raw: dict[str, Any] = {}
        for step in row.read:
            raw |= self._reading(handle, step, scope)
            scope |= {name: value for name, value in raw.items() if name not in self.row.by_name}
        outputs = outputs_of(row, known, raw)
        if row.complete:
            outputs |= row.complete(handle, {**scope, **outputs})
        if row.tagging:
            outputs |= tags_of(row.tagging, handle, known, raw, outputs)
        if row.regional:
            outputs["region"] = handle.region
        return Resource(
            row.id_of(outputs),
            outputs,
            inputs_of(row, inputs, known, outputs, self.services.settings.default_tags),
        )

    def _reading(self, handle: Handle, step: Call, scope: Props) -> dict[str, Any]:
        params = self._request(step, scope)
        if not step.match:
            answer = handle.call(step.op, **params)
            if step.under:
                return {step.under: answer}
            parts = [dig(answer, path) for path in step.at]
            return {name: value for part in parts if isinstance(part, dict) for name, value in part.items()}
        keys = {key: scope.get(name) for key, name in step.match.items()}
        for page in handle.pages(step.op, **params):
            for entry in dig(page, step.at[0]) or ():
                if all(entry.get(key) == value for key, value in keys.items()):
                    return dict(entry)
        raise NotFoundError(f"no {self.row.noun} with {keys}")

    def _step(self, handle: Handle, step: Call, known: Props, changed: set[str]) -> None:
        triggers = step.triggers(self.row.keys)
        if step.absent and not any(self._differs_from_default(name, known) for name in triggers):
            handle.call(step.absent.op, **self._request(step.absent, known))
            return
        request = self._request(step, known, changed=changed)
        if not step.each:
            handle.call(step.op, **request)
        for name in step.each:
            if name in changed:
                prop = self.row.by_name[name]
                value = self._sent(prop, known, reset=True)
                attribute_name = prop.aws.rpartition(".")[2]
                text = "" if value is None else as_attribute(prop, value)
                handle.call(step.op, **request, AttributeName=attribute_name, AttributeValue=text)

    def _request(self, step: Call, known: Props, *, changed: set[str] | None = None) -> dict[str, Any]:
        request: dict[str, Any] = {}
        reset = changed is not None
        for aws, source in step.params.items():
            if callable(source):
                value = source(known)
            elif source in self.row.by_name:
                value = self._sent(self.row.by_name[source], known, reset=reset)
            else:
                value = known.get(source)
            if value is not None:
                put(request, aws, value)
        target: dict[str, Any] = {} if step.entry else request
        for prop in (self.row.by_name[name] for name in self.row.sent_by(step)):
            if step.partial and changed and prop.name not in changed:
                continue
            value = self._sent(prop, known, reset=reset)
            if value is not None:
                put(target, prop.aws, as_attribute(prop, value))
        if step.entry:
            request[step.entry] = [target]
        return request

    def _sent(self, prop: Prop, known: Props, *, reset: bool = False) -> Any:
        value = known.get(prop.name)
        if value is not None:
            return send(prop, value)
        if not reset or prop.sticky:
            return None
        return prop.default if prop.reset is None else prop.reset

    def _differs_from_default(self, name: str, props: Props) -> bool:
        value = props.get(name)
        return not is_empty(value) and value != self.row.by_name[name].default

    def _lasts(self, name: str, news: Props) -> bool:
        # An input that the program no longer has must not remain as an output.
        prop = self.row.by_name.get(name)
        return prop is not None and (prop.output or prop.sticky or name in news)

    def _blocks(self, news: Props) -> list[Prop]:
        return [prop for prop in self.row.props if prop.kind is Kind.BLOCK and prop.name in news]

    def _changed(self, olds: Props, old_inputs: Props, news: Props) -> set[str]:
        return {change.name for change in self.changes(olds, old_inputs, news)}

    def _answered(self, answer: dict[str, Any]) -> Props:
        # A create may answer flat, or under the resource's name, also as a list; each may hold its ARN or id.
        parts = [each[0] if isinstance(each, list) and len(each) == 1 else each for each in answer.values()]
        flat = answer | {k: v for part in parts if isinstance(part, dict) for k, v in part.items()}
        outputs = [prop for prop in self.row.props if prop.output and prop.aws]
        return {prop.name: flat[prop.aws] for prop in outputs if isinstance(flat.get(prop.aws), str)}

    def _half_done(self, error: ProviderError, known: Props, inputs: Props) -> InitFailedError:
        try:
            resource = self.observe(known, inputs)
        except (ProviderError, KeyError):
            # Which settings were made is unknown: the state has none of them, so the next run makes them all.
            settings = {name for step in self.row.settings for name in step.triggers(self.row.keys)}
            stated, kept = (
                {name: value for name, value in props.items() if name not in settings}
                for props in (inputs, known)
            )
            outputs = _shown(kept) | self._surroundings(inputs)
            return InitFailedError(str(error), self.row.id_of(_Blank(known)), outputs, stated)
        return InitFailedError(str(error), resource.id, resource.outputs, resource.inputs)

    def _ready(self, handle: Handle, known: Props) -> Props:
        return (self.row.ready(handle, known) if self.row.ready else None) or {}

    def _surroundings(self, inputs: Props) -> Props:
        around: Props = {}
        if self.row.regional:
            around["region"] = inputs.get("region") or self.services.settings.region
        if self.row.tagging:
            around["tagsAll"] = merged(self.services.settings.default_tags, inputs)
        return around

    def _handle(self, props: Props) -> Handle:
        region = str(props.get("region") or self.services.settings.region)
        return Handle(self.services, self.row.service, region, self.row.noun, self.timeout)


def _shown(inputs: Props) -> Props:
    return {name: value for name, value in inputs.items() if not name.startswith("__")}


class _Blank(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiouAEIOU" else f"a {noun}"


def _form(row: ResourceType) -> str:
    return row.form or row.id.replace("{", "<").replace("}", ">")
