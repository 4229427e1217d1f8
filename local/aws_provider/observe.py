"""From what the service reports to a resource's outputs, and to the inputs that a refresh or import keeps."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from aws_provider.diff import AUTONAMED, DIGESTS
from aws_provider.failures import NotFoundError
from aws_provider.model import Kind, Prop, Props, ResourceType, Tagging
from aws_provider.services import Handle
from aws_provider.tags import own, seen
from aws_provider.wire import dig, is_empty, normal, receive


def outputs_of(row: ResourceType, known: Props, raw: Mapping[str, Any]) -> Props:
    """Give the outputs; where the service says the same in other words, the program's words stay."""
    outputs: Props = {}
    for rule in row.props:
        given = known.get(rule.name)
        if rule.kept or not rule.aws:
            value = given
        else:
            value = receive(rule, dig(raw, rule.reads or rule.aws))
            if given is not None and normal(rule, value) == normal(rule, given):
                value = given
        value = rule.default if value is None else value
        if value is not None:
            outputs[rule.name] = value
    inert = set(known) - {rule.name for rule in row.props} - {AUTONAMED, DIGESTS, "id"}
    outputs |= {name: known[name] for name in inert}
    return outputs


def tags_of(tagging: Tagging, handle: Handle, known: Props, raw: Mapping[str, Any], outputs: Props) -> Props:
    """Give the program's tags and all tags."""
    listed: Any = raw.get(tagging.tags)
    if tagging.read:
        everything_known = {**known, **outputs}
        named = {parameter: everything_known[source] for parameter, source in tagging.key.items()}
        try:
            listed = dig(handle.call(tagging.read.op, **named), tagging.read.at[0])
        except NotFoundError:
            listed = None  # S3's way to say that there are no tags
    everything = seen(tagging, listed)
    tags = own(everything, handle.services.settings.default_tags, known.get("tags") or {})
    return {"tagsAll": everything, "tags": tags}


def inputs_of(
    row: ResourceType, inputs: Props, known: Props, outputs: Props, defaults: Mapping[str, str]
) -> Props:
    """Give the inputs as they stand now: the program's where they still hold, the found values elsewhere."""
    importing = not inputs
    names = {rule.name for rule in row.props}
    now: Props = {name: value for name, value in inputs.items() if name not in names}
    for rule in row.props:
        if rule.output:
            continue
        given, found = inputs.get(rule.name), outputs.get(rule.name)
        if rule.kept:
            # What an import's id tells, such as an alias's function, nothing reports.
            value = known.get(rule.name) if importing else _drifted(rule, given, known, outputs)
        elif given is not None:
            value = _project(rule, given, found)
            value = given if normal(rule, value) == normal(rule, given) else value
        elif importing or not rule.sticky:
            value = None if normal(rule, found) == normal(rule, rule.default) else _project(rule, None, found)
        else:
            value = None
        if value is not None and not (given is None and is_empty(value)):
            now[rule.name] = value
    return now if not importing else {AUTONAMED: [], **now}


def _project(rule: Prop, given: Any, found: Any) -> Any:
    """Give what was found, less the parts of an object that the service computes or was left to choose."""
    if rule.kind in {Kind.BLOCKS, Kind.BLOCK_SET} and isinstance(found, list):
        one = replace(rule, kind=Kind.BLOCK)
        return [_project(one, was, now) for was, now in zip_longest(given or (), found) if now is not None]
    if rule.kind is not Kind.BLOCK or not isinstance(found, dict):
        return found
    kept: Props = {}
    for item in rule.fields:
        inner = given.get(item.name) if isinstance(given, dict) else None
        chosen = item.sticky and isinstance(given, dict) and inner is None
        if item.name in found and not item.output and not chosen:
            kept[item.name] = _project(item, inner, found[item.name])
    return kept


def _drifted(rule: Prop, given: Any, known: Props, outputs: Props) -> Any:
    """Give an archive a hash of its own if the bytes in the cloud are no longer the ones it stands for."""
    before, now = known.get(rule.digest), outputs.get(rule.digest)
    if not rule.digest or not isinstance(given, dict) or not before or not now or before == now:
        return given
    return {**given, "hash": f"changed-outside:{now}"}
