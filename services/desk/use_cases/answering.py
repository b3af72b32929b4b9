"""What somebody at the desk answers for a party that they belong to."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from schemas.events.feedback import DepartmentAnswer, Feedback, as_answer, event_of
from schemas.roles import OF_A_PART, answers_of
from schemas.topics import feedback_of
from schemas.vocabulary import SUPERVISION, Word
from services.access.actor import Actor
from services.desk.domain.view import View
from services.desk.use_cases.saying import Bar, MayNot, Saying, Wanted, bring, view_of
from services.kit.records import Fault, Rejected

ID: Final = "feedback_id"
OURS: Final = (ID, "by")
"""Fields of an answer that the desk says, beside those of everything that is said."""
_ASSIGNMENT: Final = "assignment_id"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """An answer that the log has, and whose it is."""

    party: str
    said: Feedback


async def answer(
    wanted: Wanted, *, actor: Actor, door: Saying, departments: Collection[str]
) -> Answered:
    """Put an answer into the log, on its party's own topic; all replicas have it when this returns.

    `departments` are those of the plan. Raises `Rejected` for what is none, `MayNot`,
    `UnknownCase` and `MovedOn`.
    """
    if faults := wanted.faults(*OURS):
        raise Rejected("invalid", faults)
    party = _party(wanted, actor=actor, departments=departments)
    word = _word(wanted, party)
    allowed = answers_of(party)[word]
    if allowed.isdisjoint(actor.roles):
        named = " or ".join(sorted(allowed))
        told = f"None of your roles says {word} for {party}: that is for {named}."
        raise MayNot(told, Bar.NOT_YOUR_WORD, party=party)
    view = await view_of(wanted, actor=actor, door=door)
    if party in departments:
        wanted = _with_assignment(wanted, view, party=party)
    adapter = as_answer(word)
    said = wanted.said(adapter, "desk-answer", party, own_id=ID, actor=actor, at=door.clock())
    if isinstance(said, DepartmentAnswer):
        _check_part(said, view, party=party, word=word)
    await bring(event_of(party, said), topic=feedback_of(party), door=door)
    return Answered(party=party, said=said)


def _party(wanted: Wanted, *, actor: Actor, departments: Collection[str]) -> str:
    """Return for whom somebody speaks: the one party they belong to, or which they say."""
    known = (*sorted(departments), SUPERVISION)
    mine = [party for party in known if party in actor.departments]
    given = wanted.fields.get("party", mine[0] if len(mine) == 1 else None)
    if given is None and "party" not in wanted.fields:
        if not mine:
            raise MayNot("You belong to no party that answers here.", Bar.NO_PARTY)
        told = f"say for which of yours you speak: {', '.join(mine)}"
        raise Rejected("invalid", [Fault("party", told)])
    if given not in known:
        raise Rejected("invalid", [Fault("party", f"must be one of {', '.join(known)}")])
    party = str(given)
    if not actor.speaks_for(party):
        raise MayNot(f"You do not belong to {party}.", Bar.NOT_YOUR_PARTY, party=party)
    return party


def _word(wanted: Wanted, party: str) -> Word:
    words = sorted(answers_of(party))
    kind = wanted.fields.get("kind")
    if kind not in words:
        raise Rejected("invalid", [Fault("kind", f"{party} may say {', '.join(words)}")])
    return Word(kind)


def _with_assignment(wanted: Wanted, view: View, *, party: str) -> Wanted:
    """Return what is said with the assignment that it answers, looked up where it is left out."""
    if _ASSIGNMENT in wanted.fields:
        return wanted
    part = view.part_of(party)
    if part is None:
        told = f"{party} neither leads this case nor helps with it now."
        raise MayNot(told, Bar.NO_PART, party=party)
    return replace(wanted, fields={**wanted.fields, _ASSIGNMENT: str(part.assignment_id)})


def _check_part(said: DepartmentAnswer, view: View, *, party: str, word: Word) -> None:
    part = view.parts.get(said.assignment_id)
    if part is None or part.department != party:
        told = f"{party} does not have the assignment {said.assignment_id} of this case."
        raise MayNot(told, Bar.NOT_ITS_ASSIGNMENT, party=party)
    if word not in OF_A_PART[part.role]:
        told = f"{party} helps with this case: {word} is for the department that leads it."
        raise MayNot(told, Bar.FOR_THE_LEAD, party=party)
