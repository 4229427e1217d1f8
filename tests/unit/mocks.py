"""Pulumi mocks that record every resource; they prove inputs, and not parents, aliases or replacement."""

from collections.abc import Callable
from typing import Any

import pulumi

ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function"
ROLE = f"arn:aws:iam::{ACCOUNT}:role"


class Recorder(pulumi.runtime.Mocks):
    """An account that makes whatever it is asked for and remembers it."""

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
            case "aws:cloudwatch/logGroup:LogGroup":
                outputs |= {"arn": f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:{name}"}
            case "aws:iam/role:Role":
                outputs |= {"arn": f"arn:{self.partition}:iam::{ACCOUNT}:role/{name}"}
            case "aws:iam/user:User":
                outputs |= {"arn": f"arn:{self.partition}:iam::{ACCOUNT}:user/{name}"}
        return name, outputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        return {"partition": self.partition, "accountId": ACCOUNT}, []

    def one(self, typ: str) -> dict[str, Any]:
        """Return the inputs of the only resource of a type."""
        (found,) = self.all(typ)
        return found

    def all(self, typ: str) -> list[dict[str, Any]]:
        """Return the inputs of every resource of a type, in the order of making."""
        return [made.inputs for made in self.made if made.typ == typ]


def declare(program: Callable[[], object]) -> None:
    """Run a program to its end; a failing apply fails it."""

    def run() -> None:
        program()

    pulumi.runtime.test(run)()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
