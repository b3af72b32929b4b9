"""Look a plan over before it is used: every error and every warning, each with line and advice."""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from typing import Final

from pydantic import ValidationError

from schemas.plan.checking.advisories import Advisories
from schemas.plan.checking.calendars import calendar_findings, year_findings
from schemas.plan.checking.findings import Finding, Severity
from schemas.plan.checking.lines import Lines, find_lines
from schemas.plan.checking.outlines import outline_findings
from schemas.plan.checking.references import References
from schemas.plan.checking.schema_errors import schema_findings
from schemas.plan.checking.shadowing import unreachable_rules
from schemas.plan.checking.webhook_addresses import webhook_findings
from schemas.plan.model import Plan

VERSION_LENGTH: Final = 12

MOST_BYTES: Final = 4 * 1024 * 1024
_DEEPEST: Final = 16
_PARTS: Final = re.compile(
    r'#[^\n]*|"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\''
    r'|["\'][^\n]*|[\[\]{}]'  # a quote that nothing closes takes its line along
    r"|(?<![\w.-])(?:[\w-]++[ \t]*+\.[ \t]*+){16}",
    re.DOTALL,
)
_TOML_LINE: Final = re.compile(r" \(at line (\d+), column (\d+)\)$")


@dataclass(frozen=True, slots=True)
class Examined:
    """What looking at a file gave: findings in the order of lines, and the plan if it is one.

    A plan is there as soon as its schema is right; whether it may be used, the findings say.
    """

    plan: Plan | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> tuple[Finding, ...]:
        """Return the findings that keep the plan from being used."""
        return tuple(found for found in self.findings if found.severity is Severity.ERROR)


def check_plan(data: bytes, name: str) -> list[Finding]:
    """Return everything there is to say about a plan's bytes; an empty list is a clean plan.

    `name` is what the file is called in messages of a broken encoding.
    """
    return list(examine(data, name=name).findings)


def examine(
    data: bytes, *, name: str, loopback: bool = False, today: date | None = None
) -> Examined:
    """Read a plan's bytes as far as they go and collect the findings on the way.

    `loopback` allows webhooks to this machine, as where the whole house runs on it. Without `today`
    nothing is said of years whose holidays the plan does not know yet.
    """
    if len(data) > MOST_BYTES:
        advice = "leave out points of outlines, or divide the area"
        return _refused(1, name, f"the file is larger than {MOST_BYTES >> 20} MiB", advice)
    try:
        text = data.decode("utf-8-sig")  # editors on Windows write a byte order mark
    except UnicodeDecodeError as broken:
        line = data[: broken.start].count(b"\n") + 1
        return _refused(line, name, "the file is not UTF-8", "save it as UTF-8")
    try:
        table = _table(text)
    except _NoToml as broken:
        return _refused(broken.line, "plan", broken.message, broken.advice)
    version = version_of(data)
    return _examine_table(table, find_lines(text), version=version, loopback=loopback, today=today)


@dataclass
class _NoToml(Exception):
    line: int
    message: str
    advice: str = "correct the TOML"


def _table(text: str) -> dict[str, object]:
    deep = _too_deep(text)
    if deep is not None:
        told = f"tables or lists stand in each other more than {_DEEPEST} deep"
        raise _NoToml(deep, told, "a plan needs four: correct brackets and dots")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        raise _NoToml(*_syntax(broken, text)) from broken
    except (ValueError, RecursionError) as broken:
        # Python's own bounds, which name no line: digits of a number, levels of dotted keys.
        raise _NoToml(_longest_line(text), f"not TOML: {broken}", "write it shorter") from broken


def _examine_table(
    table: dict[str, object], lines: Lines, *, version: str, loopback: bool, today: date | None
) -> Examined:
    if "version" in table:
        message = "`version` is computed from the file's bytes"
        return _refused(lines.of("version"), "version", message, "remove the key")
    references = list(References(table, lines).findings())
    try:
        plan = Plan.model_validate(table | {"version": version})
    except ValidationError as invalid:
        return _sorted(None, [*schema_findings(invalid, lines), *references])
    checks = (
        references,
        outline_findings(plan, lines),
        calendar_findings(plan, lines),
        unreachable_rules(plan, lines),
        webhook_findings(plan, lines, loopback=loopback),
        Advisories(plan, lines).findings(),
        () if today is None else year_findings(plan, lines, today=today),
    )
    return _sorted(plan, [finding for found in checks for finding in found])


def version_of(data: bytes) -> str:
    """Return the version that a plan's bytes have.

    >>> version_of(b"")
    'e3b0c44298fc'
    """
    return hashlib.sha256(data).hexdigest()[:VERSION_LENGTH]


def _too_deep(text: str) -> int | None:
    """Return the line on which brackets or a dotted key are too deep; None where none are."""
    depth = 0
    for part in _PARTS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(part[0], 0)
        dotted_key = part[0][0] not in "#\"'[]{}"
        if depth > _DEEPEST or dotted_key:
            return text.count("\n", 0, part.start()) + 1
    return None


def _longest_line(text: str) -> int:
    lines = [len(line) for line in text.split("\n")]
    return lines.index(max(lines)) + 1


def _syntax(broken: tomllib.TOMLDecodeError, text: str) -> tuple[int, str]:
    message = str(broken)
    found = _TOML_LINE.search(message)
    if found is None:
        return text.count("\n") + 1, f"not TOML: {message}"
    told = _TOML_LINE.sub("", message)
    return int(found[1]), f"not TOML, column {found[2]}: {told}"


def _refused(line: int, where: str, message: str, advice: str) -> Examined:
    return Examined(None, (Finding(Severity.ERROR, line, where, message, advice),))


def _sorted(plan: Plan | None, findings: list[Finding]) -> Examined:
    return Examined(plan, tuple(sorted(findings, key=lambda found: (found.line, found.where))))
