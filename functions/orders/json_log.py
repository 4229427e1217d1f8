"""Logs as one JSON object a line, in Lambda and wherever else the handler runs."""

import json
import logging

_STANDARD = vars(logging.makeLogRecord({})).keys() | {"message", "asctime"}


class JsonFormatter(logging.Formatter):
    """Writes a record with its extra fields, as Lambda's own JSON format does."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as JSON; values that JSON does not support become strings."""
        line = {"level": record.levelname, "message": record.getMessage()}
        line.update((key, value) for key, value in vars(record).items() if key not in _STANDARD)
        if record.exc_info:
            line["stackTrace"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)


def json_logger(name: str, level: str) -> logging.Logger:
    """Return the logger ``name`` at ``level``, one of Lambda's levels: for TRACE, which Python does not have, DEBUG.

    The level is this logger's alone: at DEBUG on the root logger, boto would log every payload. Lambda's
    runtime has a JSON handler on the root logger; one is added only where there is none.
    """
    logger = logging.getLogger(name)
    logger.setLevel("DEBUG" if level == "TRACE" else level)
    if not logger.hasHandlers():
        handler = logging.StreamHandler()
        handler.setFormatter(JsonFormatter())
        logger.addHandler(handler)
    return logger
