"""Logs as JSON lines on standard error: one object per event, with what `extra` carried."""

import json
import logging
import sys
from datetime import UTC, datetime

from typing_extensions import override

# What every record has, and uvicorn's second message for terminals.
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
}


_TOLD_ALREADY = ("Traceback", "Application startup failed", "  + Exception Group Traceback")


class JsonFormatter(logging.Formatter):
    """Writes a record as one JSON object; `extra` fields such as case ids become keys."""

    def __init__(self, service: str) -> None:
        """Remember which service speaks."""
        super().__init__()
        self._service = service

    @override
    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
        }
        told |= {k: v for k, v in record.__dict__.items() if k not in _STANDARD}
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, ensure_ascii=False, default=str)


def set_up_logging(service: str, *, level: str) -> None:
    """Send every log record of this process to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(service))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("aiokafka", "faststream", "uvicorn.access", "httpx"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    logging.getLogger("uvicorn.error").addFilter(_says_something_new)


def _says_something_new(record: logging.LogRecord) -> bool:
    """Pass over uvicorn's tracebacks of a start or a stop: `services.kit.running` has told why."""
    return not record.getMessage().startswith(_TOLD_ALREADY)
