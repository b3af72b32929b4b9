"""Why a service ended, in its own words: the last error of its log, without the traceback."""

import json
import re
from pathlib import Path
from typing import Final

from services.machine.bounds import REASON_TAIL_LINES

_LOUD: Final = frozenset({"error", "critical"})
_SAYS_NOTHING: Final = frozenset({"Application startup failed. Exiting."})
_OUR_CLASS: Final = re.compile(r"^(?:services|schemas)\.[\w.]+: ")
_A_MODULE: Final = re.compile(r"^(?:\w+\.)+(?=\w+: )")


def size_of(log: Path) -> int:
    """Return how much a log holds now: what a start adds stands after it."""
    return log.stat().st_size if log.exists() else 0


def why_ended(log: Path, *, since: int = 0) -> str:
    """Return the reason that a log gives after its first `since` bytes.

    That is its last error; the end of the log when it tells of none.
    """
    text = log.read_bytes()[since:].decode(errors="replace") if log.exists() else ""
    lines = text.splitlines()
    reasons = [reason for line in lines if (reason := _reason(line))]
    if reasons:
        return reasons[-1]
    if "Traceback (most recent call last):" in text:
        return _plain(text)
    return "\n".join(lines[-REASON_TAIL_LINES:]) or "(it says nothing)"


def _reason(line: str) -> str:
    """Return what a line of the log says went wrong; empty when it says nothing of the kind."""
    try:
        told = json.loads(line)
    except ValueError:
        return ""
    if not isinstance(told, dict) or told.get("level") not in _LOUD:
        return ""
    message = str(told.get("message", ""))
    if message in _SAYS_NOTHING:
        return ""
    return _plain(str(told.get("exception") or message))


def _plain(text: str) -> str:
    """Return a message as it is, and of a traceback only what was raised."""
    if not text.startswith("Traceback") and "\nTraceback" not in text:
        return text
    lines = text.strip().splitlines()
    last = max((n for n, line in enumerate(lines) if line.startswith("  File ")), default=0)
    raised = [line for line in lines[last + 1 :] if line[:1] not in {"", " "}]
    told = "\n".join(raised) or lines[-1]
    return _A_MODULE.sub("", _OUR_CLASS.sub("", told))
