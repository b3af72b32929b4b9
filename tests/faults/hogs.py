"""Programs that do nothing but keep the cores busy, so that everything else is slow."""

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager

from services.machine.children import become_child


def burn() -> None:
    """Count for ever; ends with the process that started it."""
    become_child(None)
    while True:
        pass


@contextmanager
def hogs(*, wanted: bool) -> Iterator[None]:
    """Keep each core busy for this block, if that is wanted."""
    context = multiprocessing.get_context("spawn")
    running = [context.Process(target=burn) for _ in range(os.cpu_count() or 1) if wanted]
    for hog in running:
        hog.start()
    try:
        yield
    finally:
        for hog in running:
            hog.kill()
            hog.join()
