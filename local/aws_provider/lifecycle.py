"""Create, read, update and delete of any row of the table."""

import re
from dataclasses import dataclass
from typing import Any

from aws_provider.diff import Change, changes
from aws_provider.failures import InitFailedError, NotFoundError, ProviderError
from aws_provider.model import Call, Prop, Props, ResourceType
from aws_provider.observe import inputs_of, outputs_of, tags_of
from aws_provider.services import Handle, Services
from aws_provider.tags import merged, retag, tag_params
from aws_provider.values import UNKNOWN
from aws_provider.wire import attribute, dig, is_empty, put, send


@dataclass(frozen=True)
class Found:
    """A resource as the service reports it."""

    id: str
    outputs: Props
    inputs: Props


class Lifecycle:
    """One resource type in one cloud."""

    def __init__(self, row: ResourceType, services: Services, timeout: float = 0) -> None:
        self.row = row
        self.services = services
        self.rules = row.by_name
        self.timeout = timeout

    def preview_create(self, inputs: Props) -> Props:
        """Give the outputs of a create that has not happened: what nobody can know is unknown."""
        outputs = _shown(inputs)
        for rule in self.row.props:
            if rule.name not in outputs and (rule.default is not None or rule.output or rule.sticky):
                outputs[rule.name] = UNKNOWN if rule.default is None else rule.default
        return outputs | self._surroundings(inputs)

    def create(self, inputs: Props) -> Found:
        """Make the resource; raise `InitFailedError` if it exists but a later step failed."""
        row, handle = self.row, self._handle(inputs)
        extra = tag_params(row, merged(self.services.settings.default_tags, inputs))
        answer = handle.call(row.create.op, **self._request(row.create, inputs), **extra)
        known = {**self._answered(answer), **inputs}
        try:
            known |= self._ready(handle, known)
            for step in row.settings:
                if any(self._differs_from_default(name, inputs) for name in step.triggers(row.keys)):
                    self._step(handle, step, known, set())
            if row.tagging and not row.tagging.on_create:
                retag(handle, row.tagging, known, {}, merged(self.services.settings.default_tags, inputs))
            if row.made:
                row.made(handle, known, set(inputs))
            return self.observe(known, inputs)
        except ProviderError as error:
            raise self._half_done(error, known, inputs) from error

    def read(self, id_: str, state: Props, inputs: Props) -> Found | None:
        """Look at what is there; None if it is gone. Without inputs it is an import."""
        matched = re.fullmatch(self.row.imports, id_)
        if matched is None and not all(state.get(key) for key in self.row.keys):
            raise ProviderError(
                f"{id_!r} is not the id of {_a(self.row.noun)}; it has the form {_form(self.row)}"
            )
        named = {} if matched is None else {key: item for key, item in matched.groupdict().items() if item}
        try:
            return self.observe(named | state, inputs)
        except NotFoundError:
            return None

    def preview_update(self, olds: Props, old_inputs: Props, news: Props) -> Props:
        """Give the outputs of an update that has not happened."""
        changed = self._changed(olds, old_inputs, news)
        outputs = {name: value for name, value in olds.items() if self._lasts(name, news)} | _shown(news)
        outputs = {r.name: r.default for r in self.row.props if r.default is not None} | outputs
        for name in self.row.unsettled(news, changed) if self.row.unsettled else ():
            if name not in news:
                outputs[name] = UNKNOWN
        return outputs | self._surroundings(news)

    def update(self, olds: Props, old_inputs: Props, news: Props) -> Found:
        """Bring the resource to the new inputs by the calls that the changes ask for, in the row's order."""
        row, handle = self.row, self._handle(olds)
        # Where the inputs have not changed, an earlier run was left half done, which only the outputs tell:
        # the engine keeps the inputs that it asked for.
        changed = self._changed(olds, old_inputs, news) or self._changed(olds, olds, news)
        known = {name: value for name, value in olds.items() if self._lasts(name, {})} | news
        try:
            if not changed:
                self._ready(handle, known)  # an earlier run gave up waiting
            for step in (*row.update, *row.settings):
                if step.triggers(row.keys) & changed:
                    self._step(handle, step, known, changed)
                    self._ready(handle, known)
            if row.tagging and (row.tagging.lost or changed & {"tags", "tagsAll"}):
                wanted = merged(self.services.settings.default_tags, news)
                retag(handle, row.tagging, known, olds.get("tagsAll") or {}, wanted)
            if row.finish:
                row.finish(handle, known, changed)
            return self.observe(known, news)
        except NotFoundError:
            raise
        except ProviderError as error:
            raise self._half_done(error, known, news) from error

    def changes(self, olds: Props, old_inputs: Props, news: Props) -> list[Change]:
        """Give what differs, the provider's own region and tags considered."""
        return changes(self.row, old_inputs, olds, news | self._surroundings(news))

    def delete(self, state: Props) -> None:
        """Remove the resource; what is gone already is as good."""
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

    def observe(self, known: Props, inputs: Props) -> Found:
        """Read the resource, and tell what its outputs are and what its inputs have become."""
        row, handle = self.row, self._handle(known)
        scope: dict[str, Any] = dict(known)
        raw: dict[str, Any] = {}
        for step in row.read:
            raw |= self._reading(handle, step, scope)
            scope |= {name: value for name, value in raw.items() if name not in self.rules}
        outputs = outputs_of(row, known, raw)
        if row.complete:
            outputs |= row.complete(handle, {**scope, **outputs})
        if row.tagging:
            outputs |= tags_of(row.tagging, handle, known, raw, outputs)
        if row.regional:
            outputs["region"] = handle.region
        return Found(
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
        wanted = {key: scope.get(name) for key, name in step.match.items()}
        for page in handle.pages(step.op, **params):
            for entry in dig(page, step.at[0]) or ():
                if all(entry.get(key) == value for key, value in wanted.items()):
                    return dict(entry)
        raise NotFoundError(f"no {self.row.noun} with {wanted}")

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
                rule = self.rules[name]
                value = self._sent(rule, known, reset=True)
                attribute_name = rule.aws.rpartition(".")[2]
                text = "" if value is None else attribute(rule, value)
                handle.call(step.op, **request, AttributeName=attribute_name, AttributeValue=text)

    def _request(self, step: Call, known: Props, *, changed: set[str] | None = None) -> dict[str, Any]:
        request: dict[str, Any] = {}
        reset = changed is not None
        for aws, source in step.params.items():
            if callable(source):
                value = source(known)
            elif source in self.rules:
                value = self._sent(self.rules[source], known, reset=reset)
            else:
                value = known.get(source)
            if value is not None:
                put(request, aws, value)
        target: dict[str, Any] = {} if step.entry else request
        for rule in (self.rules[name] for name in self.row.sent_by(step)):
            if step.partial and changed and rule.name not in changed:
                continue
            value = self._sent(rule, known, reset=reset)
            if value is not None:
                put(target, rule.aws, attribute(rule, value))
        if step.entry:
            request[step.entry] = [target]
        return request

    def _sent(self, rule: Prop, known: Props, *, reset: bool = False) -> Any:
        value = known.get(rule.name)
        if value is not None:
            return send(rule, value)
        if not reset or rule.sticky:
            return None
        return rule.default if rule.reset is None else rule.reset

    def _differs_from_default(self, name: str, props: Props) -> bool:
        value = props.get(name)
        return not is_empty(value) and value != self.rules[name].default

    def _lasts(self, name: str, news: Props) -> bool:
        # An input that was taken out of the program must not live on as an output.
        rule = self.rules.get(name)
        return rule is not None and (rule.output or rule.sticky or name in news)

    def _changed(self, olds: Props, old_inputs: Props, news: Props) -> set[str]:
        return {change.name for change in self.changes(olds, old_inputs, news)}

    def _answered(self, answer: dict[str, Any]) -> Props:
        # A create may answer flat or under the resource's name; either may hold its ARN or id.
        flat = {
            **answer,
            **{k: v for part in answer.values() if isinstance(part, dict) for k, v in part.items()},
        }
        outputs = [rule for rule in self.row.props if rule.output and rule.aws]
        return {rule.name: flat[rule.aws] for rule in outputs if isinstance(flat.get(rule.aws), str)}

    def _half_done(self, error: ProviderError, known: Props, inputs: Props) -> InitFailedError:
        try:
            found = self.observe(known, inputs)
        except (ProviderError, KeyError):
            # Nobody can tell which settings took: the state claims none, so the next run makes them all.
            settings = {name for step in self.row.settings for name in step.triggers(self.row.keys)}
            claimed, kept = (
                {name: value for name, value in props.items() if name not in settings}
                for props in (inputs, known)
            )
            outputs = _shown(kept) | self._surroundings(inputs)
            return InitFailedError(str(error), self.row.id_of(_Blank(known)), outputs, claimed)
        return InitFailedError(str(error), found.id, found.outputs, found.inputs)

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
