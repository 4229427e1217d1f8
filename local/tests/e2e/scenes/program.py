"""All scenes as one program of the real engine."""

from typing import Any

import pulumi

from aws_provider.types import TABLE
from scenes import ALL
from scenes.scene import PLACE, Made


def declare(*, changed: bool) -> dict[str, Any]:
    """Make every resource of every scene, with what is changed in place if asked for; return them by scene and name."""
    made: dict[str, pulumi.CustomResource] = {}
    for scene, resources in ALL.items():
        for each in resources:
            inputs = {**each.inputs, **(each.changes if changed else {})}
            filled = {name: _filled(value, scene, made) for name, value in inputs.items()}
            after = pulumi.ResourceOptions(depends_on=[made[f"{scene}-{name}"] for name in each.after])
            made[f"{scene}-{each.name}"] = _resource(each, f"{scene}-{each.name}", filled, after)
    return made


def _resource(
    each: Made, name: str, inputs: dict[str, Any], after: pulumi.ResourceOptions
) -> pulumi.CustomResource:
    # Only properties that are given, with or without a value, have an output.
    outputs = dict.fromkeys(prop.name for prop in TABLE[each.token].props if prop.name != "id")
    return pulumi.CustomResource(each.token, name, {**outputs, **inputs}, after)


def _filled(value: Any, scene: str, made: dict[str, pulumi.CustomResource]) -> Any:
    match value:
        case str():
            whole = PLACE.fullmatch(value)
            places = {place[0]: place for place in PLACE.finditer(value) if f"{scene}-{place[1]}" in made}
            found = {text: getattr(made[f"{scene}-{place[1]}"], place[2]) for text, place in places.items()}
            if not found:
                return value
            if whole:
                return found[whole[0]]
            return pulumi.Output.all(**found).apply(lambda values: _replaced(value, values))
        case dict():
            return {key: _filled(item, scene, made) for key, item in value.items()}
        case list():
            return [_filled(item, scene, made) for item in value]
        case _:
            return value


def _replaced(text: str, values: dict[str, Any]) -> str:
    for place, value in values.items():
        text = text.replace(place, str(value))
    return text
