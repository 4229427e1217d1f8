"""Whether what versions stand on is there: role, log group, dead letter target; of kept versions too."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import boto3
from botocore.exceptions import ClientError

from ..stack import Function
from .patient import Config, Finding, Level, Patient, in_days, is_missing, listed, numbered

MOST_NAMED = 5
"""How many executions a command names; of more it names the version."""


@dataclass(frozen=True)
class Kind:
    """A kind of thing that a version stands on."""

    check: str
    title: str
    new: str
    """What its loss means for new executions."""
    running: str
    """What it means for those in flight."""
    kept: str
    """What it means for a version that could be gone back to."""
    running_level: Level
    again: str
    """How it is made again, for versions that go on naming it: by name and region."""


ROLE = Kind(
    "role",
    "role",
    "which cannot run without it",
    "each fails at its next checkpoint",
    "could run nothing",
    "problem",
    "make a role of that very name and path again, trusted by lambda.amazonaws.com and with the rights that it had",
)
LOG_GROUP = Kind(
    "logs",
    "log group",
    "which can log nowhere",
    "what they log is lost",
    "would log nowhere",
    "warning",
    "aws logs create-log-group --region {region} --log-group-name {name}",
)
QUEUE = Kind(
    "dead letters",
    "dead letter queue",
    "whose event is lost if they fail",
    "the event of each that fails is lost",
    "would lose the events of what fails",
    "warning",
    "aws sqs create-queue --region {region} --queue-name {name}",
)
TOPIC = Kind(
    "dead letters",
    "dead letter topic",
    QUEUE.new,
    QUEUE.running,
    QUEUE.kept,
    "warning",
    "aws sns create-topic --region {region} --name {name}",
)


def role(patient: Patient) -> Iterator[Finding]:
    """Check whether the role of each version is there."""
    stand = _standing({version: config.get("Role") for version, config in patient.versions.items()})
    iam = boto3.client("iam")
    for arn, versions in stand.items():
        try:
            # A role of the same name under another path is another one.
            there = iam.get_role(RoleName=arn.split("/")[-1])["Role"]["Arn"] == arn
        except ClientError as error:
            if not is_missing(error):
                raise
            there = False
        if not there:
            yield from _gone(patient, ROLE, arn, versions)


def logs(patient: Patient) -> Iterator[Finding]:
    """Check whether the log group of each version is there, and does not keep logs for ever."""
    function = patient.function
    stand = _standing({version: log_group(config, function) for version, config in patient.versions.items()})
    current = log_group(patient.config, function)
    client = boto3.client("logs", region_name=function.region)
    for group, versions in stand.items():
        named = client.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        found = next((each for each in named if each["logGroupName"] == group), None)
        if found is None:
            yield from _gone(patient, LOG_GROUP, group, versions)
        elif group == current:
            yield _retention(group, found.get("retentionInDays"))


def dead_letters(patient: Patient) -> Iterator[Finding]:
    """Check whether the dead letter target of each version is there."""
    stand = _standing({version: dead_letter_target(config) for version, config in patient.versions.items()})
    current = dead_letter_target(patient.config)
    for arn, versions in stand.items():
        # SQS says of another account's queue that it is not there where it may not be looked at.
        elsewhere = arn.split(":")[4] != patient.function.arn.split(":")[4]
        if not elsewhere and not _target_is_there(arn):
            yield from _gone(patient, QUEUE if ":sqs:" in arn else TOPIC, arn, versions)
        elif arn == current:
            yield Finding("dead letters", "ok", f"events of executions that fail go to {arn.split(':')[-1]}")


def log_group(config: Config, function: Function) -> str:
    """Return the name of the log group that a version writes to."""
    return str((config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{function.name}")


def dead_letter_target(config: Config) -> str | None:
    """Return the ARN of a version's dead letter queue or topic."""
    return (config.get("DeadLetterConfig") or {}).get("TargetArn")


def _standing(named: Mapping[str, str | None]) -> dict[str, list[str]]:
    """Group versions by what they stand on, so that each thing is asked for once."""
    found: dict[str, list[str]] = {}
    for version, name in named.items():
        if name:
            found.setdefault(name, []).append(version)
    return found


def _target_is_there(arn: str) -> bool:
    _, _, service, region, _, name = arn.split(":", 5)
    try:
        if service == "sqs":
            boto3.client("sqs", region_name=region).get_queue_url(QueueName=name)
        else:
            boto3.client("sns", region_name=region).get_topic_attributes(TopicArn=arn)
    except ClientError as error:
        if is_missing(error):
            return False
        raise
    return True


def _retention(group: str, days: int | None) -> Finding:
    if days is None:
        return Finding("logs", "warning", f"{group} keeps logs for ever", "set log_retention_days")
    return Finding("logs", "ok", f"JSON, kept for {in_days(days)} in {group}")


def _gone(patient: Patient, kind: Kind, name: str, versions: list[str]) -> Iterator[Finding]:
    """Say what the loss means: for new executions, for those in flight, for a rollback."""
    patient.gone.add(name)
    gone = f"the {kind.title} {name} is gone"
    named = {each: [alias.name for alias in patient.aliases if each in alias.versions] for each in versions}
    taken = [each for each in versions if named[each]]
    for version in taken:
        said = f"{gone}; new executions by {listed(named[version])} take version {version}, {kind.new}"
        yield Finding(kind.check, "problem", said, _way_on(patient, version, versions))
    running = {each: patient.in_flight[each] for each in versions if each in patient.in_flight}
    if running:
        names = [name for each in running.values() for name in each]
        said = f"{gone}; {_counted(names)} on {numbered(running)} ({listed(names)}): {kind.running}"
        yield Finding(kind.check, kind.running_level, said, _rescue(patient, kind, name, running))
    kept = [each for each in versions if each not in taken and each not in running and each != "$LATEST"]
    if kept:
        yield Finding(
            kind.check,
            "warning",
            f"{gone}; {numbered(kept)} {kind.kept} after a rollback",
            "go back to another version (alias_version); durable prune deletes those that nobody needs",
        )


def _way_on(patient: Patient, version: str, broken: Sequence[str]) -> str:
    """Return how new executions get a version that stands."""
    if patient.alias is None or version not in patient.alias.versions:
        return "name another version in additional_aliases; pulumi up"
    if version in ("$LATEST", *patient.published[-1:]):
        return (
            "pulumi up --refresh makes it again, for a new version (without alias_version); what is not of this "
            "program: make it again, or give another one"
        )
    if version != patient.alias.version:
        return "take new_version_weight out; pulumi up"
    others = [each for each in patient.published if each not in broken]
    other = f"name another version in alias_version ({numbered(others)}), or " if others else ""
    refresh = " --refresh" if patient.published[-1] in broken else ""
    return f"{other}take alias_version out; pulumi up{refresh}"


def _rescue(patient: Patient, kind: Kind, name: str, running: Mapping[str, list[str]]) -> str:
    """Return what helps executions in flight, whose version goes on naming what is gone."""
    names = [each for found in running.values() for each in found]
    again = kind.again.format(region=patient.function.region, name=name.rpartition(":")[2])
    if kind is not ROLE:
        return again
    title = shlex.quote(patient.function.title)
    stop = (
        f"durable stop {' '.join(names)}"
        if len(names) <= MOST_NAMED
        else "; ".join(f"durable drain {title} --version {each} --stop" for each in running)
    )
    return f"{again}; or end them: {stop}"


def _counted(names: list[str]) -> str:
    return f"{len(names):,} execution{'s' if len(names) > 1 else ''} in flight"
