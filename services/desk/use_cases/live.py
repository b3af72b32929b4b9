"""What changes, told to everybody who has a page open and may see it.

A hub follows the changes in the database while anybody listens, so that it does not matter which
process made them, and puts each into the streams of those who saw the case before or after. A
stream is bounded: who reads too slowly hears that anything may have changed, and reads anew.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from secrets import token_hex
from typing import Final
from uuid import UUID

from services.access.actor import Actor
from services.access.pace import Pace, Pacing
from services.desk.bounds import (
    BEAT_SECONDS,
    MOST_CHANGES,
    MOST_OF_A_SESSION,
    MOST_OF_AN_ADDRESS,
    MOST_PAST,
    MOST_STREAMS,
    MOST_WAITING,
    OPENED_A_SECOND,
    OPENED_AT_ONCE,
)
from services.desk.domain.lasting import is_over
from services.desk.domain.parties import seen_as
from services.desk.store import changes, sessions
from services.desk.store.changes import Change
from services.kit.clock import Clock
from services.kit.http.problems import Refused
from services.kit.sql.database import Database

_TOO_MANY: Final = "Too many pages are open; this one does not change by itself."


@dataclass(frozen=True, slots=True)
class Told:
    """What a stream has to tell, up to a position: nothing is a sign of life.

    With `anew` anything may have changed. `ended` says that nobody is signed in any more.
    """

    position: str
    changed: tuple[UUID, ...] = ()
    looked: tuple[UUID, ...] = ()
    anew: bool = False
    ended: bool = False


class Stream:
    """One who listens, by a session; what waits for them is bounded."""

    def __init__(self, actor: Actor, *, session: str, address: str) -> None:
        """Take who it is, by which session, from where."""
        self.session = session
        self.address = address
        self._parties = None if actor.sees_all else frozenset(seen_as(actor))
        self._waiting: dict[UUID, bool] = {}
        self._position = ""
        self._anew = False
        self._ended = False
        self._closed = False
        self._woken = asyncio.Event()

    def tell(self, change: Change, *, position: str) -> None:
        """Let a change wait, if it is theirs to see."""
        self._position = position
        if self._parties is not None and self._parties.isdisjoint(change.parties):
            return
        if len(self._waiting) >= MOST_WAITING:
            self.tell_anew(position)
            return
        before = self._waiting.get(change.case_id, True)
        self._waiting[change.case_id] = before and change.is_look
        self._woken.set()

    def tell_anew(self, position: str) -> None:
        """Let them hear that anything may have changed."""
        self._position = position
        self._waiting.clear()
        self._anew = True
        self._woken.set()

    def end(self) -> None:
        """End the stream, and say that they have to sign in again."""
        self._ended = True
        self.close()

    def close(self) -> None:
        """End the stream; who comes again is welcome."""
        self._closed = True
        self._woken.set()

    async def next(self) -> Told | None:
        """Wait for what is to be told, or for the time of a sign of life; None at the end."""
        if not self._woken.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), BEAT_SECONDS)
        self._woken.clear()
        if self._closed:
            self._woken.set()
            told = Told(self._position, ended=True) if self._ended else None
            self._ended = False
            return told
        waiting, self._waiting = self._waiting, {}
        anew, self._anew = self._anew, False
        return Told(
            self._position,
            changed=tuple(id_ for id_, is_look in waiting.items() if not is_look),
            looked=tuple(id_ for id_, is_look in waiting.items() if is_look),
            anew=anew,
        )


class Hub:
    """Knows who listens in this process, follows what changes, and tells them."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        """Take what is followed, and the clock by which sessions last."""
        self._database = database
        self.clock = clock
        self._streams: dict[Stream, None] = {}
        self._pacing = Pacing(Pace(OPENED_A_SECOND, OPENED_AT_ONCE))
        self._past: deque[Change] = deque(maxlen=MOST_PAST)
        self._known: Mapping[int, int] | None = None
        self._begin_anew()

    @property
    def position(self) -> str:
        """How far was told until now; what is read after it is at least as new."""
        return f"{self._epoch}-{self._number}"

    @property
    def listening(self) -> int:
        """How many streams are open."""
        return len(self._streams)

    def open(self, actor: Actor, *, session: str, address: str, after: str) -> Stream:
        """Return a stream that begins after a position, with what was missed.

        Raises `Refused` with 429 where one session or address has too many, with 503 where all do.
        """
        self._pacing.check(session)
        listening = Counter(one.session for one in self._streams)
        neighbours = sum(one.address == address for one in self._streams)
        if listening[session] >= MOST_OF_A_SESSION or neighbours >= MOST_OF_AN_ADDRESS:
            raise Refused(429, _TOO_MANY, retry=int(BEAT_SECONDS))
        if len(self._streams) >= MOST_STREAMS:
            raise Refused(503, _TOO_MANY, retry=int(BEAT_SECONDS))
        stream = Stream(actor, session=session, address=address)
        missed = self._after(after)
        if missed is None:
            stream.tell_anew(self.position)
        for change in missed or ():
            stream.tell(change, position=self.position)
        self._streams[stream] = None
        return stream

    def leave(self, stream: Stream) -> None:
        """Forget a stream that nobody reads any more."""
        self._streams.pop(stream, None)

    async def look(self) -> None:
        """Tell what changed since the last look; after the first, only while somebody listens."""
        if not self._streams and self._known is not None:
            return
        async with self._database.read() as conn:
            now = await changes.position(conn)
            known = now if self._known is None else self._known
            found = await changes.since(conn, known, now, most=MOST_CHANGES)
        was_known, self._known = self._known is not None, now
        if found is None or not was_known:
            self._begin_anew()
            for stream in self._streams:
                stream.tell_anew(self.position)
        for change in found or ():
            self._tell(change)

    async def end_sessions_that_are_over(self) -> None:
        """End the streams of sessions that ended, or were ended: by a change of roles, too."""
        hashes = {stream.session for stream in self._streams}
        if not hashes:
            return
        async with self._database.read() as conn:
            there = await sessions.spans_of(conn, hashes)
        now = self.clock()
        over = hashes - {
            hash_
            for hash_, (began_at, seen_at) in there.items()
            if not is_over(began_at=began_at, seen_at=seen_at, now=now)
        }
        for stream in self._streams:
            if stream.session in over:
                stream.end()

    def _tell(self, change: Change) -> None:
        self._number += 1
        self._past.append(change)
        position = self.position
        for stream in self._streams:
            stream.tell(change, position=position)

    def _begin_anew(self) -> None:
        """Let positions be others from here on: nobody knows what came after the ones before."""
        self._epoch = token_hex(4)
        self._number = 0
        self._past.clear()

    def _after(self, position: str) -> Iterable[Change] | None:
        """Return what was told after a position; None where nobody knows."""
        epoch, _, told = position.partition("-")
        number = int(told) if told.isdecimal() and len(told) <= len(str(self._number)) else -1
        missed = self._number - number
        if epoch != self._epoch or number < 0 or not 0 <= missed <= len(self._past):
            return None
        return [*self._past][len(self._past) - missed :]
