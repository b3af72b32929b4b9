"""What somebody may answer of a case where it stands: for their department, or the supervision.

This offers; who may say what is `schemas/roles.py`, and whether it holds the notifier decides.
"""

from collections.abc import Iterator
from typing import Final

from schemas.events.case_file import FiledPart
from schemas.lifecycle import CaseState
from schemas.plan import Plan
from schemas.roles import OF_A_PART, answers_of
from schemas.scopes import Scope
from schemas.vocabulary import SUPERVISION, PartStatus, Role, Word
from services.access.actor import Actor
from services.desk.domain.view import GOING_ON, View
from services.desk.pages.actions import (
    ANSWERS,
    EVIDENCE,
    REASON,
    Action,
    Field,
    Widget,
)

_NEXT: Final[dict[PartStatus, tuple[Word, ...]]] = {
    PartStatus.OFFERED: (Word.ACCEPTED, Word.DECLINED),
    PartStatus.ACCEPTED: (Word.STARTED, Word.DONE, Word.PROGRESS, Word.DECLINED),
    PartStatus.WORKING: (Word.DONE, Word.PROGRESS),
}
"""What a department says next of its part, the likeliest first."""
_CHECKED: Final = frozenset({CaseState.FEEDBACK, CaseState.INSPECTING})


def answers_offered(view: View, actor: Actor, plan: Plan) -> Iterator[Action]:
    """Yield what somebody may answer for the parties that they belong to."""
    if not actor.may(Scope.ANSWERS_WRITE):
        return
    for part in view.parts.values():
        if view.closed_at is None and actor.speaks_for(part.department):
            yield from _answers_of_part(view, part, actor, plan)
    if actor.speaks_for(SUPERVISION):
        yield from _checks(view, actor)


def _answers_of_part(view: View, part: FiledPart, actor: Actor, plan: Plan) -> Iterator[Action]:
    words = () if view.state is CaseState.SUSPENDED else _NEXT.get(part.status, ())
    if part.status in {PartStatus.ACCEPTED, PartStatus.WORKING}:
        words += _waiting(view)
    allowed = answers_of(part.department)
    several = len(_mine(view, actor)) > 1
    for word in words:
        if word in OF_A_PART[part.role] and not allowed[word].isdisjoint(actor.roles):
            yield Action(
                door=ANSWERS,
                kind=word,
                fields=(*_whose(part), *_fields_of(word, view, part, plan)),
                first=word is words[0],
                about=part.department if several else "",
            )


def _waiting(view: View) -> tuple[Word, ...]:
    """Return what a lead says of waiting for a part: nobody waits where nobody helps."""
    if view.blocked is not None:
        return (Word.UNBLOCKED,)
    return (Word.BLOCKED,) if any(helpers_of(view)) else ()


def _mine(view: View, actor: Actor) -> list[FiledPart]:
    """Return the parts that somebody has something to say of."""
    return [
        part
        for part in view.parts.values()
        if part.status in GOING_ON and actor.speaks_for(part.department)
    ]


def _whose(part: FiledPart) -> Iterator[Field]:
    yield Field(name="party", widget=Widget.HIDDEN, value=part.department)
    yield Field(name="assignment_id", widget=Widget.HIDDEN, value=str(part.assignment_id))


def _fields_of(word: Word, view: View, part: FiledPart, plan: Plan) -> tuple[Field, ...]:
    """Return what a word asks for."""
    others = tuple(code for code in sorted(plan.departments) if code != part.department)
    suggested = Field(
        name="suggested_department", widget=Widget.DEPARTMENT, required=False, choices=others
    )
    blocked_by = Field(name="blocked_by", widget=Widget.DEPARTMENT, choices=tuple(helpers_of(view)))
    fields: dict[Word, tuple[Field, ...]] = {
        Word.DECLINED: (REASON, suggested),
        Word.PROGRESS: (Field(name="note", widget=Widget.LINES),),
        Word.DONE: (Field(name="result", widget=Widget.LINES), *_evidence(view, part, plan)),
        Word.BLOCKED: (blocked_by, REASON),
    }
    return fields.get(word, ())


def _evidence(view: View, part: FiledPart, plan: Plan) -> Iterator[Field]:
    """Yield a field for each proof that the category asks of whoever leads."""
    category = plan.categories.get(view.category)
    if category is not None and part.role is Role.LEAD:
        for kind in category.evidence:
            yield Field(name=f"{EVIDENCE}{kind}", widget=Widget.PROOF)


def helpers_of(view: View) -> Iterator[str]:
    """Yield the departments that help with a case, or were asked to."""
    for part in view.parts.values():
        if part.role is not Role.LEAD and part.status in GOING_ON:
            yield part.department


def _checks(view: View, actor: Actor) -> Iterator[Action]:
    allowed = answers_of(SUPERVISION)
    party = Field(name="party", widget=Widget.HIDDEN, value=SUPERVISION)
    words: dict[Word, tuple[Field, ...]] = {}
    if view.state in _CHECKED:
        words = {Word.CHECK_PASSED: (), Word.CHECK_FAILED: (REASON,)}
    elif view.state is CaseState.CLOSED:
        words = {Word.REOPEN: (REASON,)}
    for word, fields in words.items():
        if not allowed[word].isdisjoint(actor.roles):
            first = word is Word.CHECK_PASSED
            yield Action(door=ANSWERS, kind=word, fields=(party, *fields), first=first)
