"""The comparison: every case by both providers, each with names of its own."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from differential.files import Files
from differential.outcome import FAILS, NONE, REFUSED, UPDATE, Outcome
from differential.readings import Readings, plain
from differential.stand_in import FailedError, RefusedError, Resource, StandIn
from differential.subject import Case, Props, Subject, named, unnamed, written
from differential.terraform import Terraform
from differential.translation import UntranslatableError, terraform_name, translated

Progress = Callable[[str], None]


@dataclass
class Trial:
    """A case of a subject, and what each provider makes of it."""

    number: int
    subject: Subject
    case: Case
    theirs: Outcome
    ours: Outcome

    @property
    def judge(self) -> str:
        """Return the name that Terraform's side has."""
        return f"dt{self.number:04}"

    @property
    def own(self) -> str:
        """Return the name that the stand-in's side has."""
        return f"ds{self.number:04}"

    @property
    def before(self) -> Props:
        """Return the first configuration."""
        return written(self.subject.base, self.case.before)

    @property
    def after(self) -> Props:
        """Return the configuration after the change."""
        return written(self.before, self.case.after)

    def differences(self) -> Iterator[str]:
        """Yield in what the providers differ."""
        theirs, ours = self.theirs, self.ours
        if theirs.started or ours.started:
            yield f"the first configuration: Terraform {theirs.started or 'makes it'}; here {ours.started or 'it is made'}"
            return
        if not any(theirs.first):
            yield "nothing can be read of the first configuration"
        early = (theirs.plan, ours.plan) == (FAILS, REFUSED)
        restless = self.subject.restless and {theirs.plan, ours.plan} <= {NONE, UPDATE}
        if theirs.plan != ours.plan and not early and not restless:
            yield f"plan: Terraform {_said(theirs)}; here {_said(ours)}"
            return
        for what, left, right in (
            ("state before the change", theirs.first, ours.first),
            ("state after the change", theirs.then, ours.then),
        ):
            if unequal := list(_unequal(plain(left), plain(right), "")):
                yield f"{what}: " + "; ".join(unequal)
        for when in () if self.subject.restless else theirs.at_rest:
            if theirs.at_rest[when] != ours.at_rest.get(when):
                yield f"a plan {when}: Terraform {_rest(theirs, when)}; here {_rest(ours, when)}"
        if theirs.gone != ours.gone:
            yield f"after the deletion: Terraform {theirs.gone}; here {ours.gone}"


def _said(outcome: Outcome) -> str:
    return f"{outcome.plan} ({outcome.message})" if outcome.message else outcome.plan


def _rest(outcome: Outcome, when: str) -> str:
    return "has no change" if outcome.at_rest.get(when) else "has a change again"


def _unequal(left: Any, right: Any, path: str) -> Iterator[str]:
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted({*left, *right}):
            yield from _unequal(left.get(key), right.get(key), f"{path}.{key}" if path else key)
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from _unequal(one, other, f"{path}[{index}]")
    elif left != right:
        yield f"{path}: Terraform {json.dumps(left)}, here {json.dumps(right)}"


def trials(subjects: Sequence[Subject], only: Callable[[Subject, Case], bool]) -> list[Trial]:
    """Return the cases to compare."""
    chosen = [(subject, case) for subject in subjects for case in subject.cases if only(subject, case)]
    return [
        Trial(number, subject, case, Outcome(), Outcome()) for number, (subject, case) in enumerate(chosen)
    ]


class Comparison:
    """Leads all trials through the same steps on both sides."""

    def __init__(
        self, terraform: Terraform, stand_in: StandIn, readings: Readings, files: Files, progress: Progress
    ) -> None:
        self.terraform, self.stand_in, self.readings, self.files = terraform, stand_in, readings, files
        self.progress = progress

    def run(self, all_trials: list[Trial]) -> None:
        """Compare."""
        self.progress(f"{len(all_trials)} cases: what they need")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(self._prepare, all_trials))
        unjudged = [trial for trial in all_trials if not trial.theirs.judged]
        if unjudged:
            self._judge(unjudged)
        self.progress("the stand-in: all cases")
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(self._stand_in, all_trials))

    def _prepare(self, trial: Trial) -> None:
        for name in (trial.judge, trial.own):
            self.readings.make(trial.subject.world, name)

    # Terraform, in rounds.

    def _judge(self, trials: list[Trial]) -> None:
        terraform, by_name = self.terraform, {trial.judge: trial for trial in trials}
        for trial in trials:
            self._write(trial, trial.before)
        self.progress("Terraform: the first configurations")
        while errors := terraform.plan()[1]:
            self._not_started(by_name, errors, "refuses it")
        self._not_started(by_name, terraform.apply(), "fails")
        known = self._look(by_name, "first")
        self._rest(by_name, "after the first configuration")
        for trial in by_name.values():
            self.readings.make(trial.case.behind, trial.judge)
        self.progress("Terraform: the changes")
        self._change(by_name)
        changed = {
            case: trial for case, trial in by_name.items() if trial.theirs.plan not in {REFUSED, FAILS}
        }
        known |= self._look(changed, "then")
        self._rest(changed, "after the change")
        self.progress("Terraform: the deletion")
        for case, why in terraform.destroy().items():
            self.progress(f"  {case}: {why}")
        for case, trial in changed.items():
            trial.theirs.gone = not any(self.readings.read(trial.subject.reads, known[case], case))

    def _not_started(self, by_name: dict[str, Trial], errors: Mapping[str, str], verb: str) -> None:
        for case, why in errors.items():
            by_name.pop(case).theirs.started = f"{verb}: {why}"
            self.terraform.remove(case)

    def _change(self, by_name: dict[str, Trial]) -> None:
        refused: dict[str, str] = {}
        for case, trial in by_name.items():
            try:
                self._write(trial, trial.after)
            except UntranslatableError as error:
                refused[case] = str(error)
        plan, errors = self.terraform.plan()
        while errors:
            refused |= errors
            for case in errors:
                self._write(by_name[case], by_name[case].before)
            plan, errors = self.terraform.plan()
        failed = self.terraform.apply()
        for case, trial in by_name.items():
            outcome = trial.theirs
            outcome.plan = plan.get(case, NONE)
            if case in refused:
                outcome.plan, outcome.message = REFUSED, unnamed(refused[case])
            elif case in failed:
                outcome.plan, outcome.message = FAILS, unnamed(f"{outcome.plan}: {failed[case]}")

    def _write(self, trial: Trial, config: Props) -> None:
        subject = trial.subject
        block = self.terraform.schemas[subject.terraform]["block"]
        config = named(config, self.readings.names(trial.judge))
        self.terraform.write(
            trial.judge, subject.terraform, translated(config, block, subject.names, self.files)
        )

    def _known(self, by_name: dict[str, Trial]) -> dict[str, Props]:
        state, known = self.terraform.state(), {}
        for case, trial in by_name.items():
            values, subject = state.get(case, {}), trial.subject
            block = self.terraform.schemas[subject.terraform]["block"]
            props: Props = {"id": values.get("id")}
            for name in subject.properties:
                try:
                    props[name] = values.get(terraform_name(name, block, subject.names))
                except UntranslatableError:
                    continue
            known[case] = {name: value for name, value in props.items() if value is not None}
        return known

    def _look(self, by_name: dict[str, Trial], when: str) -> dict[str, Props]:
        known = self._known(by_name)
        for case, trial in by_name.items():
            setattr(trial.theirs, when, self.readings.read(trial.subject.reads, known[case], case))
        return known

    def _rest(self, by_name: dict[str, Trial], when: str) -> None:
        plan, _ = self.terraform.plan()
        for case, trial in by_name.items():
            trial.theirs.at_rest[when] = case not in plan

    # The stand-in, case by case.

    def _stand_in(self, trial: Trial) -> None:
        subject, outcome = trial.subject, trial.ours
        if trial.theirs.started:
            return  # there is nothing to compare with
        resource = self.stand_in.resource(subject.token, trial.own)
        names = self.readings.names(trial.own)
        before, after = named(trial.before, names), named(trial.after, names)
        try:
            resource.create(before)
        except (RefusedError, FailedError) as error:
            outcome.started = f"fails: {error}"
            return
        try:
            outcome.first = self._seen(trial, resource)
            outcome.at_rest["after the first configuration"] = resource.at_rest(before)
            self.readings.make(trial.case.behind, trial.own)
            resource.refresh()
            resource.change(after, outcome)
            if outcome.plan not in {REFUSED, FAILS}:
                outcome.then = self._seen(trial, resource)
                outcome.at_rest["after the change"] = resource.at_rest(after)
        except (RefusedError, FailedError) as error:
            outcome.plan, outcome.message = FAILS, str(error)
        finally:
            known = {**resource.outputs, "id": resource.id}
            try:
                resource.delete()
            except FailedError as error:
                self.progress(f"  {trial.own} {trial.case.label}: {error}")
        if outcome.plan not in {REFUSED, FAILS}:
            outcome.gone = not any(self.readings.read(subject.reads, known, trial.own))

    def _seen(self, trial: Trial, resource: Resource) -> Any:
        return self.readings.read(trial.subject.reads, {**resource.outputs, "id": resource.id}, trial.own)
