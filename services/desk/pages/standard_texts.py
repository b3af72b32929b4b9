"""The plan's standard texts on a form: those that fit the case, filled with its facts.

Whoever picks one sees it in its box, and may change it, before anything is sent.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from schemas.events.base import MOST_SAID
from schemas.plan import CaseValue, StandardText
from schemas.vocabulary import CommandKind
from schemas.words.sentence import day_and_time
from services.access.actor import Actor
from services.desk.domain.view import View
from services.desk.pages.actions import CHOSEN_TEXT, Action, Field, ReadyText, Widget
from services.desk.pages.rendering import Reader, sentence

_BOXES: Final = frozenset({"reason", "note", "result"})
"""Fields that take what somebody says in their own words; a form has one of them."""


def with_texts(
    actions: Iterable[Action], view: View, reader: Reader, actor: Actor
) -> Iterator[Action]:
    """Yield what somebody may do with a case, with the texts that are offered for it."""
    values = {str(name): value for name, value in _values(view, reader)}
    fitting = [
        one
        for one in reader.plan.texts
        if one.is_for(view.category, view.class_code) and one.facts <= values.keys()
    ]
    for action in actions:
        theirs = [one for one in fitting if _speaks(one.parties, action, actor)]
        texts = _ready(theirs, action.said_as, values, reader)
        yield replace(action, fields=_with(action.fields, [*texts]))


def for_many(
    fields: Iterable[Field], kind: CommandKind, reader: Reader, actor: Actor
) -> tuple[Field, ...]:
    """Return the fields of a command for many cases, with texts that name nothing of one case."""
    act = kind.removeprefix("case.")
    fitting = [
        one
        for one in reader.plan.texts
        if not (one.facts or one.categories or one.classes) and _is_of(one.parties, actor)
    ]
    return _with(fields, [*_ready(fitting, act, {}, reader)])


def put_in(given: Mapping[str, str], fields: Iterable[Field]) -> dict[str, str]:
    """Return what a form says, with the text that was chosen in its box, after what stood there."""
    said = dict(given)
    for field in fields:
        for one in field.texts:
            typed = said.get(field.name, "").rstrip()
            if one.id == said.get(CHOSEN_TEXT) and one.text not in typed:
                said[field.name] = f"{typed}\n{one.text}" if typed else one.text
    return said


def _with(fields: Iterable[Field], texts: list[ReadyText]) -> tuple[Field, ...]:
    return tuple(
        replace(one, texts=texts) if one.widget is Widget.LINES and one.name in _BOXES else one
        for one in fields
    )


def _ready(
    texts: Iterable[StandardText], act: str, values: Mapping[str, str], reader: Reader
) -> Iterator[ReadyText]:
    """Yield the texts of an act that a box takes, filled in."""
    for one in texts:
        if act in one.acts:
            text = reader.either(*one.filled(values))
            if len(text) <= MOST_SAID:
                title = sentence(reader.either(one.title_zh, one.title_en))
                yield ReadyText(id=one.id, title=title, text=text)


def _speaks(parties: tuple[str, ...], action: Action, actor: Actor) -> bool:
    """Tell whether something is said for one of these parties; a command is nobody's but theirs."""
    said_for = next((one.value for one in action.fields if one.name == "party"), None)
    return _is_of(parties, actor) if said_for is None else not parties or said_for in parties


def _is_of(parties: tuple[str, ...], actor: Actor) -> bool:
    return not parties or any(actor.speaks_for(one) for one in parties)


def _values(view: View, reader: Reader) -> Iterator[tuple[CaseValue, str]]:
    """Yield the facts of a case that are known, as a text says them."""
    grid = reader.plan.grid(view.grid) if view.grid else None
    grid_title = reader.either(grid.title_zh, grid.title_en) if grid else ""
    told = {
        CaseValue.CASE_ID: str(view.case_id),
        CaseValue.TITLE: reader.either(view.title_zh, view.title_en),
        CaseValue.PLACE: view.place.get("address") or grid_title,
        CaseValue.GRID: grid_title,
        CaseValue.DEPARTMENT: reader.party(view.department) if view.department else "",
    }
    yield from ((name, value) for name, value in told.items() if value)
    instants = {
        CaseValue.REPORTED_AT: view.reported_at,
        CaseValue.REGISTERED_AT: view.registered_at,
        CaseValue.DUE_BY: view.due_by,
        CaseValue.PROMISED_BY: view.promised_by,
    }
    for name, instant in instants.items():
        if instant is not None:
            yield name, reader.word(day_and_time(instant, reader.plan.timezone))
