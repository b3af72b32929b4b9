"""Keeps a consumer from leaving partitions out of its fetches.

aiokafka sends the next fetch as soon as one has brought records, before these are handed out, and
asks for no partition whose records still wait: what comes next on such a partition is not asked for
until the fetch that is on its way comes back, up to half a second later. Here the next fetch waits
for the records to be handed out, so that it asks for every partition.
"""

import asyncio
from typing import Any, Final

_LONGEST_SECONDS: Final = 0.25
"""With a backlog the next fetch is worth more than a complete one."""


def ask_for_all_partitions(consumer: Any) -> None:  # noqa: ANN401 - aiokafka has no types
    """Let a started consumer fetch again only when what it has was handed out.

    The one place that knows the inside of aiokafka's fetcher (0.14).
    """
    fetcher = consumer._fetcher  # noqa: SLF001 - see above
    fetch = fetcher._proc_fetch_request  # noqa: SLF001 - see above

    async def fetch_and_hand_out(*request: Any) -> bool:
        brought = bool(await fetch(*request))
        if not brought:
            return False
        for waiter in fetcher._fetch_waiters:  # noqa: SLF001 - see above
            fetcher._notify(waiter)  # noqa: SLF001 - see above
        deadline = asyncio.get_running_loop().time() + _LONGEST_SECONDS
        while fetcher._records:  # noqa: SLF001 - see above
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                break
            # Done at each hand-out, and made anew.
            await asyncio.wait([fetcher._wait_consume_future], timeout=left)  # noqa: SLF001 - see above
        return True

    fetcher._proc_fetch_request = fetch_and_hand_out  # noqa: SLF001 - see above
