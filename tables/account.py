"""The account that tables, snippets and tests use: its ARNs, and Pulumi mocks that record every resource.

Mocks prove inputs, but not parents, aliases or replacement.
"""

import json
from collections.abc import Callable
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor

ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function"
ROLE = f"arn:aws:iam::{ACCOUNT}:role"
TOPIC = f"arn:aws:sns:eu-west-1:{ACCOUNT}"
QUEUE = f"arn:aws:sqs:eu-west-1:{ACCOUNT}"
RULE = f"arn:aws:events:eu-west-1:{ACCOUNT}:rule"
TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table"
URL = "https://abc.lambda-url.eu-west-1.on.aws/"


class Recorder(pulumi.runtime.Mocks):
    """An account that makes every resource, and records it."""

    def __init__(self, partition: str = "aws") -> None:
        self.partition = partition
        self.made: list[pulumi.runtime.MockResourceArgs] = []

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        self.made.append(args)
        name = args.inputs.get("name") or f"{args.name}-1a2b3c4"
        outputs = {**args.inputs, "name": name}
        match args.typ:
            case "aws:lambda/function:Function":
                outputs |= {"arn": f"{FUNCTION}:{name}", "version": "7"}
            case "aws:lambda/alias:Alias":
                outputs |= {"arn": f"{FUNCTION}:{args.inputs['functionName']}:{name}"}
            case "aws:lambda/functionUrl:FunctionUrl":
                outputs |= {"functionUrl": URL}
            case "aws:cloudwatch/logGroup:LogGroup":
                outputs |= {"arn": f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:{name}"}
            case "aws:cloudwatch/eventRule:EventRule":
                outputs |= {"arn": f"{RULE}/{name}"}
            case "aws:sqs/queue:Queue":
                outputs |= {"arn": f"{QUEUE}:{name}", "url": f"https://sqs.eu-west-1.amazonaws.com/{name}"}
            case "aws:sns/topic:Topic":
                outputs |= {"arn": f"{TOPIC}:{name}"}
            case "aws:dynamodb/table:Table":
                outputs |= {"arn": f"{TABLE}/{name}"}
            case "aws:s3/bucket:Bucket":
                outputs |= {"arn": f"arn:aws:s3:::{name}", "bucket": name}
            case "aws:iam/role:Role":
                outputs |= {"arn": f"arn:{self.partition}:iam::{ACCOUNT}:role/{name}"}
            case "aws:iam/user:User":
                outputs |= {"arn": f"arn:{self.partition}:iam::{ACCOUNT}:user/{name}"}
        return name, outputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        return {"partition": self.partition, "accountId": ACCOUNT, "region": "eu-west-1"}, []

    def one(self, typ: str) -> dict[str, Any]:
        """Return the inputs of the only resource of a type."""
        (inputs,) = self.all(typ)
        return inputs

    def all(self, typ: str) -> list[dict[str, Any]]:
        """Return the inputs of every resource of a type, in the order in which they were made."""
        return [made.inputs for made in self.made if made.typ == typ]

    def role_grants(self) -> list[dict[str, Any]]:
        """Return the inputs of every policy in a role, except those that durable functions need to run."""
        policies = [made for made in self.made if made.typ == "aws:iam/rolePolicy:RolePolicy"]
        return [made.inputs for made in policies if not made.name.endswith("-execution")]

    def seen(self) -> dict[str, dict[str, Any]]:
        """Return the inputs of every resource by `<kind> <name>`, such as `Role orders`; JSON in them is parsed."""
        inputs: dict[str, dict[str, Any]] = {}
        for made in self.made:
            key = f"{made.typ.rpartition(':')[2]} {made.name}"
            assert key not in inputs, f"two resources are {key}"
            inputs[key] = {name: read(value) for name, value in made.inputs.items()}
        return inputs


class Registrations(MockMonitor):
    """A monitor that records each registration as the engine gets it, including inherited options."""

    def __init__(self, mocks: pulumi.runtime.Mocks) -> None:
        super().__init__(mocks)
        self.requests: dict[str, Any] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the protocol's name
        self.requests[f"{request.type.rpartition(':')[2]} {request.name}"] = request
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]  # the SDK leaves it untyped

    def title_of(self, urn: str) -> str:
        """Return `<kind> <name>` of the resource with this URN."""
        *_, types, name = urn.split("::")
        return f"{types.rpartition('$')[2].rpartition(':')[2]} {name}"

    def awaited(self, title: str) -> set[str]:
        """Return the dependencies of a resource by `<kind> <name>`: those of its inputs, and those of `depends_on`."""
        return {self.title_of(urn) for urn in self.requests[title].dependencies}


def read(value: Any) -> Any:
    """Parse a string that is a JSON object or list; return anything else as it is."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        return json.loads(value)
    if isinstance(value, dict):
        return {key: read(item) for key, item in value.items()}
    return [read(item) for item in value] if isinstance(value, list) else value


def declare(program: Callable[[], object]) -> None:
    """Run a program to its end; it fails if an apply fails."""

    def run() -> None:
        program()

    pulumi.runtime.test(run)()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
