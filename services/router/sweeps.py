"""Timed work: follow the plan's file, so that a new version needs no restart."""

import logging
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from schemas.plan import Plan, parse_plan
from services.kit.watched_file import WatchedFile
from services.router.metrics import RouterMetrics

logger = logging.getLogger(__name__)


class LivePlan:
    """The plan cases are routed by: the newest good version whose topics all exist."""

    def __init__(
        self, path: Path, *, metrics: RouterMetrics, on_new: Callable[[Plan], Awaitable[None]]
    ) -> None:
        """Read the plan; raises `InvalidPlan` when it cannot be used.

        `on_new` makes what a version with new departments needs, before that version is used.
        """
        self._metrics = metrics
        self._on_new = on_new
        self._file = WatchedFile(
            path,
            partial(parse_plan, name=str(path)),
            on_change=self._loaded,
            on_refused=self._refused,
        )
        self._value = self._file.value

    def __call__(self) -> Plan:
        """Return the plan of this moment."""
        return self._value

    async def follow(self) -> None:
        """Look at the file once and take a new version; a failure before that is tried again."""
        self._file.poll()
        new = self._file.value
        if new is self._value:
            return
        if new.departments.keys() - self._value.departments.keys():
            await self._on_new(new)
        self._value = new

    def _loaded(self, plan: Plan) -> None:
        self._metrics.plan_reloads.labels(outcome="loaded").inc()
        logger.info("plan loaded", extra={"plan_version": plan.version})

    def _refused(self, why: Exception) -> None:
        self._metrics.plan_reloads.labels(outcome="refused").inc()
        logger.error("plan refused, the last good one stays", extra={"cause": str(why)})
