"""The door to a service's dead letters: seen without a byte of their records, replayed, dismissed.

Each service has it for its own: no other can open what it sealed, or write the topics it reads.
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter
from pydantic import TypeAdapter, ValidationError

from schemas.dead_letters import MOST_NAME_LETTERS, Again, LettersView, LetterView, Which
from schemas.events.base import Instant
from schemas.scopes import Scope
from services.access.actor import Actor
from services.access.door import ASKED, asks
from services.kit.http.door import patience
from services.kit.http.problems import Refused, problem
from services.kit.process.runtime import Runtime
from services.kit.stage.dead_letters import DeadLetter
from services.kit.stage.replaying import NoSuchLetter, NotReplayed, OwnLetters

DEAD_LETTERS: Final = "/dead-letters"

logger = logging.getLogger(__name__)

_AWAY: Final[dict[int | str, dict[str, Any]]] = {
    503: problem("The log cannot be reached; come again after `Retry-After` seconds")
}
_REFUSED: Final = (
    ASKED
    | _AWAY
    | {
        400: problem("Not JSON"),
        404: problem("No such letter, or not any more"),
        422: problem("Not a name of a letter; a reason per field"),
    }
)
_Manages = Annotated[Actor, asks(Scope.DEAD_LETTERS_MANAGE)]
_AN_INSTANT: Final = TypeAdapter[datetime](Instant)


def letters_of(runtime: Runtime, *, is_ours: Callable[[str], bool] | None = None) -> OwnLetters:
    """Return a service's letters; `is_ours` tells what it writes of what it reads, else all."""

    def reads(topic: str) -> bool:
        return any(feed.subscription.has(topic) for feed in runtime.feeds)

    return OwnLetters(
        topic=runtime.letter_topic,
        publisher=runtime.publisher,
        keys=runtime.letter_keys,
        is_ours=is_ours or reads,
    )


def letters_router(letters: OwnLetters, *, service: str) -> APIRouter:
    """Return the routes to the letters of a service."""
    router = APIRouter(tags=["dead letters"], prefix=DEAD_LETTERS)

    @router.get("", responses=ASKED | _AWAY)
    async def get_letters(_: _Manages) -> LettersView:
        """List the newest records that could not be processed, the last one first.

        Of a record its place, its size, when it was put aside and why in a word are told, none of
        its bytes. `tongxin dead-letters` shows older ones, and all of each.
        """
        async with patience():
            return await seen(letters)

    @router.post(
        "/replay",
        responses=_REFUSED | {409: problem("Not to be published again; `why_not` says why")},
    )
    async def post_replay(which: Again, actor: _Manages) -> LetterView:
        """Publish a record again on its own topic, as it was, and take it off the list.

        To `services`, which put the same record aside, it is a replay too: each has its letter
        still.
        """
        again = letters.replay(which.name, service=service, others=which.services)
        return _told("replayed", await _done(again), letters, actor)

    @router.post("/dismiss", responses=_REFUSED)
    async def post_dismissal(which: Which, actor: _Manages) -> LetterView:
        """Take a letter off the list for good: what its record brought is not processed."""
        return _told("dismissed", await _done(letters.dismiss(which.name)), letters, actor)

    return router


async def seen(letters: OwnLetters) -> LettersView:
    """Return the newest of a service's letters, as others see them. Raises as `newest` does."""
    newest = await letters.newest()
    views = [_view(letter, letters) for letter in newest.letters]
    return LettersView(letters=views, some_older=newest.some_older)


async def _done(doing: Awaitable[DeadLetter]) -> DeadLetter:
    """Return the letter that something is done with. Raises `Refused`."""
    try:
        async with patience():
            return await doing
    except NoSuchLetter as unknown:
        told = f"There is no dead letter {_text(str(unknown))} here, or not any more."
        raise Refused(404, told) from None
    except NotReplayed as not_replayed:
        beside = {"why_not": not_replayed.why}
        raise Refused(409, "This record cannot be replayed here.", beside=beside) from None


def _told(done: str, letter: DeadLetter, letters: OwnLetters, actor: Actor) -> LetterView:
    """Note who did something with a letter, and return what is told of it."""
    view = _view(letter, letters)
    logger.info("dead letter %s", done, extra={"letter": view.name, "by": actor.id})
    return view


def _view(letter: DeadLetter, letters: OwnLetters) -> LetterView:
    return LetterView(
        name=_text(letter.name),
        topic=_text(letter.topic),
        code=_text(letter.code),
        rejected_at=_instant(letter.rejected_at),
        size=None if letter.value is None else len(letter.value),
        why_not=letters.why_not(letter),
    )


def _text(told: str) -> str:
    """Return what can be told of a text that anybody may have written."""
    return told[:MOST_NAME_LETTERS].encode("utf-8", "replace").decode()


def _instant(told: str) -> datetime | None:
    try:
        return _AN_INSTANT.validate_python(told)
    except ValidationError:
        return None
