"""What a provider makes of a case."""

from dataclasses import dataclass, field
from typing import Any

NONE, UPDATE, REPLACE, CREATE = "no change", "update", "replace", "create"
REFUSED, FAILS = "refused", "fails"


@dataclass
class Outcome:
    """Plan and end state, of one case, by one provider."""

    plan: str = ""
    """Of the change. `refused` is said in the plan, `fails` when it is carried out."""
    message: str = ""
    """Why it is refused or fails."""
    started: str = ""
    """Why the case's first configuration could not be made."""
    first: Any = None
    """The state that the first configuration leads to."""
    then: Any = None
    """The state after the change."""
    at_rest: dict[str, bool] = field(default_factory=dict)
    """Whether a plan with the same configuration has no change, after each of both."""
    gone: bool = True
    """Whether nothing can be read after the deletion."""

    @property
    def judged(self) -> bool:
        """Whether this is an outcome at all."""
        return bool(self.plan or self.started)
