"""html-validate, which knows the rules of HTML, run by a wheel's node while tests want it."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from tests.support.node import LOCKED, NODE, node_modules

_LONGEST_LINE: Final = 2**24


class Fault(NamedTuple):
    """A rule of the standard that a page breaks; `where` is line and column."""

    rule: str
    message: str
    where: str


class Validator:
    """Judges one page after the other."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def faults(self, html: str) -> list[Fault]:
        """Return what is against the standard in a page."""
        said, heard = self._process.stdin, self._process.stdout
        assert said is not None
        assert heard is not None
        said.write(json.dumps(html).encode() + b"\n")
        await said.drain()
        return [Fault(**one) for one in json.loads(await heard.readline())]


@asynccontextmanager
async def validating() -> AsyncIterator[Validator]:
    """Run the validator."""
    process = await asyncio.create_subprocess_exec(
        *(str(NODE), str(LOCKED / "validator.cjs")),
        env={"NODE_PATH": str(node_modules()), "PATH": os.environ["PATH"]},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LONGEST_LINE,
    )
    try:
        yield Validator(process)
    finally:
        process.terminate()
        await process.wait()
