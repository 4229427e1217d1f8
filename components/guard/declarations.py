"""What this run of the program declares, as far as it is known: it tells a destroy from the removal of one resource."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True)
class NewestVersion:
    """What a function's newest version depends on, as the program deploys it."""

    role_arn: str | None = None
    dead_letter_arn: str | None = None
    is_known: bool = False
    """Whether the program knows it already. It does not while the role is being created."""


class Declarations:
    """The program's resources and functions; each is recorded as soon as its outputs are known."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._policies: dict[str, tuple[str, str]] = {}
        self.functions: dict[str, NewestVersion] = {}
        """The functions of the program, by their ARNs."""
        self.protected: set[str] = set()
        """The ARNs of the protected functions."""

    def add(self, *resources: pulumi.CustomResource) -> None:
        """Record resources of the program."""
        for resource in resources:
            pulumi.Output.all(resource.urn, resource.id).apply(lambda pair: self._ids.__setitem__(*pair))
            if isinstance(resource, aws.iam.RolePolicy):
                # With an id it is in the role. In a preview it is about to be; in a destroy a new one never gets an id.
                created = [] if pulumi.runtime.is_dry_run() else [resource.id]
                pulumi.Output.all(resource.urn, resource.role, resource.policy, *created).apply(
                    lambda values: self._policies.__setitem__(values[0], (values[1], values[2]))
                )

    def add_function(self, function: Any, *, protect: bool) -> None:
        """Record a function, and what its newest version depends on."""
        function.arn.apply(lambda arn: self.functions.setdefault(arn, NewestVersion()))
        if protect:
            function.arn.apply(self.protected.add)
        pulumi.Output.all(function.arn, function.role, function.dead_letter_config).apply(
            lambda values: self.functions.__setitem__(
                values[0],
                NewestVersion(values[1], values[2] and values[2]["target_arn"], is_known=True),
            )
        )

    def has(self, urn: str, id_: str) -> bool:
        """Tell whether the program declares this very resource. If it is deleted all the same, the stack is destroyed."""
        return self._ids.get(urn) == id_

    @property
    def known(self) -> int:
        """How much of what the program declares is known so far; the same number if nothing has been added."""
        return len(self._ids) + len(self._policies)

    def policies_in(self, role: str) -> list[str]:
        """Return the policies that the program has put into a role; in a preview, those that it is about to."""
        return [policy for name, policy in list(self._policies.values()) if name == role]
