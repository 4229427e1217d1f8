"""What a newer schema of the component package, or of stack files, takes away from what was written for an older one."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
TYPE = ("type", "$ref", "items", "additionalProperties", "oneOf", "plain")


def broken(old: Schema, new: Schema) -> list[str]:
    """Return what programs lose; what is new, or described otherwise, is no loss."""
    return [
        *_lost_of("resource", old["resources"], new["resources"], _lost_of_resource),
        *_lost_of("type", old["types"], new["types"], _lost_of_type),
    ]


def broken_keys(old: Schema, new: Schema) -> list[str]:
    """Return what stack files lose, of the keys that Pulumi.yaml declares."""
    return [*_lost_of("key", old, new, _lost_of_key), *_newly_required("key", _asked(old), _asked(new))]


def _asked(keys: Schema) -> list[str]:
    """Return what a stack file has to say: what the engine asks for, or the program."""
    return [
        key
        for key, declared in keys.items()
        if not {"default", "value"} & {*declared} or declared.get("description", "").startswith("Required. ")
    ]


def _lost_of_key(old: Schema, new: Schema) -> Iterator[str]:
    # A key without a type takes any value, as far as the engine is concerned.
    if "type" in new:
        yield from _lost_of_property(old, new)


def _lost_of(kind: str, old: Schema, new: Schema, compare: Any) -> Iterator[str]:
    for name in old:
        if name not in new:
            yield f"{kind} {name} is gone"
        else:
            yield from (f"{name}: {loss}" for loss in compare(old[name], new[name]))


def _lost_of_resource(old: Schema, new: Schema) -> Iterator[str]:
    yield from _lost_of("input", old["inputProperties"], new["inputProperties"], _lost_of_input)
    yield from _newly_required("input", old["requiredInputs"], new["requiredInputs"])
    yield from _lost_of("output", old["properties"], new["properties"], _lost_of_property)
    for name in sorted(({*old["required"]} - {*new["required"]}) & {*new["properties"]}):
        yield f"output {name} may be missing now"


def _lost_of_type(old: Schema, new: Schema) -> Iterator[str]:
    yield from _lost_of("property", old["properties"], new["properties"], _lost_of_input)
    yield from _newly_required("property", old["required"], new["required"])


def _newly_required(kind: str, old: list[str], new: list[str]) -> Iterator[str]:
    yield from (f"{kind} {name} is required now" for name in sorted({*new} - {*old}))


def _lost_of_input(old: Schema, new: Schema) -> Iterator[str]:
    if not _takes_more(_shape(old), _shape(new)):
        yield from _lost_of_property(old, new)


def _lost_of_property(old: Schema, new: Schema) -> Iterator[str]:
    before, after = _shape(old), _shape(new)
    if before != after:
        yield f"its type was {before} and is {after}"
    if old.get("secret") and not new.get("secret"):
        yield "it is no secret any more"


def _takes_more(before: Any, after: Any) -> bool:
    """Tell whether a type takes all that the older one took, since a part of it takes anything now."""
    if isinstance(after, dict) and after.get("$ref") == "pulumi.json#/Any":
        return True
    if not (isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys()):
        return bool(before == after)
    return all(_takes_more(before[key], after[key]) for key in before)


def _shape(declared: Any) -> Any:
    """Return a type without what is said of it."""
    if isinstance(declared, list):
        return [_shape(each) for each in declared]
    if not isinstance(declared, dict):
        return declared
    return {key: _shape(value) for key, value in declared.items() if key in TYPE}
