"""The words a row of the resource table is written in: properties, service calls, tags, the row itself."""

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
    """What a property holds; decides how it is checked, compared and sent."""

    TEXT = "a string"
    WHOLE = "a whole number"
    NUMBER = "a number"
    FLAG = "true or false"
    SWITCH = "true or false, which the service calls Enabled and Suspended"
    LIST = "a list"
    SET = "a list, in any order"
    MAP = "a map"
    PAIRS = "a map, which the service keeps as a list of Name and Value"
    DOCUMENT = "a JSON document"
    """A policy: a list of one is its item, and lists have no order."""
    JSON = "a JSON text"
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
"""The pattern of an ARN, for where the model has nothing but its length."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What a text, a number or a list's entry may be. None leaves it to the service's own model."""

    low: float | None = None
    high: float | None = None
    """Bounds of a number, or of a text's length; giving one of them replaces both of the model's."""
    allowed: tuple[str, ...] | None = None
    pattern: str | None = None


@dataclass(frozen=True, kw_only=True)
class Prop(Limits):
    """One property: its Pulumi name, its path in the service's request and answer, and its rules."""

    name: str
    aws: str = ""
    """Dotted path in request and answer. Empty: kept in the state only."""
    reads: str = ""
    """Dotted path in the answer, where it is not the request's."""
    kind: Kind = Kind.TEXT
    default: Any = None
    """What leaving it out means; also what an update sends then, unless `reset` says otherwise."""
    reset: Any = None
    """In the service's shape: what an update sends to remove it."""
    required: bool = False
    replace: Replace = NEVER
    output: bool = False
    """Computed: never an input."""
    sticky: bool = False
    """Left out, the service chooses a value and keeps it: no difference."""
    kept: bool = False
    """Sent, but not reported back: the state keeps what was given."""
    fields: tuple["Prop", ...] = ()
    item: str = ""
    """For a list: the key to take from each entry of the answer."""
    plain: Callable[[str], str] | None = None
    """Gives what a text comes down to, where there is more than one way to write it."""
    digest: str = ""
    """For an archive: the output with the base64 SHA-256 of its zip, which tells drift."""


def _capitalised(name: str) -> str:
    return name[0].upper() + name[1:]


def prop(name: str, kind: Kind = Kind.TEXT, *, aws: str | None = None, **rules: Any) -> Prop:
    """Return an input; without `aws` the service's parameter has its name, capitalised."""
    return Prop(name=name, aws=_capitalised(name) if aws is None else aws, kind=kind, **rules)


def unmapped(name: str, kind: Kind = Kind.TEXT, *, kept: bool = True, **rules: Any) -> Prop:
    """Return an input that is no parameter of its own: the state keeps it, and functions of the row may use it."""
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
"""A property's name, sent as that property is, or a function of all that is known."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One service operation and where its parameters come from."""

    op: str
    params: Mapping[str, Param] = field(default_factory=dict)
    sends: tuple[str, ...] = ()
    """Properties sent under their own `aws` paths."""
    also: tuple[str, ...] = ()
    """Properties that call for it without being sent."""
    partial: bool = False
    """In an update, of `sends` only what changed."""
    entry: str = ""
    """The parameter that takes a list, for a call that is sent `sends` as the list's only entry."""
    each: tuple[str, ...] = ()
    """Properties set one by one, as AttributeName and AttributeValue."""
    at: tuple[str, ...] = ("",)
    """Dotted paths in a reading's answer, merged in this order; a JSON text on the way is read as JSON."""
    match: Mapping[str, str] = field(default_factory=dict)
    """For a list at the path: which entry, as {key of the entry: property}. All pages are looked through."""
    under: str = ""
    """Where a reading's answer goes as a whole, when it would not be told apart otherwise."""
    absent: "Call | None" = None
    """Made instead when all the properties that trigger this call are left out."""

    def triggers(self, keys: Iterable[str]) -> set[str]:
        """Name the properties whose change calls for this call."""
        named = {value for value in self.params.values() if isinstance(value, str)}
        return (named | {*self.sends, *self.each, *self.also}) - set(keys)


def call(op: str, params: Mapping[str, Param] | None = None, /, **rules: Any) -> Call:
    """Give a call; parameters first."""
    return Call(op=op, params=params or {}, **rules)


@dataclass(frozen=True, kw_only=True)
class Tagging:
    """How a service tags: the calls, and the shape its tags have."""

    tag: str
    untag: str
    key: Mapping[str, str]
    """The parameters that name the resource, and the properties that they take."""
    tags: str = "Tags"
    keys: str = "TagKeys"
    pairs: bool = True
    """A list of Key and Value; otherwise a map."""
    read: Call | None = None
    """Where to read them, if the resource's own reading does not carry them under `tags`."""
    on_create: bool = True
    whole: bool = False
    """One call sets them all; `untag` removes them all."""
    lost: bool = False
    """Writing the resource again takes its tags away."""


Finish = Callable[["Handle", Props, set[str]], None]

Check = Callable[[Props], Iterable[tuple[str, str]]]
"""Looks at all the inputs together; gives (property, what is wrong and how to mend it)."""


@dataclass(frozen=True)
class ResourceType:
    """A row of the table: everything the engine beneath must know of one resource type."""

    token: str
    _: KW_ONLY
    noun: str
    service: str
    props: tuple[Prop, ...]
    keys: tuple[str, ...]
    """The properties that name it in the service; two resources cannot share them."""
    id: str
    """Its id, as a format string over its properties; a part in brackets is left out if its property says no
    more than leaving it out would."""
    imports: str
    """A regular expression over an id given to `pulumi import`, with a named group for each key."""
    create: Call
    """Sends every property but those of `settings`, unless it says which."""
    read: tuple[Call, ...]
    delete: Call | None = None
    """None if `clear` does it all."""
    update: tuple[Call, ...] = ()
    """Made in order, each when a property it sends has changed."""
    settings: tuple[Call, ...] = ()
    """Like `update`, and after a create as well."""
    form: str = ""
    """How an id to import is written, where that is not `id`."""
    name: str = ""
    """The property that is named automatically when left out."""
    name_lower: bool = False
    name_random: bool = True
    """An automatic name ends in random letters, so a replacement can stand beside what it replaces."""
    tagging: Tagging | None = None
    regional: bool = True
    checks: tuple[Check, ...] = ()
    ready: "Callable[[Handle, Props], Props | None] | None" = None
    """Waits until the service has done what the last call asked for; gives the outputs that only it could learn."""
    made: "Finish | None" = None
    """Runs last in a create, with the names of the properties given."""
    complete: "Callable[[Handle, Props], Props] | None" = None
    """Gives the computed outputs that no reading carries."""
    finish: "Finish | None" = None
    """Runs last in an update, with the names of the changed properties."""
    unsettled: Callable[[Props, set[str]], set[str]] | None = None
    """Names the outputs that an update with these changes will alter."""
    clear: "Callable[[Handle, Props], None] | None" = None
    """Runs before the delete: empties what the service would refuse to delete."""
    lingers: bool = False
    """Readings find it for a while after its delete, which waits that out."""

    @cached_property
    def by_name(self) -> dict[str, Prop]:
        """Return the properties by their names."""
        return {prop.name: prop for prop in self.props}

    def sent_by(self, step: Call) -> tuple[str, ...]:
        """Name the properties that a call sends under their own paths."""
        if step is not self.create or step.sends:
            return step.sends
        return self._creatable

    @cached_property
    def _creatable(self) -> tuple[str, ...]:
        later = {name for step in self.settings for name in step.triggers(self.keys)}
        return tuple(p.name for p in self.props if p.aws and not p.output and p.name not in later)

    def id_of(self, props: Mapping[str, Any]) -> str:
        """Fill in the id."""

        def optional(part: re.Match[str]) -> str:
            names = re.findall(r"\{(\w+)\}", part[1])
            said = all(props.get(name) not in {None, self.by_name[name].default} for name in names)
            return part[1] if said else ""

        return re.sub(r"\[(.+?)\]", optional, self.id).format_map(props)
