"""A resource's outputs, and the inputs that a refresh or import keeps, from what the service reports."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from aws_provider.diff import AUTONAMED, DIGESTS
from aws_provider.failures import NotFoundError
from aws_provider.model import Kind, Prop, Props, ResourceType, Tagging
from aws_provider.services import Handle
from aws_provider.tags import named, own, received
from aws_provider.wire import alike, dig, is_empty, normal, receive


def outputs_of(row: ResourceType, known: Props, raw: Mapping[str, Any]) -> Props:
    """Return the outputs: the program's own form of a value where the service reports the same in another form."""
    outputs: Props = {}
    for prop in row.props:
        stated = known.get(prop.name)
        if prop.kept or not prop.aws:
            value = stated
        else:
            value = receive(
                prop, prop.reads(raw) if callable(prop.reads) else dig(raw, prop.reads or prop.aws)
            )
            if stated is not None and alike(prop, value, stated):
                value = stated
        value = prop.default if value is None else value
        if value is not None:
            outputs[prop.name] = value
    inert = set(known) - {prop.name for prop in row.props} - {AUTONAMED, DIGESTS, "id"}
    outputs |= {name: known[name] for name in inert}
    return outputs


def tags_of(tagging: Tagging, handle: Handle, known: Props, raw: Mapping[str, Any], outputs: Props) -> Props:
    """Return the program's tags and all tags."""
    reported: Any = raw.get(tagging.tags)
    if tagging.read:
        try:
            answer = handle.call(tagging.read.op, **named(tagging, {**known, **outputs}))
            reported = dig(answer, tagging.read.at[0])
        except NotFoundError:
            reported = None  # S3 answers so when there are no tags
    everything = received(tagging, reported)
    tags = own(everything, handle.services.settings.default_tags, known.get("tags") or {})
    return {"tagsAll": everything, "tags": tags}


def inputs_of(
    row: ResourceType, inputs: Props, known: Props, outputs: Props, defaults: Mapping[str, str]
) -> Props:
    """Return the present inputs: the program's where they still hold, what the service reports elsewhere."""
    importing = not inputs
    names = {prop.name for prop in row.props}
    now: Props = {name: value for name, value in inputs.items() if name not in names}
    for prop in row.props:
        if prop.output:
            continue
        stated, reported = inputs.get(prop.name), outputs.get(prop.name)
        if prop.kept:
            # No answer reports what an import's id contains, such as an alias's function.
            value = known.get(prop.name) if importing else _drifted(prop, stated, known, outputs)
        elif stated is not None:
            value = _project(prop, stated, reported)
            value = stated if alike(prop, value, stated) else value
        elif importing or not prop.sticky:
            value = (
                None
                if normal(prop, reported) == normal(prop, prop.default)
                else _project(prop, None, reported)
            )
        else:
            value = None
        if value is not None and not (stated is None and is_empty(value)):
            now[prop.name] = value
    return now if not importing else {AUTONAMED: [], **now}


def _project(prop: Prop, stated: Any, reported: Any) -> Any:
    """Return what the service reports, without the parts of an object that it computed or chose itself."""
    if prop.kind in {Kind.BLOCKS, Kind.BLOCK_SET} and isinstance(reported, list):
        entry = replace(prop, kind=Kind.BLOCK)
        return [
            _project(entry, was, now) for was, now in zip_longest(stated or (), reported) if now is not None
        ]
    if prop.kind is not Kind.BLOCK or not isinstance(reported, dict):
        return reported
    kept: Props = {}
    for item in prop.fields:
        inner = stated.get(item.name) if isinstance(stated, dict) else None
        chosen = item.sticky and isinstance(stated, dict) and inner is None
        if item.name in reported and not item.output and not chosen:
            kept[item.name] = _project(item, inner, reported[item.name])
    return kept


def _drifted(prop: Prop, stated: Any, known: Props, outputs: Props) -> Any:
    """Return the archive, with another hash if the bytes in the cloud are no longer its own."""
    before, now = known.get(prop.digest), outputs.get(prop.digest)
    if not prop.digest or not isinstance(stated, dict) or not before or not now or before == now:
        return stated
    return {**stated, "hash": f"changed-outside:{now}"}
