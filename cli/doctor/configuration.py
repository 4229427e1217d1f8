"""Whether a version's own configuration is that of a durable function which is ready."""

from collections.abc import Iterator

from .patient import Finding, Patient, in_days


def durable(patient: Patient) -> Iterator[Finding]:
    """Check whether the version is durable."""
    config = patient.config.get("DurableConfig")
    if not config:
        yield Finding(
            "durable",
            "problem",
            "the version that new executions take is not durable: it has no DurableConfig",
            "it can be set at creation only: deploy it as a DurableFunction, which replaces it",
        )
        return
    days = config.get("RetentionPeriodInDays")
    yield Finding("durable", "ok", f"executions of up to {patient.timeout:,} s, kept for {in_days(days)}")


def state(patient: Patient) -> Iterator[Finding]:
    """Check whether it is ready."""
    state, update = (
        patient.config.get("State", "Active"),
        patient.config.get("LastUpdateStatus", "Successful"),
    )
    reason = patient.config.get("StateReason") or patient.config.get("LastUpdateStatusReason") or ""
    if state in {"Active", "Inactive"} and update == "Successful":
        yield Finding("state", "ok", "ready for invocations")
    else:
        yield Finding(
            "state", "problem", f"{state}, last update {update}: {reason}", "mend the reason, and pulumi up"
        )


def log_format(patient: Patient) -> Iterator[Finding]:
    """Check whether it logs as durable functions must."""
    chosen = (patient.config.get("LoggingConfig") or {}).get("LogFormat", "Text")
    if chosen != "JSON":
        fix = 'logging_config={"log_format": "JSON"}, as DurableFunction sets it'
        yield Finding("log format", "problem", f"{chosen}; durable functions work with JSON only", fix)
