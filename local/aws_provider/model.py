"""What a row of the resource table consists of: properties, service calls, tags, and the row itself."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aws_provider.services import Handle

Props = dict[str, Any]
"""Properties by Pulumi name, secrets unwrapped."""


class Kind(Enum):
    """The type of a property; decides how it is checked, compared and sent."""

    TEXT = "a string"
    WHOLE = "a whole number"
    NUMBER = "a number"
    FLAG = "true or false"
    SWITCH = "true or false, which the service calls Enabled and Suspended"
    ONE = "a string, which the service keeps as a list of one"
    LIST = "a list"
    SET = "a list, in any order"
    MAP = "a map"
    PAIRS = "a map, which the service keeps as a list of Name and Value"
    DOCUMENT = "a JSON document"
    """A policy: lists have no order, and a list of one entry equals that entry."""
    JSON = "a JSON text"
    JSON_TEXT = "a JSON text whose spaces count"
    TIME = "a time, such as 2030-01-01T00:00:00Z"
    BLOCK = "an object"
    BLOCKS = "a list of objects"
    BLOCK_SET = "a list of objects, in any order"
    ARCHIVE = "an archive"
    ASSET = "an asset or archive"


class Replace(Enum):
    """When a change of a property makes a new resource."""

    NEVER = 0
    ALWAYS = 1
    PRESENCE = 2
    """Adding or removing it replaces; changing what is inside does not."""


NEVER, ALWAYS, PRESENCE = Replace.NEVER, Replace.ALWAYS, Replace.PRESENCE

ARN = r"arn:.+"
"""The pattern of an ARN, for parameters of which the model has only the length."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a number, a text or an entry of a list may be; for what is None, the service's own model decides."""

    low: float | None = None
    high: float | None = None
    """Bounds of a number, or of a text's length; one of them replaces both of the model's."""
    allowed: tuple[str, ...] | None = None
    pattern: str | None = None
    most: int | None = None
    """How many entries a list may have."""


@dataclass(frozen=True, kw_only=True)
class Prop(Limits):
    """One property: its Pulumi name, its path in the service's request and answer, and its rules."""

    name: str
    aws: str = ""
    """Dotted path in request and answer. Empty: in the state only."""
    reads: str | Callable[[Mapping[str, Any]], Any] = ""
    """Dotted path in the answer, where it is another; or what finds it there."""
    kind: Kind = Kind.TEXT
    default: Any = None
    """What its absence means; also what an update sends then, if there is no `reset`."""
    reset: Any = None
    """What an update sends to remove it, in the service's shape."""
    required: bool = False
    replace: "Replace | Callable[[Any, Any], bool]" = NEVER
    """A function says it of the old and the new value."""
    output: bool = False
    """Computed: never an input."""
    sticky: bool = False
    """Without it the service chooses a value and keeps it, which is no difference."""
    sticky_while: str = ""
    """A property beside it, whose change makes the service choose again."""
    kept: bool = False
    """Sent, but not reported: the outputs have the input."""
    fields: tuple["Prop", ...] = ()
    item: str = ""
    """For a list: the key to take from each entry of the answer."""
    plain: Callable[[str], str] | None = None
    """Returns the shortest form of a text that can be written in several."""
    identity: Callable[[str], str] | None = None
    """Like `plain`, but between two of these forms a change is a change, although they name the same thing."""
    digest: str = ""
    """For an archive: the output with the base64 SHA-256 of its zip, which shows drift."""


def _capitalised(name: str) -> str:
    return name[0].upper() + name[1:]


def prop(name: str, kind: Kind = Kind.TEXT, *, aws: str | None = None, **rules: Any) -> Prop:
    """Return an input; without `aws` the service's parameter has its name, capitalised."""
    return Prop(name=name, aws=_capitalised(name) if aws is None else aws, kind=kind, **rules)


def unmapped(name: str, kind: Kind = Kind.TEXT, *, kept: bool = True, **rules: Any) -> Prop:
    """Return an input that is sent under no name of its own; calls and functions of the row may use it."""
    return prop(name, kind, aws="", kept=kept, **rules)


def attribute(name: str, kind: Kind = Kind.TEXT, *, aws: str = "", **rules: Any) -> Prop:
    """Return an input that the service keeps among its `Attributes`, a map of texts."""
    key = aws or _capitalised(name)
    return prop(name, kind, aws=f"Attributes.{key}", reads=key, **rules)


def prefix(name: str) -> Prop:
    """Return the input that an automatic name begins with."""
    return unmapped(name, sticky=True, replace=ALWAYS)


def output(name: str, kind: Kind = Kind.TEXT, *, aws: str | None = None, **rules: Any) -> Prop:
    """Return a computed property that an answer carries."""
    return prop(name, kind, aws=aws, output=True, **rules)


def computed(name: str, kind: Kind = Kind.TEXT, **rules: Any) -> Prop:
    """Return a computed property that the row's `complete` sets."""
    return output(name, kind, aws="", **rules)


def block(name: str, *fields: Prop, aws: str | None = None, kind: Kind = Kind.BLOCK, **rules: Any) -> Prop:
    """Return an object with properties of its own, or a list of such objects."""
    return prop(name, kind, aws=aws, fields=fields, **rules)


Param = str | Callable[[Props], Any]
"""The name of a property, which is sent in its own shape, or a function of all known properties."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One operation of a service, and where its parameters come from."""

    op: str
    params: Mapping[str, Param] = field(default_factory=dict)
    sends: tuple[str, ...] = ()
    """Properties sent under their own `aws` paths."""
    also: tuple[str, ...] = ()
    """Properties whose change needs this call, though it does not send them."""
    partial: bool = False
    """An update sends only the changed ones of `sends`."""
    entry: str = ""
    """The parameter with a list whose only entry consists of `sends`."""
    each: tuple[str, ...] = ()
    """Properties set one by one, as AttributeName and AttributeValue."""
    at: tuple[str, ...] = ("",)
    """For a read: dotted paths in the answer, merged in this order; a JSON text on the path is parsed."""
    match: Mapping[str, str] = field(default_factory=dict)
    """For a list at the path: the entry with these values, as {key of the entry: property}, on any page."""
    under: str = ""
    """For a read: the key for the whole answer, where its own keys would be ambiguous."""
    absent: "Call | None" = None
    """Made instead when none of the properties that trigger this call is set."""

    def triggers(self, keys: Iterable[str]) -> set[str]:
        """Return the properties whose change needs this call."""
        properties = {value for value in self.params.values() if isinstance(value, str)}
        return (properties | {*self.sends, *self.each, *self.also}) - set(keys)


def call(
    op: str, params: Mapping[str, Param] | None = None, /, sends: Iterable[str | Prop] = (), **rules: Any
) -> Call:
    """Return a call; what it sends are properties or their names."""
    names = tuple(each.name if isinstance(each, Prop) else each for each in sends)
    return Call(op=op, params=params or {}, sends=names, **rules)


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """How a service tags: the calls, and the shape of the tags."""

    tag: str
    untag: str
    key: Mapping[str, Param]
    """The parameters that name the resource, and their properties."""
    tags: str = "Tags"
    keys: str = "TagKeys"
    """The parameter of `untag`; if it is that of `tags`, it takes the entries of the list without values."""
    pairs: bool = True
    """A list of entries; otherwise a map."""
    entry: tuple[str, str] = ("Key", "Value")
    """What an entry calls the key and the value."""
    read: Call | None = None
    """How to read them, if the resource's own reads do not return them under `tags`."""
    on_create: bool = True
    whole: bool = False
    """`tag` replaces all tags; `untag` removes all."""
    lost: bool = False
    """Updating the resource removes its tags."""


Hook = Callable[["Handle", Props, set[str]], None]

Check = Callable[[Props], Iterable[tuple[str, str]]]
"""Checks all inputs together; yields (property, what is wrong and how to fix it)."""


def refused(why: str, *names: str) -> Check:
    """Return the check that refuses inputs which the local cloud would drop; an object's are `object.field`."""

    def check(inputs: Props) -> Iterable[tuple[str, str]]:
        for name in names:
            head, _, field_name = name.partition(".")
            given = inputs.get(head)
            parts = [given] if not field_name else given if isinstance(given, list) else []
            values = [
                part.get(field_name) if field_name and isinstance(part, dict) else part for part in parts
            ]
            if any(value not in (None, False, [], {}) for value in values):
                yield name, why

    return check


@dataclass(frozen=True)
class ResourceType:
    """A row of the table: all that the provider knows of one resource type."""

    token: str
    _: KW_ONLY
    noun: str
    service: str
    props: tuple[Prop, ...]
    keys: tuple[str, ...]
    """The properties that identify it in the service."""
    id: str
    """Its id, as a format string over its properties; without a part in brackets if its property has its default."""
    imports: str
    """A regular expression for the id of `pulumi import`, with a named group for each key."""
    create: Call
    """Sends all properties but those of `settings`, if it has no `sends`."""
    read: tuple[Call, ...]
    delete: Call | None = None
    """None if `clear` deletes it."""
    update: tuple[Call, ...] = ()
    """Made in this order, each if one of its properties has changed."""
    settings: tuple[Call, ...] = ()
    """Like `update`, and after a create as well."""
    form: str = ""
    """The form of an id to import, where that is not `id`."""
    name: str = ""
    """The property with an automatic name."""
    name_lower: bool = False
    name_begins: str = ""
    """How every name has to begin."""
    name_random: bool = True
    """An automatic name ends in random letters, so that a replacement can exist beside what it replaces."""
    tagging: Tagging | None = None
    regional: bool = True
    checks: tuple[Check, ...] = ()
    ready: "Callable[[Handle, Props], Props | None] | None" = None
    """Waits until the last call has taken effect; returns the outputs that become known with that."""
    created: "Hook | None" = None
    """Runs last in a create, with the names of the inputs."""
    renamed: "Callable[[Handle, Props, Props], None] | None" = None
    """Runs first in an update, with the old properties and the new ones: what has a key that changes in place."""
    complete: "Callable[[Handle, Props], Props] | None" = None
    """Returns the computed outputs that no read returns."""
    updated: "Hook | None" = None
    """Runs last in an update, with the names of the changed properties."""
    unsettled: Callable[[Props, set[str]], set[str]] | None = None
    """Returns the outputs that an update with these changes alters."""
    clear: "Callable[[Handle, Props], None] | None" = None
    """Runs before the delete, where the service refuses to delete what is not empty."""
    lingers: bool = False
    """It can still be read for a while after its delete, which waits for the end of that."""

    @cached_property
    def by_name(self) -> dict[str, Prop]:
        """Return the properties by their names."""
        return {prop.name: prop for prop in self.props}

    def sent_by(self, step: Call) -> tuple[str, ...]:
        """Return the names of the properties that a call sends under their own paths."""
        if step is not self.create or step.sends:
            return step.sends
        return self._creatable

    @cached_property
    def _creatable(self) -> tuple[str, ...]:
        later = {name for step in self.settings for name in step.triggers(self.keys)}
        return tuple(p.name for p in self.props if p.aws and not p.output and p.name not in later)

    def id_of(self, props: Mapping[str, Any]) -> str:
        """Return the id of a resource with these properties."""

        def optional(part: re.Match[str]) -> str:
            names = re.findall(r"\{(\w+)\}", part[1])
            needed = all(props.get(name) not in {None, self.by_name[name].default} for name in names)
            return part[1] if needed else ""

        return re.sub(r"\[(.+?)\]", optional, self.id).format_map(props)
