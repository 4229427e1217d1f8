"""The component package: the components for programs in other languages.

The SDK's `component_provider_host` analyzes annotations into a schema, which is kept in schema.json. It is not what
runs here: it drops arguments that it does not know, where a typing error deserves an answer, hands whole numbers on as
fractions, which some checks would pass over, and shows a traceback with every error.
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
from ..function import durable_function
from ..grants import callback_grant, execution_grant, invoke_grant, secret_grant
from ..guard import register_guard
from ..monitoring import alarm_topic, durable_monitoring

PACKAGE = "durable-functions"
COMPONENTS: tuple[type[pulumi.ComponentResource], ...] = (
    durable_function.DurableFunction,
    execution_role.DurableExecutionRole,
    invoke_grant.InvokeGrant,
    callback_grant.CallbackGrant,
    execution_grant.ExecutionGrant,
    secret_grant.SecretGrant,
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
"""What other languages may make."""
SCHEMA = Path(__file__).parents[1] / "schema.json"


class ComponentPackage(provider.Provider):
    """Makes components by their type tokens, from arguments in the spelling of other languages."""

    def __init__(self) -> None:
        text = SCHEMA.read_text(encoding="utf-8")
        super().__init__(importlib.metadata.version(PACKAGE), text)
        self._made = {f"{PACKAGE}:index:{component.__name__}": component for component in COMPONENTS}
        self._known = json.loads(text)["resources"]

    def construct(
        self,
        name: str,
        resource_type: str,
        inputs: pulumi.Inputs,
        options: pulumi.ResourceOptions | None = None,
    ) -> provider.ConstructResult:
        """Make a component.

        Raises:
            InputPropertiesError: the component has refused its arguments; the engine shows its message alone.
        """
        if resource_type not in self._made:
            raise _refused(f"{resource_type} is not in this package; it has {', '.join(self._made)}")
        args = {snake_case(key): _whole(value) for key, value in inputs.items()}
        component: Any = self._made[resource_type]
        try:
            made = component(name, args, options)
        except DurableFunctionsError as error:
            raise _refused(self.told(error)) from None
        # Whatever is left of the package in a program brings the hooks along, for a function that has been removed. Not
        # before a refusal, which would stop the SDK's server for hooks while it starts, and crash gRPC.
        register_guard()
        outputs = {key: getattr(made, snake_case(key)) for key in self._known[resource_type]["properties"]}
        state = {key: value for key, value in outputs.items() if value is not None}
        return provider.ConstructResult(made.urn, state)

    def told(self, error: DurableFunctionsError) -> str:
        """Return an error's message in the spelling of other languages."""
        names = names_in(self._known)
        if isinstance(error, InvalidArgsError):
            names |= {part for problem in error.problems for part in re.findall(r"\w+", problem.key)}
        return in_other_languages(str(error), names)


def _refused(message: str) -> pulumi.InputPropertiesError:
    # With a list of properties the engine would add their values, secrets among them; without one the SDK fails.
    return pulumi.InputPropertiesError(message, [])


def names_in(resources: dict[str, Any]) -> set[str]:
    """Return the names of all arguments and outputs in a schema's resources, as Python spells them."""
    return {
        snake_case(key)
        for resource in resources.values()
        for key in [*resource["inputProperties"], *resource["properties"]]
    }


def snake_case(name: str) -> str:
    """Return a name as Python spells it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def in_other_languages(text: str, names: set[str]) -> str:
    """Return text about arguments with their names, and what is true or false, as other languages spell them."""

    def spelled(found: re.Match[str]) -> str:
        first, *others = found[0].split("_")
        return first + "".join(word.capitalize() for word in others) if found[0] in names else found[0]

    return re.sub(
        r"\b[a-z0-9]+(_[a-z0-9]+)+\b", spelled, re.sub(r"\b(True|False)\b", lambda it: it[0].lower(), text)
    )


def _whole(value: Any) -> Any:
    """Return a value with whole numbers as such; the engine sends every number as a fraction."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    return [_whole(each) for each in value] if isinstance(value, list) else value
