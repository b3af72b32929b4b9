"""The plan's file beside the plan in use: whether it is the same, since when, and its check."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path

from schemas.plan import Examined, Finding, Plan, examine, plan_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """What the file says: `saved_at` is when it was; `fault` is why it cannot be read, if so.

    `is_used` tells that the plan in use is what stands there.
    """

    findings: Sequence[Finding] = ()
    is_used: bool = False
    saved_at: datetime | None = None
    fault: str = ""


async def look_at(path: Path, used: Plan, *, today: date, loopback: bool) -> PlanFile:
    """Return what stands in the plan's file, and what there is to say about it today."""
    # A large plan takes seconds to check, in which others are answered.
    return await asyncio.to_thread(_looked, path, used, today, loopback=loopback)


def _looked(path: Path, used: Plan, today: date, *, loopback: bool) -> PlanFile:
    try:
        data = plan_bytes(path)
        saved_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        return PlanFile(fault=error.strerror or "it cannot be read")
    examined = _examined(data, path.name, today, loopback=loopback)
    is_used = examined.plan is not None and examined.plan.version == used.version
    return PlanFile(findings=examined.findings, is_used=is_used, saved_at=saved_at)


@lru_cache(maxsize=1)
def _examined(data: bytes, name: str, today: date, *, loopback: bool) -> Examined:
    return examine(data, name=name, today=today, loopback=loopback)
