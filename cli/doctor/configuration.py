"""Whether a version is configured as a durable function, and is ready."""

from collections.abc import Iterator

from .deployed_function import DeployedFunction, Finding, in_days


def durable(deployed: DeployedFunction) -> Iterator[Finding]:
    """Check whether the version is durable."""
    config = deployed.config.get("DurableConfig")
    if not config:
        yield Finding(
            "durable",
            "problem",
            "the version on which new executions run is not durable: it has no DurableConfig",
            "that can only be set at creation: deploy the function as a DurableFunction, which replaces it",
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
            "state", "problem", f"{state}, last update {update}: {reason}", "fix the cause; pulumi up"
        )


def log_format(deployed: DeployedFunction) -> Iterator[Finding]:
    """Check whether it logs as durable functions must."""
    chosen = (deployed.config.get("LoggingConfig") or {}).get("LogFormat", "Text")
    if chosen != "JSON":
        fix = 'logging_config={"log_format": "JSON"}, as DurableFunction sets it'
        yield Finding("log format", "problem", f"{chosen}; durable functions work with JSON only", fix)
