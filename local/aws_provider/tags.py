"""Tags: the program's own, the provider's defaults, and how the service keeps them."""

from collections.abc import Mapping
from typing import Any

from aws_provider.model import Props, ResourceType, Tagging
from aws_provider.services import Handle
from aws_provider.values import UNKNOWN
from aws_provider.wire import put


def merged(defaults: Mapping[str, str], inputs: Props) -> Any:
    """Return all the tags of a resource; its own take precedence over the defaults."""
    own = inputs.get("tags")
    return UNKNOWN if own is UNKNOWN else {**defaults, **(own or {})}


def shaped(tagging: Tagging, tags: Mapping[str, str]) -> Any:
    """Convert tags to the service's shape."""
    if not tagging.pairs:
        return dict(tags)
    key, value = tagging.entry
    return [{key: name, value: text} for name, text in tags.items()]


def named(tagging: Tagging, known: Props) -> dict[str, Any]:
    """Return the parameters that name the resource in the calls that read and write its tags."""
    return {
        name: source(known) if callable(source) else known[source] for name, source in tagging.key.items()
    }


def tag_params(row: ResourceType, tags: Any) -> dict[str, Any]:
    """Return the tags' part of a create request."""
    if not row.tagging or not row.tagging.on_create or not tags:
        return {}
    return {row.tagging.tags: shaped(row.tagging, tags)}


def retag(handle: Handle, tagging: Tagging, known: Props, old: Mapping[str, str], new: Any) -> None:
    """Set and remove the tags that differ."""
    keys = named(tagging, known)
    if tagging.whole:
        request: dict[str, Any] = dict(keys)
        if new:
            put(request, tagging.tags, shaped(tagging, new))
        if new or old:
            handle.call(tagging.tag if new else tagging.untag, **request)
        return
    removed = sorted(set(old) - set(new))
    if removed:
        bare = [{tagging.entry[0]: name} for name in removed] if tagging.keys == tagging.tags else removed
        handle.call(tagging.untag, **keys, **{tagging.keys: bare})
    changed = {key: value for key, value in new.items() if old.get(key) != value}
    if changed:
        handle.call(tagging.tag, **keys, **{tagging.tags: shaped(tagging, changed)})


def received(tagging: Tagging, raw: Any) -> dict[str, str]:
    """Convert tags from the service's shape, without AWS's own."""
    name, text = tagging.entry
    pairs = raw.items() if isinstance(raw, Mapping) else [(item[name], item[text]) for item in raw or ()]
    return {key: value for key, value in pairs if not key.startswith("aws:")}


def own(
    everything: Mapping[str, str], defaults: Mapping[str, str], kept: Mapping[str, str]
) -> dict[str, str]:
    """Return the program's own tags out of all: a default tag only if the program sets it too."""
    return {key: value for key, value in everything.items() if key in kept or defaults.get(key) != value}
