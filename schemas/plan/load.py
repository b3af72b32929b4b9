"""Turn a file into a plan, or say everything that keeps it from being one."""

from pathlib import Path

from schemas.plan.checking.check import MOST_BYTES, examine
from schemas.plan.checking.findings import InvalidPlan
from schemas.plan.model import Plan


def parse_plan(data: bytes, *, name: str, loopback: bool = False) -> Plan:
    """Return the plan of a file's bytes; raises `InvalidPlan` with every error in it.

    `name` is what the file is called in the messages; `loopback` allows webhooks to this machine.
    """
    examined = examine(data, name=name, loopback=loopback)
    if examined.plan is None or examined.errors:
        raise InvalidPlan(examined.findings, name=name)
    return examined.plan


def load_plan(path: Path, *, loopback: bool = False) -> Plan:
    """Return the plan of a file."""
    return parse_plan(plan_bytes(path), name=str(path), loopback=loopback)


def plan_bytes(path: Path) -> bytes:
    """Return a file's bytes, or as many as show that it is too large to be a plan."""
    with path.open("rb") as file:
        return file.read(MOST_BYTES + 1)
