"""How a scene is written down: resources of the types of one service, and what is done to each of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Props = dict[str, Any]
Call = tuple[str, str, Props]
"""A service, an operation and its parameters."""


@dataclass(frozen=True)
class Made:
    """A resource of a scene. A text may contain `${name.property}`: a property of a resource that was made before."""

    name: str
    token: str
    inputs: Props = field(default_factory=dict)
    changes: Props = field(default_factory=dict)
    """What is changed in place and then taken back; None takes an input out."""
    replaced_by: Props = field(default_factory=dict)
    """Inputs of which each makes a new resource."""
    drift: Call | None = None
    """What is done behind the provider's back."""
    drifts: tuple[str, ...] = ()
    """The inputs that differ then."""
    imported: str = ""
    """The id to import, if it is not the resource's own."""
    import_differs: tuple[str, ...] = ()
    """Inputs that an import does not find as they are in the program."""
    after: tuple[str, ...] = ()
    """What has to be there first, beside what its inputs name."""
    stays: bool = False
    """Whether the service still shows it after its delete."""


Scene = tuple[Made, ...]


PLACE = re.compile(r"\$\{([\w-]+)\.(\w+)\}")


def filled(value: Any, made: Mapping[str, Props]) -> Any:
    """Return the value with the properties of what was made before in their places."""
    match value:
        case str():
            whole = PLACE.fullmatch(value)
            if whole and whole[1] in made:
                return made[whole[1]][whole[2]]
            return PLACE.sub(
                lambda place: str(made[place[1]][place[2]]) if place[1] in made else place[0], value
            )
        case dict():
            return {key: filled(item, made) for key, item in value.items()}
        case list() | tuple():
            return type(value)(filled(item, made) for item in value)
        case _:
            return value
