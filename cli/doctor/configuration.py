"""Whether a version's own configuration is that of a durable function which is ready."""

from collections.abc import Iterator

from .deployed_function import DeployedFunction, Finding, in_days


def durable(deployed: DeployedFunction) -> Iterator[Finding]:
    """Check whether the version is durable."""
    config = deployed.config.get("DurableConfig")
    if not config:
        yield Finding(
            "durable",
            "problem",
            "the version that new executions take is not durable: it has no DurableConfig",
            "it can be set at creation only: deploy it as a DurableFunction, which replaces it",
        )
        return
    days = config.get("RetentionPeriodInDays")
    yield Finding("durable", "ok", f"executions of up to {deployed.timeout:,} s, kept for {in_days(days)}")


def state(deployed: DeployedFunction) -> Iterator[Finding]:
    """Check whether it is ready."""
    state, update = (
        deployed.config.get("State", "Active"),
        deployed.config.get("LastUpdateStatus", "Successful"),
    )
    reason = deployed.config.get("StateReason") or deployed.config.get("LastUpdateStatusReason") or ""
    if state in {"Active", "Inactive"} and update == "Successful":
        yield Finding("state", "ok", "ready for invocations")
    else:
        yield Finding(
            "state", "problem", f"{state}, last update {update}: {reason}", "mend the reason, and pulumi up"
        )


def log_format(deployed: DeployedFunction) -> Iterator[Finding]:
    """Check whether it logs as durable functions must."""
    chosen = (deployed.config.get("LoggingConfig") or {}).get("LogFormat", "Text")
    if chosen != "JSON":
        fix = 'logging_config={"log_format": "JSON"}, as DurableFunction sets it'
        yield Finding("log format", "problem", f"{chosen}; durable functions work with JSON only", fix)
