"""Turns: a few at the same time, and of one caller no more than theirs."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from services.access.turns import Turns


async def taken(turns: Turns, caller: str, stack: AsyncExitStack) -> bool:
    """Try to take a turn for as long as the loop has something to do without time passing."""
    entering = asyncio.ensure_future(stack.enter_async_context(turns.of(caller)))
    for _ in range(10):
        await asyncio.sleep(0)
    if entering.done():
        return True
    entering.cancel()
    await asyncio.gather(entering, return_exceptions=True)
    return False


@pytest.mark.parametrize("of_one", [1, 2])
async def test_one_who_waits_leaves_turns_to_others(of_one: int) -> None:
    turns = Turns(of_one + 1, of_one=of_one)
    async with AsyncExitStack() as stack:
        mine = [await taken(turns, "li", stack) for _ in range(of_one + 1)]
        assert mine == [True] * of_one + [False]
        assert await taken(turns, "wang", stack)
        assert not await taken(turns, "zhao", stack)
    async with AsyncExitStack() as stack:
        assert await taken(turns, "li", stack)


async def test_who_waited_in_vain_holds_no_turn() -> None:
    turns = Turns(1, of_one=1)
    async with AsyncExitStack() as stack:
        assert await taken(turns, "li", stack)
        assert not await taken(turns, "wang", stack)
    async with AsyncExitStack() as stack:
        assert await taken(turns, "wang", stack)


async def test_nothing_is_kept_of_who_is_gone() -> None:
    turns = Turns(1, of_one=1)
    for number in range(3):
        async with turns.of(str(number)):
            pass
    assert len(turns._own) == 0
