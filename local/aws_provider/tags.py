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
    return [{"Key": key, "Value": value} for key, value in tags.items()] if tagging.pairs else dict(tags)


def tag_params(row: ResourceType, tags: Any) -> dict[str, Any]:
    """Return the tags' part of a create request."""
    if not row.tagging or not row.tagging.on_create or not tags:
        return {}
    return {row.tagging.tags: shaped(row.tagging, tags)}


def retag(handle: Handle, tagging: Tagging, known: Props, old: Mapping[str, str], new: Any) -> None:
    """Set and remove the tags that differ."""
    keys = {parameter: known[source] for parameter, source in tagging.key.items()}
    if tagging.whole:
        request: dict[str, Any] = dict(keys)
        if new:
            put(request, tagging.tags, shaped(tagging, new))
        if new or old:
            handle.call(tagging.tag if new else tagging.untag, **request)
        return
    removed = sorted(set(old) - set(new))
    if removed:
        handle.call(tagging.untag, **keys, **{tagging.keys: removed})
    changed = {key: value for key, value in new.items() if old.get(key) != value}
    if changed:
        handle.call(tagging.tag, **keys, **{tagging.tags: shaped(tagging, changed)})


def received(tagging: Tagging, raw: Any) -> dict[str, str]:
    """Convert tags from the service's shape, without AWS's own."""
    pairs = raw.items() if isinstance(raw, Mapping) else [(item["Key"], item["Value"]) for item in raw or ()]
    return {key: value for key, value in pairs if not key.startswith("aws:")}


def own(
    everything: Mapping[str, str], defaults: Mapping[str, str], kept: Mapping[str, str]
) -> dict[str, str]:
    """Return the program's own tags out of all: a default tag only if the program sets it too."""
    return {key: value for key, value in everything.items() if key in kept or defaults.get(key) != value}
