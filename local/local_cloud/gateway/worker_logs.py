"""Logs as Lambda's own runtime for Python has them in JSON: a line for each record, with the ID of the request.

The text of this file runs in the process of each handler, before the handler is imported.
"""

import json
import logging
import time
import traceback
from typing import Any

_STANDARD = vars(logging.makeLogRecord({})).keys() | {"message", "asctime"}


class _JsonLines(logging.Formatter):
    request_id = ""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(record.created)),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info and record.exc_info[0]:
            kind, error, trace = record.exc_info
            line |= {
                "stackTrace": traceback.format_tb(trace),
                "errorType": kind.__name__,
                "errorMessage": str(error),
            }
        if self.request_id:
            line["requestId"] = self.request_id
        line |= {
            key: value for key, value in vars(record).items() if key not in _STANDARD and key not in line
        }
        return json.dumps(line, default=str)


_lines, _handler = _JsonLines(), logging.StreamHandler()
_handler.setFormatter(_lines)
logging.root.addHandler(_handler)
# The default of a function whose logs are JSON.
logging.root.setLevel(logging.INFO)


def _begin_request(context: dict[str, Any]) -> None:
    _lines.request_id = str(context.get("request_id", ""))
