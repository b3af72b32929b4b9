"""Intake's timed work."""

import logging

from services.intake.metrics import IntakeMetrics
from services.intake.use_cases.contacts import seal_all, unreadable_keys
from services.intake.use_cases.keeping import Kept, forget_what_is_old
from services.intake.use_cases.submissions import forget_keys
from services.kit.clock import Clock
from services.kit.process.runtime import Sweep
from services.kit.sealing.keys import KeyFile
from services.kit.sql.database import Database

logger = logging.getLogger(__name__)


def forgetting(database: Database, *, clock: Clock) -> Sweep:
    """Return the sweep that forgets idempotency keys that are a day old."""

    async def sweep() -> None:
        await forget_keys(database, now=clock())

    return sweep


def sealing(database: Database, *, keys: KeyFile, metrics: IntakeMetrics) -> Sweep:
    """Return the sweep that seals contacts under the master key in use, and shows which lack."""

    async def sweep() -> None:
        count = await seal_all(database, keys=keys)
        if count:
            logger.info("contacts sealed", extra={"contacts": count, "key": keys.ring.current})
        missing = await unreadable_keys(database, ring=keys.ring)
        metrics.keys_missing.set(len(missing))
        if missing:
            logger.error(
                "contacts cannot be read: put their master keys back into the file",
                extra={"file": str(keys.file), "keys": missing},
            )

    return sweep


def ageing(database: Database, *, clock: Clock, kept: Kept) -> Sweep:
    """Return the sweep that forgets contacts, and who looked, when they were kept long enough."""

    async def sweep() -> None:
        gone = await forget_what_is_old(database, now=clock(), kept=kept)
        if gone:
            logger.info("contacts destroyed, they were kept long enough", extra={"contacts": gone})

    return sweep
