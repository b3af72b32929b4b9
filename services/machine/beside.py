"""What is awaited where no loop may be entered: whoever opens a house may run a loop of its own."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

T = TypeVar("T")


def run_beside(awaited: Coroutine[Any, Any, T]) -> T:
    """Return what comes of it, in a thread and a loop of its own; raises what it raises."""
    with ThreadPoolExecutor(1) as beside:
        return beside.submit(asyncio.run, awaited).result()
