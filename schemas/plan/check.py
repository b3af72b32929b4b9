"""Look a plan over before it is used: every error and every warning, each with line and advice."""

import hashlib
import re
import tomllib
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError

from schemas.plan.advisories import Advisories
from schemas.plan.findings import Finding, Severity
from schemas.plan.lines import Lines, find_lines
from schemas.plan.model import Plan
from schemas.plan.references import References
from schemas.plan.schema_errors import schema_findings
from schemas.plan.shadowing import unreachable_rules

VERSION_LENGTH: Final = 12

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


def examine(data: bytes, *, name: str) -> Examined:
    """Read a plan's bytes as far as they go and collect the findings on the way."""
    try:
        text = data.decode("utf-8-sig")  # editors on Windows write a byte order mark
    except UnicodeDecodeError as broken:
        line = data[: broken.start].count(b"\n") + 1
        return _refused(line, name, "the file is not UTF-8", "save it as UTF-8")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        return _refused(*_syntax(broken, text), "correct the TOML")
    return _examine_table(table, find_lines(text), version=version_of(data))


def _examine_table(table: dict[str, object], lines: Lines, *, version: str) -> Examined:
    if "version" in table:
        message = "`version` is computed from the file's bytes"
        return _refused(lines.of("version"), "version", message, "remove the key")
    try:
        plan = Plan.model_validate(table | {"version": version})
    except ValidationError as invalid:
        return _sorted(None, list(schema_findings(invalid, lines)))
    checks = (
        References(plan, lines).findings(),
        unreachable_rules(plan, lines),
        Advisories(plan, lines).findings(),
    )
    return _sorted(plan, [finding for found in checks for finding in found])


def version_of(data: bytes) -> str:
    """Return the version that a plan's bytes have.

    >>> version_of(b"")
    'e3b0c44298fc'
    """
    return hashlib.sha256(data).hexdigest()[:VERSION_LENGTH]


def _syntax(broken: tomllib.TOMLDecodeError, text: str) -> tuple[int, str, str]:
    message = str(broken)
    found = _TOML_LINE.search(message)
    if found is None:
        return text.count("\n") + 1, "plan", f"not TOML: {message}"
    told = _TOML_LINE.sub("", message)
    return int(found[1]), "plan", f"not TOML, column {found[2]}: {told}"


def _refused(line: int, where: str, message: str, advice: str) -> Examined:
    return Examined(None, (Finding(Severity.ERROR, line, where, message, advice),))


def _sorted(plan: Plan | None, findings: list[Finding]) -> Examined:
    return Examined(plan, tuple(sorted(findings, key=lambda found: (found.line, found.where))))
