"""Whether the role, log group and dead letter target of each version exist, older versions included."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from botocore.exceptions import ClientError

from .. import services
from ..stack import Function
from .deployed_function import (
    Config,
    DeployedFunction,
    Finding,
    Level,
    in_days,
    is_missing,
    summarized,
    version_list,
)

MAX_NAMED = 5
"""How many executions a command names at most; if there are more, it names their version."""


@dataclass(frozen=True)
class DependencyKind:
    """A kind of resource that versions depend on."""

    check: str
    title: str
    effect_on_new: str
    """What it means for new executions that it does not exist."""
    effect_on_running: str
    """What it means for executions in flight."""
    effect_on_rollback: str
    """What it means for a version after a rollback to it."""
    running_level: Level
    recreate: str
    """How to create it again, for versions that keep referring to it; {name} and {region} are filled in."""


ROLE = DependencyKind(
    "role",
    "role",
    "which cannot run without it",
    "each fails at its next checkpoint",
    "could not run",
    "problem",
    "create a role with exactly that name and path again, trusted by lambda.amazonaws.com and with the permissions "
    "that it had",
)
LOG_GROUP = DependencyKind(
    "logs",
    "log group",
    "which cannot write logs without it",
    "their logs are lost",
    "could not write logs",
    "warning",
    "aws logs create-log-group --region {region} --log-group-name {name}",
)
QUEUE = DependencyKind(
    "dead letters",
    "dead letter queue",
    "which loses the events of executions that fail",
    "the event of each that fails is lost",
    "would lose the events of executions that fail",
    "warning",
    "aws sqs create-queue --region {region} --queue-name {name}",
)
TOPIC = DependencyKind(
    "dead letters",
    "dead letter topic",
    QUEUE.effect_on_new,
    QUEUE.effect_on_running,
    QUEUE.effect_on_rollback,
    "warning",
    "aws sns create-topic --region {region} --name {name}",
)


def role(deployed: DeployedFunction) -> Iterator[Finding]:
    """Check whether the role of each version exists."""
    versions_by_role = _versions_by_name(
        {version: config.get("Role") for version, config in deployed.versions.items()}
    )
    iam = services.client("iam")
    for arn, versions in versions_by_role.items():
        try:
            # A role with the same name under another path is a different role.
            exists = iam.get_role(RoleName=arn.split("/")[-1])["Role"]["Arn"] == arn
        except ClientError as error:
            if not is_missing(error):
                raise
            exists = False
        if not exists:
            yield from _report_missing(deployed, ROLE, arn, versions)


def logs(deployed: DeployedFunction) -> Iterator[Finding]:
    """Check whether the log group of each version exists, and whether the current one keeps logs forever."""
    function = deployed.function
    versions_by_group = _versions_by_name(
        {version: log_group(config, function) for version, config in deployed.versions.items()}
    )
    current = log_group(deployed.config, function)
    client = services.client("logs", region_name=function.region)
    for group, versions in versions_by_group.items():
        groups = client.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
        details = next((candidate for candidate in groups if candidate["logGroupName"] == group), None)
        if details is None:
            yield from _report_missing(deployed, LOG_GROUP, group, versions)
        elif group == current:
            yield _retention(group, details.get("retentionInDays"))


def dead_letters(deployed: DeployedFunction) -> Iterator[Finding]:
    """Check whether the dead letter target of each version exists."""
    versions_by_arn = _versions_by_name(
        {version: dead_letter_target(config) for version, config in deployed.versions.items()}
    )
    current = dead_letter_target(deployed.config)
    for arn, versions in versions_by_arn.items():
        # SQS answers that another account's queue does not exist if access to it is denied.
        elsewhere = arn.split(":")[4] != deployed.function.arn.split(":")[4]
        if not elsewhere and not _target_is_there(arn):
            yield from _report_missing(deployed, QUEUE if ":sqs:" in arn else TOPIC, arn, versions)
        elif arn == current:
            yield Finding("dead letters", "ok", f"events of executions that fail go to {arn.split(':')[-1]}")


def log_group(config: Config, function: Function) -> str:
    """Return the name of the log group that a version writes to."""
    return str((config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{function.name}")


def dead_letter_target(config: Config) -> str | None:
    """Return the ARN of a version's dead letter queue or topic."""
    return (config.get("DeadLetterConfig") or {}).get("TargetArn")


def _versions_by_name(names: Mapping[str, str | None]) -> dict[str, list[str]]:
    """Group versions by the resource that they depend on, so that each resource is looked up once."""
    grouped: dict[str, list[str]] = {}
    for version, name in names.items():
        if name:
            grouped.setdefault(name, []).append(version)
    return grouped


def _target_is_there(arn: str) -> bool:
    _, _, service, region, _, name = arn.split(":", 5)
    try:
        if service == "sqs":
            services.client("sqs", region_name=region).get_queue_url(QueueName=name)
        else:
            services.client("sns", region_name=region).get_topic_attributes(TopicArn=arn)
    except ClientError as error:
        if is_missing(error):
            return False
        raise
    return True


def _retention(group: str, days: int | None) -> Finding:
    if days is None:
        return Finding("logs", "warning", f"{group} keeps logs forever", "set log_retention_days")
    return Finding("logs", "ok", f"JSON, kept for {in_days(days)} in {group}")


def _report_missing(
    deployed: DeployedFunction, kind: DependencyKind, name: str, versions: list[str]
) -> Iterator[Finding]:
    """Yield what a missing resource means for new executions, for those in flight, and for a rollback."""
    deployed.missing.add(name)
    missing = f"the {kind.title} {name} does not exist"
    alias_names = {
        version: [alias.name for alias in deployed.aliases if version in alias.versions]
        for version in versions
    }
    aliased = [version for version in versions if alias_names[version]]
    for version in aliased:
        message = f"{missing}; new executions by {summarized(alias_names[version])} run on version {version}, {kind.effect_on_new}"
        yield Finding(kind.check, "problem", message, _fix_for_alias(deployed, version, versions))
    running = {version: deployed.in_flight[version] for version in versions if version in deployed.in_flight}
    if running:
        names = [name for executions in running.values() for name in executions]
        message = f"{missing}; {_counted(names)} on {version_list(running)} ({summarized(names)}): {kind.effect_on_running}"
        yield Finding(
            kind.check, kind.running_level, message, _fix_for_running(deployed, kind, name, running)
        )
    idle = [
        version
        for version in versions
        if version not in aliased and version not in running and version != "$LATEST"
    ]
    if idle:
        yield Finding(
            kind.check,
            "warning",
            f"{missing}; {version_list(idle)} {kind.effect_on_rollback} after a rollback",
            "roll back to another version (alias_version); durable prune deletes versions that nobody needs",
        )


def _fix_for_alias(deployed: DeployedFunction, version: str, broken: Sequence[str]) -> str:
    """Return how new executions get a version whose resources exist."""
    if deployed.alias is None or version not in deployed.alias.versions:
        return "set another version in additional_aliases; pulumi up"
    if version in ("$LATEST", *deployed.published[-1:]):
        return (
            "pulumi up --refresh creates it again, for a new version (without alias_version); if this program does not "
            "make it, create it again or pass another one"
        )
    if version != deployed.alias.version:
        return "remove new_version_weight; pulumi up"
    others = [version for version in deployed.published if version not in broken]
    other = f"set another version in alias_version ({version_list(others)}), or " if others else ""
    refresh = " --refresh" if deployed.published[-1] in broken else ""
    return f"{other}remove alias_version; pulumi up{refresh}"


def _fix_for_running(
    deployed: DeployedFunction, kind: DependencyKind, name: str, running: Mapping[str, list[str]]
) -> str:
    """Return what helps executions in flight, whose version keeps referring to the missing resource."""
    names = [execution for executions in running.values() for execution in executions]
    again = kind.recreate.format(region=deployed.function.region, name=name.rpartition(":")[2])
    if kind is not ROLE:
        return again
    title = shlex.quote(deployed.function.title)
    stop = (
        f"durable stop {' '.join(names)}"
        if len(names) <= MAX_NAMED
        else "; ".join(f"durable drain {title} --version {version} --stop" for version in running)
    )
    return f"{again}; or end the executions: {stop}"


def _counted(names: list[str]) -> str:
    return f"{len(names):,} execution{'s' if len(names) > 1 else ''} in flight"
