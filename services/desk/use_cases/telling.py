"""What the desk's tables say of who may come in is told on `people.v1`, and told until it stands.

A command only writes a row. A row whose version is newer than the told one is published and marked
in one transaction that holds the row: whoever changes it next waits, so that its states stand on
the topic in the order of their versions, whichever process of the desk tells them.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.events.people import KeyRecorded, PersonRecorded, Recorded, event_of_state
from schemas.topics import PEOPLE
from schemas.vocabulary import DESK
from services.access.register import Register
from services.desk.bounds import COMPARED_AT_ONCE, TELL_SECONDS_AT_MOST, TOLD_AT_ONCE
from services.desk.store import keys, people, versions
from services.desk.use_cases.keys import recorded_of as key_recorded
from services.desk.use_cases.keys import take_over as take_key_over
from services.desk.use_cases.people import recorded_of as person_recorded
from services.desk.use_cases.people import take_over as take_person_over
from services.kit.http.door import Publishes
from services.kit.records import Message, message_of
from services.kit.sql.database import Database

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of what is told: the begin of its records' keys, its rows, and how one ends.

    `untold` returns the states of rows that nobody changes in its transaction, `after` those whose
    ids follow, in the order of their ids. `take_over` lets a row have of a state what holds.
    """

    prefix: str
    table: Table
    untold: Callable[[AsyncConnection, int], Awaitable[Sequence[Recorded]]]
    after: Callable[[AsyncConnection, str, int], Awaitable[Sequence[Recorded]]]
    take_over: Callable[[AsyncConnection, str, Recorded], Awaitable[None]]


class Telling:
    """Publishes what is not told yet."""

    def __init__(self, database: Database, publisher: Publishes, kinds: Sequence[Kind]) -> None:
        """Take the tables, the log, and what is told of them."""
        self._database = database
        self._publisher = publisher
        self._kinds = kinds

    async def tell(self) -> int:
        """Tell what is not told yet; returns how many states that were."""
        return sum([await self._tell(kind) for kind in self._kinds])

    async def _tell(self, kind: Kind) -> int:
        told = 0
        while states := await self._tell_some(kind):
            told += states
        return told

    async def _tell_some(self, kind: Kind) -> int:
        async with self._database.read() as conn:
            if not await versions.is_any_untold(conn, kind.table):
                return 0  # and no writer waits for nothing
        async with self._database.write() as conn:
            states = await kind.untold(conn, TOLD_AT_ONCE)
            events = [event_of_state(state, service=DESK) for state in states]
            async with asyncio.timeout(TELL_SECONDS_AT_MOST):
                await self._publisher.publish(message_of(one, topic=PEOPLE) for one in events)
            told = [(state.id, state.version) for state in states]
            await versions.told(conn, kind.table, told)
            return len(states)

    async def compare(self, register: Register) -> int:
        """Let be told again what the topic has otherwise; returns how many states that are.

        The topic may have been lost with its broker, or the tables put back from a backup: then
        versions go on from the topic's, what it says that was said later holds, what ended stays
        ended, and what no table knows is taken off, for nobody could end it.
        """
        return sum([await self._compare(kind, register) for kind in self._kinds])

    async def _compare(self, kind: Kind, register: Register) -> int:
        last, differing = "", 0
        unknown = {name for name in register.names() if name.startswith(kind.prefix)}
        while True:
            async with self._database.read() as conn:
                states = await kind.after(conn, last, COMPARED_AT_ONCE)
            if not states:
                break
            told = {one.id: register.told_of(one) for one in states}
            differ = [one.id for one in states if told[one.id] != one]
            if differ:
                async with self._database.write() as conn:
                    for id_ in differ:
                        await _catch_up(conn, kind, id_, told[id_])
            unknown -= {one.key for one in states}
            last, differing = states[-1].id, differing + len(differ)
        if unknown:
            logger.warning("taken off people.v1, for no table knows them: %d", len(unknown))
            await self._publisher.publish(Message(PEOPLE, name, None, ()) for name in unknown)
        return differing + len(unknown)


async def _catch_up(conn: AsyncConnection, kind: Kind, id_: str, told: Recorded | None) -> None:
    """Make a row newer than what stands on the topic, or tell one that is not there."""
    if told is not None:
        await kind.take_over(conn, id_, told)
    await versions.catch_up(conn, kind.table, id_, version=0 if told is None else told.version)


async def _untold_keys(conn: AsyncConnection, most: int) -> list[Recorded]:
    return [key_recorded(key) for key in await keys.untold(conn, most=most)]


async def _keys_after(conn: AsyncConnection, id_: str, most: int) -> list[Recorded]:
    return [key_recorded(key) for key in await keys.keys_after(conn, id_, most=most)]


async def _take_key_over(conn: AsyncConnection, id_: str, told: Recorded) -> None:
    if isinstance(told, KeyRecorded):
        await take_key_over(conn, id_, told)


async def _untold_people(conn: AsyncConnection, most: int) -> list[Recorded]:
    return [person_recorded(one) for one in await people.untold(conn, most=most)]


async def _people_after(conn: AsyncConnection, id_: str, most: int) -> list[Recorded]:
    return [person_recorded(one) for one in await people.persons_after(conn, id_, most=most)]


async def _take_person_over(conn: AsyncConnection, _: str, told: Recorded) -> None:
    if isinstance(told, PersonRecorded):
        await take_person_over(conn, told)


KEYS: Final = Kind(
    prefix="key/", table=keys.KEY, untold=_untold_keys, after=_keys_after, take_over=_take_key_over
)
PERSONS: Final = Kind(
    prefix="person/",
    table=people.PERSON,
    untold=_untold_people,
    after=_people_after,
    take_over=_take_person_over,
)
ALL: Final = (PERSONS, KEYS)
