"""A function's configuration as arguments of DurableFunction, and the properties that are kept beside them."""

from collections.abc import Mapping
from typing import Any

from .existing import ExistingFunction

_TEXT_LOGS = (
    "it logs plain text; AWS requires JSON for durable functions, but the change publishes a version, so it is left "
    "to you"
)
_MAX_TIMEOUT_SECONDS = 900
"""The longest timeout that pulumi-aws accepts; Lambda accepts more, above all on Managed Instances."""
_NO_LEVELS = "no log levels are set; setting them publishes a version, so it is left to you"


def arguments_of(function: ExistingFunction) -> dict[str, Any]:
    """Return the arguments for a function's configuration; defaults are left out."""
    config = function.config
    vpc, logging = config.get("VpcConfig") or {}, config.get("LoggingConfig", {})
    files = (config.get("FileSystemConfigs") or [{}])[0]
    storage = config.get("EphemeralStorage", {}).get("Size", 512)
    levels = logging if logging.get("LogFormat") == "JSON" else {}
    image = config.get("ImageConfigResponse", {}).get("ImageConfig") or {}
    tenancy = (config.get("TenancyConfig") or {}).get("TenantIsolationMode")
    values = {
        "architecture": config.get("Architectures", ["x86_64"])[0],
        "execution_timeout_seconds": config["DurableConfig"]["ExecutionTimeout"],
        "retention_days": config["DurableConfig"].get("RetentionPeriodInDays", 14),
        "timeout_seconds": config["Timeout"] if config["Timeout"] <= _MAX_TIMEOUT_SECONDS else None,
        "memory_size_mb": config["MemorySize"],
        "ephemeral_storage_mb": storage if storage != 512 else None,
        "description": config.get("Description"),
        "layers": [layer["Arn"] for layer in config.get("Layers", [])],
        "subnet_ids": vpc.get("SubnetIds"),
        "security_group_ids": vpc.get("SecurityGroupIds"),
        "ipv6_allowed_for_dual_stack": vpc.get("Ipv6AllowedForDualStack"),
        "image_command": image.get("Command"),
        "image_entry_point": image.get("EntryPoint"),
        "image_working_directory": image.get("WorkingDirectory"),
        "snap_start": config.get("SnapStart", {}).get("ApplyOn", "None") == "PublishedVersions",
        "tenancy_config": {"tenant_isolation_mode": tenancy} if tenancy else None,
        "file_system_arn": files.get("Arn"),
        "file_system_path": files.get("LocalMountPath"),
        "tracing": config.get("TracingConfig", {}).get("Mode") == "Active",
        "kms_key_arn": config.get("KMSKeyArn"),
        "code_signing_config_arn": function.code_signing,
        "dead_letter_arn": config.get("DeadLetterConfig", {}).get("TargetArn"),
        "application_log_level": levels.get("ApplicationLogLevel"),
        "system_log_level": levels.get("SystemLogLevel"),
        "tags": dict(function.tags),
    }
    arguments = {key: value for key, value in values.items() if value}
    if function.reserved_concurrency is not None:
        arguments["reserved_concurrency"] = function.reserved_concurrency
    return arguments


def kept_of(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the properties that the component would set differently, and why they are kept as they are."""
    keep, logging = {}, config.get("LoggingConfig", {})
    if logging.get("LogFormat") != "JSON":
        keep["loggingConfig"] = _TEXT_LOGS
    elif not (logging.get("ApplicationLogLevel") and logging.get("SystemLogLevel")):
        keep["loggingConfig"] = _NO_LEVELS
    if config.get("CapacityProviderConfig"):
        keep["capacityProviderConfig"] = (
            "the component has no argument for Managed Instances; see docs/recipes.md"
        )
    if config["Timeout"] > _MAX_TIMEOUT_SECONDS:
        keep["timeout"] = f"it is {config['Timeout']} seconds, and pulumi-aws accepts {_MAX_TIMEOUT_SECONDS}"
    return keep
