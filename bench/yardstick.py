"""How fast this machine is just now, in a unit that no change of ours moves.

Virtual machines of one kind differ by a factor of two from day to day, and so do all absolute
figures with them. The yardstick is what the services do most, without any of their code: reading
and writing JSON, a model's validation, a hash. One process alone, and one on every core at once:
two cores of a virtual machine may be two threads of one.
"""

import json
import os
import time
from concurrent.futures import ProcessPoolExecutor
from hashlib import sha1
from multiprocessing import get_context

from pydantic import BaseModel, TypeAdapter

_SECONDS = 1.0


class _Thing(BaseModel):
    name: str
    where: tuple[float, float]
    words: list[str]


_THING = TypeAdapter(_Thing)
_TEXT = json.dumps({"name": "n" * 40, "where": [1.5, 2.5], "words": ["word" * 5] * 40}).encode()


def measured() -> str:
    """Return what one process does in a millisecond, alone and beside one on each other core."""
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores, mp_context=get_context("forkserver")) as pool:
        list(pool.map(_rounds, [0.01] * cores))
        (alone,) = pool.map(_rounds, [_SECONDS])
        together = list(pool.map(_rounds, [_SECONDS] * cores))
    return f"{alone:.0f} alone, {' + '.join(f'{rounds:.0f}' for rounds in together)} at once"


def _rounds(seconds: float) -> float:
    """Return how many rounds a millisecond took; read, checked, written, hashed each."""
    done, began = 0, time.perf_counter()
    while (passed := time.perf_counter() - began) < seconds:
        for _ in range(50):
            sha1(_THING.dump_json(_THING.validate_json(_TEXT)), usedforsecurity=False).digest()
        done += 50
    return done / passed / 1000


if __name__ == "__main__":
    print(f"yardstick: {measured()}")
