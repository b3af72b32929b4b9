"""What a crew says of its processes, however many threads ask."""

import multiprocessing
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from tests.faults.crew import Crew

ENDS = 8
ASKING = 8


def test_says_how_each_process_ended_whoever_asks_first() -> None:
    crew = Crew(multiprocessing.get_context("forkserver"))
    with ThreadPoolExecutor(ASKING) as threads:
        for number in range(ENDS):
            crew.start("one", sys.exit, number)
            waits = partial(crew.wait, "one", within=None)
            asked = [threads.submit(waits) for _ in range(ASKING)]
            assert all(one.result() for one in asked)
            assert crew.exits("one") == [number]
