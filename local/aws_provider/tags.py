"""Tags: the program's own, the provider's defaults, and the service's way to keep them."""

from collections.abc import Mapping
from typing import Any

from aws_provider.model import Props, ResourceType, Tagging
from aws_provider.services import Handle
from aws_provider.values import UNKNOWN
from aws_provider.wire import put


def merged(defaults: Mapping[str, str], inputs: Props) -> Any:
    """Give all the tags a resource is to have; its own win over the defaults."""
    own = inputs.get("tags")
    return UNKNOWN if own is UNKNOWN else {**defaults, **(own or {})}


def shaped(tagging: Tagging, tags: Mapping[str, str]) -> Any:
    """Give tags the way the service takes them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()] if tagging.pairs else dict(tags)


def tag_params(row: ResourceType, tags: Any) -> dict[str, Any]:
    """Give the part of a create request that tags what it makes."""
    if not row.tagging or not row.tagging.on_create or not tags:
        return {}
    return {row.tagging.tags: shaped(row.tagging, tags)}


def retag(handle: Handle, tagging: Tagging, known: Props, old: Mapping[str, str], new: Any) -> None:
    """Change the tags that differ."""
    named = {parameter: known[source] for parameter, source in tagging.key.items()}
    if tagging.whole:
        request: dict[str, Any] = dict(named)
        if new:
            put(request, tagging.tags, shaped(tagging, new))
        if new or old:
            handle.call(tagging.tag if new else tagging.untag, **request)
        return
    gone = sorted(set(old) - set(new))
    if gone:
        handle.call(tagging.untag, **named, **{tagging.keys: gone})
    fresh = {key: value for key, value in new.items() if old.get(key) != value}
    if fresh:
        handle.call(tagging.tag, **named, **{tagging.tags: shaped(tagging, fresh)})


def seen(tagging: Tagging, raw: Any) -> dict[str, str]:
    """Give the tags from an answer, AWS's own left out."""
    pairs = raw.items() if isinstance(raw, Mapping) else [(item["Key"], item["Value"]) for item in raw or ()]
    return {key: value for key, value in pairs if not key.startswith("aws:")}


def own(
    everything: Mapping[str, str], defaults: Mapping[str, str], kept: Mapping[str, str]
) -> dict[str, str]:
    """Give the tags that are the program's, out of all: a default's only if the program set it too."""
    return {key: value for key, value in everything.items() if key in kept or defaults.get(key) != value}
