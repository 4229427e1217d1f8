"""The pages of docs/reference/, read from the components' signatures and docstrings by griffe."""

from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Annotated, Literal, NotRequired, get_args, get_origin

import griffe

import components
from docs.snippets import run

EXAMPLES = {
    "DurableFunction": """
refunds = DurableFunction(
    "refunds",
    {
        "code_path": "functions/orders",
        "runtime": "python3.13",
        "handler": "order_workflow.handler",
        "execution_timeout_seconds": 24 * 3600,
    },
)
pulumi.export("invoke", refunds.alias_arn)
""",
    "StandardFunction": """
resume = StandardFunction(
    "resume",
    {"code_path": "functions/payments", "runtime": "nodejs24.x", "handler": "index.handler"},
)
orders.grant_callback("resume", resume)  # it answers callbacks of orders
orders.grant_invoke("resume-starts", resume)  # and starts its executions
resume.grant_invoke("orders", orders)  # orders calls it by context.invoke
pulumi.export("url", resume.add_url("hook", {"authorization": "NONE"}).url)
""",
    "DurableExecutionRole": """
role = DurableExecutionRole(
    "reports",
    {"statements": [{"actions": ["s3:GetObject"], "resources": [pulumi.Output.concat(bucket.arn, "/*")]}]},
)
""",
    "InvokeGrant": """
orders.grant_invoke("approver", approver_role)  # the function's method
InvokeGrant(  # the component, for a service: only for one of its resources
    "orders-api",
    {
        "qualified_arn": orders.alias_arn,
        "service": "apigateway.amazonaws.com",
        "source_arn": "arn:aws:execute-api:eu-west-1:123456789012:a1b2c3/*/POST/orders",
    },
)
""",
    "CallbackGrant": 'orders.grant_callback("approver", approver_role)',
    "ExecutionGrant": 'orders.grant_operate("on-call", approver_role)  # and grant_read, grant_pause, grant_delete',
    "SecretGrant": 'orders.allow_secret("card-key", secret.arn, key.arn)',
    "AccessGrant": """
orders.allow("uploads", bucket.arn, "read")  # the function's method
orders.allow("news", topic.arn, "write")
""",
    "ScheduleTrigger": """
orders.on_schedule(
    "nightly",
    {"schedule": "cron(0 3 * * ? *)", "timezone": "Europe/Berlin", "event": {"action": "reconcile"}},
)
""",
    "EventTrigger": 'orders.on_event("sold", {"event_pattern": {"source": ["shop"], "detail-type": ["sold"]}})',
    "TopicTrigger": 'orders.on_topic("news", {"topic_arn": topic.arn, "filter_policy": {"kind": ["order"]}})',
    "BucketTrigger": 'orders.on_bucket("uploads", {"bucket": bucket.id, "suffix": ".csv"})',
    "QueueTrigger": """
quotes.on_queue("inbox", {"queue_arn": queue.arn})  # executions of at most 15 minutes
orders.on_queue("inbox", {"queue_arn": queue.arn, "intermediary": True})  # any
""",
    "StreamTrigger": """
orders.on_stream("clicks", {"kinesis_stream_arn": stream.arn, "intermediary": True})
""",
    "UrlTrigger": 'pulumi.export("url", quotes.add_url("api").url)',
    "AlarmTopic": """
alarms = AlarmTopic("alarms", {"emails": ["ops@shop.example"]})
pulumi.export("alarms", alarms.topic_arn)
""",
    "DurableMonitoring": """
DurableMonitoring("durable", {"functions": {"orders": orders.function_name, "quotes": quotes.function_name}})
""",
}
"""The example on each page. It is run to list the resources that it makes; its names come from docs/snippets.py."""

_OTHER_NAMES = (
    ("Functions", ("register_guard", "cost_hint", "cost_of", "public_prices", "Workload", "Prices")),
    ("Types", ("RoleStatement", "Grantee", "Args")),
    (
        "Errors",
        (
            "DurableFunctionsError",
            "InvalidArgsError",
            "Problem",
            "InvalidArnError",
            "PackagingError",
            "ExecutionsInFlightError",
        ),
    ),
)


@cache
def _package() -> griffe.Module:
    loaded = griffe.load(
        "components",
        search_paths=[Path(__file__).resolve().parents[1]],
        docstring_parser=griffe.Parser.google,
        resolve_aliases=True,
    )
    assert isinstance(loaded, griffe.Module)
    return loaded


def _file(name: str) -> str:
    return "".join(f"-{each.lower()}" if each.isupper() else each for each in name).lstrip("-") + ".md"


def _index() -> str:
    rows = [(f"[{name}]({_file(name)})", _text(_class(name)).splitlines()[0]) for name in EXAMPLES]
    return f"""# Reference

Every component, generated from its code. Import them from `pulumi_durable_functions`, the name under which
`components/` is [installed](../other-languages.md).

{_table(("component", "description"), rows)}

[Functions and errors](functions.md) describes everything else in the package, and [Errors](../errors.md) lists the
message for each wrong argument.

## How to read the tables

The column *type* says which arguments are required. The description of every other argument has its default. An
argument of type `Input` may be an output of another resource; the others must be known when the program runs. If a type
lists values, a type checker refuses other values, and also a variable of type `str`: declare it as a `Literal` of these
values, or declare the dict that contains it as `DurableFunctionOptions`.

The methods of a DurableFunction or StandardFunction (`grant_...`, `allow`, `allow_secret`, `on_...`, `add_url`) make the grants
and triggers, and set the arguments that refer to the function itself: `qualified_arn`, `function_arn`,
`execution_timeout_seconds`, `role_name`.

The examples use `orders` and `quotes`, two DurableFunctions with an execution timeout of a day and of 15 minutes, and
pulumi-aws resources such as `queue`. The tables of resources were recorded by running the examples.
"""


def _page(name: str) -> str:
    component, example = _class(name), EXAMPLES[name].strip()
    resources = sorted((called, kind) for kind, called in run(example) if kind.startswith("aws:"))
    parts = [
        f"# {name}",
        _text(component),
        "## Example",
        f"```python\n{example}\n```",
        "The example makes these resources:",
        _table(("name", "resource"), [(f"`{called}`", f"`{_kind(kind)}`") for called, kind in resources]),
        "## Arguments",
        _arguments(_class(f"{name}Args")),
    ]
    if outputs := list(_outputs(component)):
        parts += ["## Outputs", _table(("output", "type", "description"), outputs)]
    methods = [
        each for each in component.all_members.values() if each.is_function and not each.name.startswith("_")
    ]
    if methods:
        parts += ["## Methods", *map(_function, methods)]
    parts += [
        "## Errors",
        _exceptions(component),
        f"[Errors](../errors.md#{name.lower()}) lists the message for each wrong argument.",
    ]
    return "\n\n".join(parts) + "\n"


def _others() -> str:
    parts = ["# Functions and errors", "The other names in `pulumi_durable_functions`."]
    for title, names in _OTHER_NAMES:
        parts.append(f"## {title}")
        for name in names:
            member = _package()[name]
            if member.is_function:
                parts.append(_function(member))
                continue
            parts += [f"### {name}", _text(member)]
            if member.is_class and "TypedDict" in map(str, member.bases):
                parts.append(_arguments(member))
            elif member.is_class and (fields := list(_outputs(member))):
                parts.append(_table(("field", "type", "description"), fields))
            parts += _attributes(member)
    return "\n\n".join(parts) + "\n"


def _class(name: str) -> griffe.Class:
    member = _package()[name]
    member = member.final_target if isinstance(member, griffe.Alias) else member
    assert isinstance(member, griffe.Class), name
    return member


def _text(member: griffe.Object | griffe.Alias) -> str:
    """Return a docstring without its lists of arguments and exceptions."""
    sections = member.docstring.parsed if member.docstring else []
    return "\n\n".join(
        _prose(each.value) for each in sections if isinstance(each, griffe.DocstringSectionText)
    )


def _prose(text: str) -> str:
    """Return text as Markdown: angle brackets outside of code are not HTML."""
    parts = text.split("`")
    parts[::2] = [part.replace("<", "&lt;") for part in parts[::2]]
    return "`".join(parts)


def _line(text: str) -> str:
    return _prose(" ".join(text.split())).replace("|", "\\|")


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


def _kind(token: str) -> str:
    """Shorten aws:lambda/function:Function to aws:lambda:Function."""
    package, module, name = token.split(":")
    return f"{package}:{module.split('/')[0]}:{name}"


def _type(annotation: object) -> str:
    return str(annotation).replace("pulumi.", "").replace("|", "\\|")


def _arguments(args: griffe.Class | griffe.Alias) -> str:
    """Describe each key of a TypedDict, required keys first."""
    keys: dict[str, griffe.Attribute] = {}
    for declared in (args, *args.mro()):
        keys = {**declared.attributes, **keys}
    rows = []
    for key in keys.values():
        kind = str(key.annotation)
        required = not kind.startswith("NotRequired[")
        kind = kind if required else kind.removeprefix("NotRequired[").removesuffix("]")
        typ = getattr(components, args.name).__annotations__[key.name]
        while get_origin(typ) in {NotRequired, Annotated}:
            typ, *_ = get_args(typ)
        if get_origin(typ) is Literal:
            kind = " | ".join(f'"{value}"' for value in get_args(typ))
        kind = _type(kind)
        row = f"`{key.name}`", f"`{kind}`{' (required)' if required else ''}", _line(_docstring(key))
        rows.append((not required, row))
    rows.sort(key=lambda each: each[0])
    return _table(("argument", "type", "description"), [row for _, row in rows])


def _docstring(member: griffe.Object | griffe.Alias) -> str:
    return member.docstring.value if member.docstring else ""


def _outputs(component: griffe.Class | griffe.Alias) -> Iterator[tuple[str, ...]]:
    for output in component.attributes.values():
        if output.annotation is not None and output.is_public:
            yield f"`{output.name}`", f"`{_type(output.annotation)}`", _line(_docstring(output))


def _attributes(member: griffe.Object | griffe.Alias) -> Iterator[str]:
    for section in member.docstring.parsed if member.docstring else []:
        if isinstance(section, griffe.DocstringSectionAttributes):
            yield "\n".join(f"- `{each.name}`: {_line(each.description)}" for each in section.value)


def _function(function: griffe.Object | griffe.Alias) -> str:
    member = function.final_target if isinstance(function, griffe.Alias) else function
    assert isinstance(member, griffe.Function), function.path
    signature = str(member.signature()).replace("pulumi.", "")
    parts = [f"### {member.name}", f"```python\n{signature}\n```", _text(member)]
    for section in member.docstring.parsed if member.docstring else []:
        if isinstance(section, griffe.DocstringSectionParameters):
            parts.append("\n".join(f"- `{each.name}`: {_line(each.description)}" for each in section.value))
    return "\n\n".join(parts)


def _exceptions(component: griffe.Class) -> str:
    assert component.docstring is not None, component.path
    return "\n".join(
        f"- [{each.annotation}](functions.md#{str(each.annotation).lower()}): {_line(each.description)}"
        for section in component.docstring.parsed
        if isinstance(section, griffe.DocstringSectionRaises)
        for each in section.value
    )


PAGES: dict[str, Callable[[], str]] = {
    "docs/reference/index.md": _index,
    **{f"docs/reference/{_file(name)}": partial(_page, name) for name in EXAMPLES},
    "docs/reference/functions.md": _others,
}
