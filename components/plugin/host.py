"""The component package: the components for programs in other languages.

The SDK's `component_provider_host` turns annotations into a schema, which is stored in schema.json. It does not run
here: it drops unknown arguments, so that a misspelling has no error; it passes integers as floats, which some checks
would ignore; and it shows a traceback with every error.
"""

import importlib.metadata
import json
import re
from pathlib import Path
from typing import Any

import pulumi
from pulumi import provider

from .. import execution_role, triggers
from ..checks.errors import DurableFunctionsError, InvalidArgsError
from ..function import durable_function, standard_function
from ..grants import access_grant, callback_grant, execution_grant, invoke_grant, secret_grant
from ..guard import register_guard
from ..monitoring import alarm_topic, durable_monitoring

PACKAGE = "durable-functions"
COMPONENTS: tuple[type[pulumi.ComponentResource], ...] = (
    durable_function.DurableFunction,
    standard_function.StandardFunction,
    execution_role.DurableExecutionRole,
    invoke_grant.InvokeGrant,
    callback_grant.CallbackGrant,
    execution_grant.ExecutionGrant,
    secret_grant.SecretGrant,
    access_grant.AccessGrant,
    triggers.ScheduleTrigger,
    triggers.EventTrigger,
    triggers.TopicTrigger,
    triggers.BucketTrigger,
    triggers.QueueTrigger,
    triggers.StreamTrigger,
    triggers.UrlTrigger,
    alarm_topic.AlarmTopic,
    durable_monitoring.DurableMonitoring,
)
"""The components that other languages can make."""
SCHEMA = Path(__file__).parents[1] / "schema.json"


class ComponentPackage(provider.Provider):
    """Makes components by their type tokens, from arguments spelled as in other languages."""

    def __init__(self) -> None:
        text = SCHEMA.read_text(encoding="utf-8")
        super().__init__(importlib.metadata.version(PACKAGE), text)
        self._components = {f"{PACKAGE}:index:{component.__name__}": component for component in COMPONENTS}
        self._resources = json.loads(text)["resources"]

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> provider.ConstructResult:
        """Make a component.

        Raises:
            InputPropertiesError: the component has refused its arguments; the engine shows only the message.
        """
        if resource_type not in self._components:
            raise _refusal(f"{resource_type} is not in this package; it has {', '.join(self._components)}")
        args = {snake_case(key): _with_integers(value) for key, value in inputs.items()}
        component_type: Any = self._components[resource_type]
        try:
            component = component_type(name, args, options)
        except DurableFunctionsError as error:
            raise _refusal(self.message(error)) from None
        # Every component registers the hooks, for functions that have been removed from the program. Not before a refusal,
        # which would stop the SDK's hook server while it starts, and crash gRPC.
        register_guard()
        outputs = {
            key: getattr(component, snake_case(key)) for key in self._resources[resource_type]["properties"]
        }
        state = {key: value for key, value in outputs.items() if value is not None}
        return provider.ConstructResult(component.urn, state)

    def message(self, error: DurableFunctionsError) -> str:
        """Return an error's message, with names spelled as in other languages."""
        names = names_in(self._resources)
        if isinstance(error, InvalidArgsError):
            names |= {part for problem in error.problems for part in re.findall(r"\w+", problem.key)}
        return in_other_languages(str(error), names)


def _refusal(message: str) -> pulumi.InputPropertiesError:
    # With a list of properties, the engine would add their values, including secrets. Without any list, the SDK fails.
    return pulumi.InputPropertiesError(message, [])


def names_in(resources: dict[str, Any]) -> set[str]:
    """Return the names of all arguments and outputs in a schema's resources, spelled as in Python."""
    return {
        snake_case(key)
        for resource in resources.values()
        for key in [*resource["inputProperties"], *resource["properties"]]
    }


def snake_case(name: str) -> str:
    """Return a name spelled as in Python."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def in_other_languages(text: str, names: set[str]) -> str:
    """Return text about arguments, with their names and booleans spelled as in other languages."""

    def camel_case(match: re.Match[str]) -> str:
        first, *others = match[0].split("_")
        return first + "".join(word.capitalize() for word in others) if match[0] in names else match[0]

    return re.sub(
        r"\b[a-z0-9]+(_[a-z0-9]+)+\b",
        camel_case,
        re.sub(r"\b(True|False)\b", lambda match: match[0].lower(), text),
    )


def _with_integers(value: Any) -> Any:
    """Return a value with integers as int; the engine sends every number as a float."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _with_integers(each) for key, each in value.items()}
    return [_with_integers(each) for each in value] if isinstance(value, list) else value
