"""What pydantic says about a plan, put into an operator's words with line and advice."""

import difflib
from collections.abc import Iterator
from typing import Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from schemas.plan.base import Table
from schemas.plan.calendar import CalendarYear, Working
from schemas.plan.checking.findings import Finding, Severity
from schemas.plan.checking.lines import Lines, Path
from schemas.plan.danger import Danger
from schemas.plan.departments import Department
from schemas.plan.duty import Person, Shift
from schemas.plan.limits import Limits
from schemas.plan.merging import Merging
from schemas.plan.model import Category, District, Exercises, Fallback, Grid, Plan
from schemas.plan.requests import Requests
from schemas.plan.residents import Residents
from schemas.plan.rules import Rule, RuleWhen
from schemas.plan.supervision import Supervision
from schemas.plan.texts import StandardText
from schemas.plan.webhooks import Webhooks

_TABLES: Final[dict[str | int, type[Table]]] = {
    "districts": District,
    "grids": Grid,
    "departments": Department,
    "people": Person,
    "duty": Shift,
    "categories": Category,
    "rules": Rule,
    "when": RuleWhen,
    "limits": Limits,
    "requests": Requests,
    "merging": Merging,
    "danger": Danger,
    "fallback": Fallback,
    "supervision": Supervision,
    "texts": StandardText,
    "webhooks": Webhooks,
    "residents": Residents,
    "exercises": Exercises,
    "calendar": CalendarYear,
    "working": Working,
}

_LONGEST: Final = 300
_ADVICE: Final = {
    "string_type": "write it as text in quotes",
    "string_too_short": "write something, or remove the key",
    "string_pattern_mismatch": "write a code in ASCII letters, digits and hyphens, a URL as https://...",
    "tuple_type": "write it as a list in [brackets]",
    "dict_type": "write it as a table in {braces}",
    "date_type": "write it as 2026-10-01, without quotes",
    "unknown_person": "add the person to the `people` of the same table, or correct the id",
    "unknown_category": "correct the code",
}

_MISSING: Final = {
    "lead": "name the department that owns it",
    "fallback": "add [fallback] with owner and deputy",
    "owner": "name the department that owns whatever nobody else owns",
    "deputy": "name the department that receives what the owner itself declined",
    "timezone": 'add the IANA name, such as timezone = "Asia/Shanghai"',
    "status": 'write "official", "statutory" or "assumed"',
    "source": "name who told the days, such as the notice and its date",
    "limit": 'add a limit, such as limit = "2 UH"',
}


def schema_findings(invalid: ValidationError, lines: Lines) -> Iterator[Finding]:
    """Yield a finding for each thing the schema refuses."""
    for error in invalid.errors(include_url=False):
        path: Path = error["loc"]
        message, advice = _explain(error, path)
        yield Finding(Severity.ERROR, lines.of(*path), dotted(path), _short(message), advice)


def _short(message: str) -> str:
    """Return a message without the most of a value that fills pages.

    >>> _short("x" * 1000)[-4:]
    'x...'
    """
    return message if len(message) <= _LONGEST else f"{message[:_LONGEST]}..."


def dotted(path: Path) -> str:
    """Write a path as `rules[2].when.grid`.

    >>> dotted(("rules", 2, "id"))
    'rules[2].id'
    """
    written = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return written.removeprefix(".") or "plan"


def _explain(error: ErrorDetails, path: Path) -> tuple[str, str]:
    kind = error["type"]
    last = str(path[-1])[:80] if path else "plan"
    if kind == "missing":
        return (
            f"{dotted(path[:-1])} has no `{last}`",
            _MISSING.get(last, f"add `{last} = ...`"),
        )
    if kind == "extra_forbidden":
        return f"unknown key `{last}`", _nearest_key(path, last)
    message = error["msg"].removeprefix("Value error, ")
    return f"`{last}`: {message}", _ADVICE.get(kind, "correct the value")


def _nearest_key(path: Path, key: str) -> str:
    inside = [step for step in path[:-1] if step in _TABLES]
    table = _TABLES[inside[-1]] if inside else Plan
    known = sorted(
        (field.alias or name for name, field in table.model_fields.items()),
    )
    close = difflib.get_close_matches(key, known, n=1)
    return f"did you mean `{close[0]}`?" if close else f"remove it; known keys: {', '.join(known)}"
