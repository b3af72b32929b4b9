"""Waiting until a house has worked off what was said to it, and then until it is at rest.

No wait has a time limit of its own: a slow machine may take as long as it likes, as long as
something moves. Only a house in which nothing has moved for a while is given up.
"""

import asyncio
from datetime import datetime, timedelta
from typing import Final

from schemas.topics import SERVICES
from tests.faults.gauge import Gauge, Look
from tests.faults.load.asked import done_file
from tests.faults.stand import DRAIN_SECONDS, Stand
from tests.support.patience import Patience

_QUIET: Final = timedelta(seconds=1.0)
_POLL_SECONDS: Final = 0.25


async def worked_off(stand: Stand) -> bool:
    """Wait until all is sent and nothing moves for a second; tells whether that came."""
    async with await Gauge.opened(stand) as gauge:
        return await _all_is_sent(gauge) and await _looked(gauge, quiet=_QUIET) is not None


async def at_rest(stand: Stand) -> datetime | None:
    """Stop the clock, then whoever answers, and wait until the house has nothing to do any more.

    No timer can fire and nobody can say anything: a house that is idle at one look stays so, and
    all that was said before has had its effect. Returns when that was, None if it never came.
    """
    await stand.clock.stop()
    await asyncio.to_thread(stand.crew.stop, "actors", within=DRAIN_SECONDS)
    async with await Gauge.opened(stand) as gauge:
        look = await _looked(gauge, quiet=timedelta())
    return None if look is None else look.at


async def _all_is_sent(gauge: Gauge) -> bool:
    folder, patience = gauge.stand.recorder.folder, Patience()
    while not done_file(folder).exists():
        if not patience.holds(sum(path.stat().st_size for path in folder.glob("sent-*.jsonl"))):
            return False
        await asyncio.sleep(_POLL_SECONDS)
        await gauge.look()
    return True


async def _looked(gauge: Gauge, *, quiet: timedelta) -> Look | None:
    """Return the first look at a house that has been idle for so long, None if it never came."""
    patience = Patience()
    first = look = await gauge.look()
    while not (look.idle and look.ends == first.ends and look.at - first.at >= quiet):
        if not (look.idle and first.idle and look.ends == first.ends):
            first = look
        if not patience.holds(look.moved):
            return None
        await asyncio.sleep(_POLL_SECONDS)
        look = await gauge.look()
    return look


async def closing_samples(stand: Stand, *, drained: bool) -> None:
    """Write down what the stopped services left over; they are ready if the drain came to its end.

    What is due by a clock that stands still is left over.
    """
    async with await Gauge.opened(stand) as gauge:
        ends = await gauge.ends()
        for service in SERVICES:
            sample = await gauge.sample(service, ends)
            stand.recorder.sample(sample.model_copy(update={"ready": drained}))
