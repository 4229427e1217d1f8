"""What a run of a program declares, as far as it is known: by it an end in a destroy is told from a removal."""

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws


@dataclass(frozen=True)
class Deployed:
    """What a function's newest version stands on, as the program deploys it."""

    role_arn: str | None = None
    dead_letter_arn: str | None = None
    is_known: bool = False
    """Whether the program knows it already: not while a role is made."""


class Declared:
    """The program's resources and functions; each is noted as soon as its outputs are known."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._policies: dict[str, tuple[str, str]] = {}
        self.functions: dict[str, Deployed] = {}
        """The functions of the program, by their ARNs."""
        self.protected: set[str] = set()
        """The ARNs of those that are protected."""

    def add(self, *resources: pulumi.CustomResource) -> None:
        """Note what the program makes."""
        for each in resources:
            pulumi.Output.all(each.urn, each.id).apply(lambda both: self._ids.__setitem__(*both))
            if isinstance(each, aws.iam.RolePolicy):
                # With an id it is in the role. In a preview it is about to be; in a destroy a new one never gets any.
                made = [] if pulumi.runtime.is_dry_run() else [each.id]
                pulumi.Output.all(each.urn, each.role, each.policy, *made).apply(
                    lambda known: self._policies.__setitem__(known[0], (known[1], known[2]))
                )

    def add_function(self, function: Any, *, protect: bool) -> None:
        """Note a function, and what its newest version stands on."""
        function.arn.apply(lambda arn: self.functions.setdefault(arn, Deployed()))
        if protect:
            function.arn.apply(self.protected.add)
        pulumi.Output.all(function.arn, function.role, function.dead_letter_config).apply(
            lambda known: self.functions.__setitem__(
                known[0], Deployed(known[1], known[2] and known[2]["target_arn"], is_known=True)
            )
        )

    def has(self, urn: str, id_: str) -> bool:
        """Tell whether the program declares this very resource: if it is deleted all the same, all is destroyed."""
        return self._ids.get(urn) == id_

    def policies_in(self, role: str) -> list[str]:
        """Return the policies that the program has put into a role; in a preview, those that it is about to."""
        return [policy for name, policy in list(self._policies.values()) if name == role]
