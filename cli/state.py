"""Finds the durable functions in a stack's state: by resource type, whatever the program exports."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from . import services

FUNCTION = "aws:lambda/function:Function"
ALIAS = "aws:lambda/alias:Alias"
COMPONENT = "durable-functions:index:DurableFunction"
ROOT = "pulumi:pulumi:Stack"

Resource = Mapping[str, Any]


@dataclass(frozen=True)
class Function:
    """A durable function of a stack."""

    title: str
    """Its name in the stack's outputs, or else that of its component or resource."""
    name: str
    arn: str
    alias: str
    """The alias that starts new executions; for a function without one, its version or `$LATEST`."""
    release: tuple[str, ...] = ()
    """The versions that the stack has put behind the alias."""

    @property
    def region(self) -> str:
        """The region in its ARN."""
        return self.arn.split(":")[3]

    def client(self) -> Any:
        """Return a client for Lambda in its region, with the credentials of the environment."""
        return services.client("lambda", region_name=self.region)


def functions_in(state: Mapping[str, Any]) -> dict[str, Function]:
    """Return the durable functions of a stack by title.

    Args:
        state: the output of `pulumi stack export`. Secrets in it are encrypted; a function whose name or ARN is a secret
            is left out.
    """
    resources = [
        resource
        for resource in (state.get("deployment") or {}).get("resources") or []
        if not resource.get("delete")
    ]
    by_output = _named_by_outputs(resources)
    titles = {function.arn: title for title, function in by_output.items()}
    functions = dict(by_output)
    for resource, outputs in _of_type(resources, FUNCTION):
        arn, name = outputs.get("arn"), outputs.get("name")
        if not (outputs.get("durableConfig") and isinstance(arn, str) and isinstance(name, str)):
            continue
        if arn in titles:
            continue
        component = _component(resources, resource)
        title = _name(component or resource)
        # Two components may have the same name under different parents.
        title = name if title in functions else title
        functions[title] = _function(title, outputs, (component or {}).get("outputs") or {}, resources)
    return functions


def _function(title: str, outputs: Resource, component: Resource, resources: list[Resource]) -> Function:
    name, arn = outputs["name"], outputs["arn"]
    aliases = {
        alias["name"]: alias
        for _, alias in _of_type(resources, ALIAS)
        if isinstance(alias.get("name"), str) and _function_name(alias.get("functionName")) == name
    }
    chosen = component.get("alias_name")
    if chosen not in aliases:
        chosen = next(iter(aliases), None)
    if chosen is None:
        return Function(title, name, arn, str(outputs.get("version") or "$LATEST"))
    released = (component.get("release") or {}).get(chosen) or _versions_of(aliases[chosen])
    return Function(title, name, arn, chosen, tuple(released))


def _versions_of(alias: Resource) -> list[str]:
    weights = (alias.get("routingConfig") or {}).get("additionalVersionWeights") or {}
    return [str(alias.get("functionVersion")), *weights]


def _named_by_outputs(resources: list[Resource]) -> dict[str, Function]:
    """Return the durable functions in the program's outputs, some of which may belong to other stacks.

    A standard function has the same outputs.
    """
    standard = {
        outputs.get("arn") for _, outputs in _of_type(resources, FUNCTION) if not outputs.get("durableConfig")
    }
    return {
        title: Function(
            title,
            value["function_name"],
            value["function_arn"],
            value["alias_name"],
            tuple((value.get("release") or {}).get(value["alias_name"], {})),
        )
        for _, outputs in _of_type(resources, ROOT)
        for title, value in outputs.items()
        # Other outputs may have an ARN too; a secret is not a string here.
        if isinstance(value, dict)
        and all(isinstance(value.get(key), str) for key in ("function_name", "function_arn", "alias_name"))
        and value["function_arn"] not in standard
    }


def _of_type(resources: list[Resource], type_: str) -> Iterator[tuple[Resource, Resource]]:
    return (
        (resource, resource.get("outputs") or {}) for resource in resources if resource.get("type") == type_
    )


def _component(resources: list[Resource], function: Resource) -> Resource | None:
    parent = function.get("parent")
    return next(
        (resource for resource in resources if resource["urn"] == parent and resource["type"] == COMPONENT),
        None,
    )


def _name(resource: Resource) -> str:
    return str(resource["urn"]).split("::", 3)[-1]


def _function_name(function: object) -> str:
    """Return the function's name from an alias's reference to it, which is a name or an ARN."""
    return str(function).rpartition(":function:")[2].split(":")[0]
