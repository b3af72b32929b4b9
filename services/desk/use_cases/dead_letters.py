"""Dead letters of every service: each is asked for its own, in the name of who is signed in."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

import httpx
from aiokafka.errors import KafkaError

from schemas.dead_letters import Again, LettersView, LetterView, Which, WhyNot
from schemas.scopes import SCOPES, Scope
from schemas.topics import SERVICES
from schemas.vocabulary import DESK
from services.access.actor import Actor
from services.desk.bounds import PEER_SECONDS
from services.desk.domain.audit import Deed, Doer
from services.desk.store import audit
from services.desk.use_cases.asking import Answered, NobodyAnswers, Others, told
from services.kit.clock import Clock
from services.kit.sql.database import Database
from services.kit.stage.replaying import NoSuchLetter, OwnLetters
from services.letters_door import DEAD_LETTERS, seen

_UNKNOWN: Final = datetime.min.replace(tzinfo=UTC)


class Outcome(StrEnum):
    """What became of a wish."""

    DONE = "done"
    PARTLY = "partly"
    """A service that put the same record aside did not answer, and lists it still."""
    GONE = "gone"
    """Nobody lists it, or not any more."""


class CannotBeReplayed(Exception):
    """Nobody who is asked can publish a record again; `why` says why."""

    def __init__(self, why: WhyNot) -> None:
        """Keep why."""
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class PutAside:
    """One record that was put aside, and the letter of each service that did it."""

    letters: Mapping[str, LetterView]

    @property
    def last(self) -> LetterView:
        """The letter of the last service that put it aside."""
        return max(self.letters.values(), key=_age)

    @property
    def replayer(self) -> str | None:
        """The first service that can publish it again; None where none can."""
        able = (name for name, letter in self.letters.items() if letter.why_not is None)
        return next(able, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Records that were put aside, the last one first; `away` says who told nothing, and why."""

    records: Sequence[PutAside]
    away: Mapping[str, Sequence[str]]
    some_older: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetters:
    """The letters of all services; `own` are those of the desk, which can publish none again."""

    others: Others
    own: OwnLetters
    database: Database
    clock: Clock

    async def found(self, actor: Actor) -> Found:
        """Return the newest letters of each service, those of one record together."""
        told_by = await asyncio.gather(*(self._listed(service, actor) for service in SERVICES))
        away: dict[str, Sequence[str]] = {}
        by_name: dict[str, dict[str, LetterView]] = {}
        some_older = False
        for service, found in zip(SERVICES, told_by, strict=True):
            if isinstance(found, NobodyAnswers):
                away[service] = found.why
                continue
            some_older |= found.some_older
            for letter in found.letters:
                by_name.setdefault(letter.name, {})[service] = letter
        records = sorted(map(PutAside, by_name.values()), key=_age_of, reverse=True)
        return Found(records=records, away=away, some_older=some_older)

    async def replay(self, name: str, *, actor: Actor) -> Outcome:
        """Have one service publish a record again for all that put it aside.

        Who wants it is kept before anybody is asked: an answer may be lost. Raises
        `CannotBeReplayed` and `NobodyAnswers`.
        """
        record = await self._record(name, actor)
        if record is None:
            return Outcome.GONE
        replayer = record.replayer
        if replayer is None:
            raise CannotBeReplayed(record.last.why_not or WhyNot.NOT_OURS)
        await self._note(Deed.LETTER_REPLAYED, name, record, actor)
        others = [service for service in record.letters if service != replayer]
        wish = Again(name=name, services=others)
        answer = await self._asked(replayer, "/replay", actor, wish)
        if answer.status == httpx.codes.NOT_FOUND:
            return Outcome.GONE
        told(LetterView, answer)
        is_off = await self._take_off(name, others, actor)
        return Outcome.DONE if is_off else Outcome.PARTLY

    async def dismiss(self, name: str, *, actor: Actor) -> Outcome:
        """Have each service that put a record aside forget it. Keeps who wants it first."""
        record = await self._record(name, actor)
        if record is None:
            return Outcome.GONE
        await self._note(Deed.LETTER_DISMISSED, name, record, actor)
        is_off = await self._take_off(name, record.letters, actor)
        return Outcome.DONE if is_off else Outcome.PARTLY

    async def _record(self, name: str, actor: Actor) -> PutAside | None:
        """Return a record as it is listed now: who put it aside is no form's to say."""
        found = await self.found(actor)
        named = (one for one in found.records if one.last.name == name)
        record = next(named, None)
        if record is None and found.away:
            raise NobodyAnswers([f"{name}: {'; '.join(why)}" for name, why in found.away.items()])
        return record

    async def _note(self, deed: Deed, name: str, record: PutAside, actor: Actor) -> None:
        by, detail = Doer(actor.id, actor.name), " ".join(record.letters)
        async with self.database.write() as conn:
            await audit.note(conn, deed, name, by=by, now=self.clock(), detail=detail)

    async def _take_off(self, name: str, services: Iterable[str], actor: Actor) -> bool:
        """Tell whether none of these services lists a letter any more."""
        off = [await self._is_off(service, name, actor) for service in services]
        return all(off)

    async def _is_off(self, service: str, name: str, actor: Actor) -> bool:
        try:
            if service == DESK:
                async with asyncio.timeout(PEER_SECONDS):
                    await self.own.dismiss(name)
                return True
            answer = await self._asked(service, "/dismiss", actor, Which(name=name))
        except NoSuchLetter:
            return True
        except (NobodyAnswers, KafkaError, OSError):
            return False
        return answer.status in {httpx.codes.OK, httpx.codes.NOT_FOUND}

    async def _listed(self, service: str, actor: Actor) -> LettersView | NobodyAnswers:
        try:
            if service == DESK:
                async with asyncio.timeout(PEER_SECONDS):
                    return await seen(self.own)
            return told(LettersView, await self._asked(service, "", actor))
        except NobodyAnswers as away:
            return away
        except (KafkaError, OSError) as away:
            return NobodyAnswers([str(away) or type(away).__name__])

    async def _asked(
        self, service: str, path: str, actor: Actor, wish: Which | None = None
    ) -> Answered:
        roles = {one for one in actor.roles if Scope.DEAD_LETTERS_MANAGE in SCOPES[one]}
        least = replace(actor, roles=frozenset(roles), departments=frozenset(), areas=frozenset())
        body = None if wish is None else wish.model_dump_json().encode()
        return await self.others.asked(service, DEAD_LETTERS + path, actor=least, body=body)


def _age(letter: LetterView) -> tuple[datetime, str]:
    return letter.rejected_at or _UNKNOWN, letter.name


def _age_of(record: PutAside) -> tuple[datetime, str]:
    return _age(record.last)
