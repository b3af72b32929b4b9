"""Turn a file into a plan, or say everything that keeps it from being one."""

from pathlib import Path

from schemas.plan.check import examine
from schemas.plan.findings import InvalidPlan
from schemas.plan.model import Plan


def parse_plan(data: bytes, *, name: str) -> Plan:
    """Return the plan of a file's bytes; raises `InvalidPlan` with every error in it.

    `name` is what the file is called in the messages.
    """
    examined = examine(data, name=name)
    if examined.plan is None or examined.errors:
        raise InvalidPlan(examined.findings, name=name)
    return examined.plan


def load_plan(path: Path) -> Plan:
    """Return the plan of a file; the only thing here that reads one."""
    return parse_plan(path.read_bytes(), name=str(path))
