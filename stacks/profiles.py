"""What a stack gets where its file says nothing: short and cheap for development, guarded for production.

The file's own keys win, one by one. Every stack file says itself how long executions may last and are kept.
"""

from collections.abc import Mapping

_COMMON: Mapping[str, str] = {
    "memorySize": "512",
    "architecture": "arm64",
    "buildFor": "lambda",
    "errorsAlarm": "true",
    "errorsAlarmThreshold": "5",
    "settlementTime": "5s",
    "approvalTimeout": "10m",
    "approvalThreshold": "10000",
    "reconcileSchedule": "cron(0 3 * * ? *)",
    "costOperations": "12",
    "costKilobytes": "20",
}

PROFILES: Mapping[str, Mapping[str, str]] = {
    "dev": {
        **_COMMON,
        "environment": "development",
        "logLevel": "DEBUG",
        "retainLogs": "false",
        "durableAlarms": "false",
        "alarmTopic": "false",
        "dashboard": "false",
        "deadLetterQueue": "false",
        "deletionProtection": "false",
    },
    "prod": {
        **_COMMON,
        "environment": "production",
        "logLevel": "INFO",
        "retainLogs": "true",
        "durableAlarms": "true",
        "alarmTopic": "true",
        "dashboard": "true",
        "deadLetterQueue": "true",
        "deletionProtection": "true",
    },
}
