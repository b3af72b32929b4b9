"""Logs as JSON lines on standard error: one object per event, with what `extra` carried."""

import json
import logging
import sys
from datetime import UTC, datetime

from typing_extensions import override

from services.kit import traces
from services.kit.printable import printable_json
from services.kit.process.folding import FOLDING, OncePerMinute

# What every record has, and uvicorn's second message for terminals.
_STANDARD = frozenset(logging.makeLogRecord({}).__dict__) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
}


_TOLD_ALREADY = ("Traceback", "Application startup failed", "  + Exception Group Traceback")
_OURS = ("services", "schemas")
"""Whose records may be as fine as is asked for: those of others hold what they carry."""
_LEAST = {
    **dict.fromkeys(("", "faststream", "uvicorn.access"), logging.WARNING),
    "uvicorn": logging.INFO,
}


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
            "message": _message(record),
        }
        told |= {k: v for k, v in record.__dict__.items() if k not in _STANDARD}
        if record.exc_info and record.exc_info[1] is not None:
            told["exception"] = traces.told(record.exc_info[1])
        return printable_json(json.dumps(told, ensure_ascii=False, default=str))


def _message(record: logging.LogRecord) -> str:
    """Return what a record says; asyncio's further lines hold the error with all its values."""
    message = record.getMessage()
    return message.partition("\n")[0] if record.name == "asyncio" else message


def set_up_logging(service: str, *, level: str) -> None:
    """Send every log record of this process to standard error as JSON.

    `level` is for our own records. Those of libraries begin with warnings: below, they write each
    statement, request and record as it is.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(service))
    handler.addFilter(FOLDING)
    logging.getLogger().handlers = [handler]
    asked: int = logging.getLevelNamesMapping()[level.upper()]
    for name in _OURS:
        logging.getLogger(name).setLevel(asked)
    for name, least in _LEAST.items():
        logging.getLogger(name).setLevel(max(least, asked))
    http = logging.getLogger("uvicorn.error")
    http.addFilter(_says_something_new)
    http.addFilter(OncePerMinute())


def _says_something_new(record: logging.LogRecord) -> bool:
    """Pass over uvicorn's tracebacks of a start or a stop: `kit.process.life` has told why."""
    return not record.getMessage().startswith(_TOLD_ALREADY)
