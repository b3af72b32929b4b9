"""Keeps a consumer from leaving partitions out of its fetches, and its reader from sleeping.

aiokafka sends the next fetch as soon as one has brought records, before these are handed out, and
asks for no partition whose records still wait: what comes next on such a partition is not asked for
until the fetch that is on its way comes back, up to half a second later. Here the next fetch waits
for the records to be handed out, so that it asks for every partition.

FastStream sleeps after a poll that found nothing, for as long as the poll took, and what comes
meanwhile waits. Here a poll waits until something comes.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import TopicPartition

from services.kit.kafka.bounds import LONGEST_FETCH_SECONDS, POLL_MS


def wait_for_records(consumer: Any) -> None:  # noqa: ANN401 - aiokafka has no types
    """Let a started consumer's poll end when there are records, or when it is stopped."""
    poll = consumer.getmany

    async def getmany(*, max_records: int | None = None, **_: object) -> object:
        return await poll(timeout_ms=POLL_MS, max_records=max_records)

    consumer.getmany = getmany


def position_of(consumer: Any, tp: TopicPartition) -> int | None:  # noqa: ANN401 - aiokafka has no types
    """Return the next offset of a consumer's partition; its own way waits until there is one."""
    state = consumer._subscription.subscription.assignment.state_value(tp)  # noqa: SLF001 - see above
    return int(state.position) if state is not None and state.has_valid_position else None


def stop_with_fetcher(consumer: Any, fatal: Callable[[BaseException], None]) -> None:  # noqa: ANN401 - aiokafka has no types
    """Let what ends a consumer's fetching be told; its polls would wait for ever, in silence."""

    def ended(fetching: asyncio.Task[None]) -> None:
        if not fetching.cancelled() and (error := fetching.exception()) is not None:
            fatal(error)

    consumer._fetcher.error_future.add_done_callback(ended)  # noqa: SLF001 - there is no public way


def ask_for_all_partitions(
    consumer: Any,  # noqa: ANN401 - aiokafka has no types
    *,
    rest: Callable[[float], Awaitable[None]],
) -> None:
    """Let a started consumer fetch again only when what it has was handed out.

    Between what one fetch brings, at an instant of the loop's clock, and the next one it rests as
    `rest` says, so that records which come one by one share a round of their stage; one that comes
    after a quiet time does not wait. Only this knows the inside of aiokafka's fetcher (0.14).
    """
    fetcher = consumer._fetcher  # noqa: SLF001 - see above
    fetch = fetcher._proc_fetch_request  # noqa: SLF001 - see above

    async def fetch_and_hand_out(*request: Any) -> bool:
        brought = bool(await fetch(*request))
        if not brought:
            return False
        now = asyncio.get_running_loop().time
        came_at = now()
        for waiter in fetcher._fetch_waiters:  # noqa: SLF001 - see above
            fetcher._notify(waiter)  # noqa: SLF001 - see above
        try:
            while fetcher._records and (left := came_at + LONGEST_FETCH_SECONDS - now()) > 0:  # noqa: SLF001 - see above
                # Done at each hand-out, and made anew.
                await asyncio.wait([fetcher._wait_consume_future], timeout=left)  # noqa: SLF001 - see above
            await rest(came_at)
        except asyncio.CancelledError:
            return False  # as aiokafka's own does, whose `stop` awaits what it cancels
        return True

    fetcher._proc_fetch_request = fetch_and_hand_out  # noqa: SLF001 - see above
