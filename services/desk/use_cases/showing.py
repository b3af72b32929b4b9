"""What is shown of the cases of a batch while it is worked through."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from schemas.events.acting import ActedFact
from schemas.events.base import CaseFact, in_utc
from schemas.events.case import CaseMerged, CaseRegistered
from schemas.events.case_file import CaseFiled
from schemas.events.charge import CaseCorrected
from schemas.events.ending import CaseJoined, CaseLeft
from schemas.plan import Plan
from schemas.topics import CASE_FACTS
from schemas.words.sentence import Reading, sentence
from schemas.words.story import ACTED, LINES
from services.case_events import Told, check_turn
from services.desk.bounds import MOST_AHEAD
from services.desk.domain.evolve import begun, evolve
from services.desk.domain.filed import numbers_in, view_of
from services.desk.domain.view import View
from services.desk.store.rows import OF_A_FILE, Row, filed_line, follower_row
from services.kit.records import Incoming, Rejected
from services.kit.stage.batch import Batch


@dataclass(slots=True, kw_only=True)
class Showing:
    """The cases of a batch under one plan, and what the batch must save of them.

    `whole` has all lines of the cases that are not known yet, and of those whose file came and
    may lack some; `filed_at` the newest file of both. `joined` are reports that joined a case
    before, `followed` who joined the batch's cases. `counted` is what its cases counted as before
    it, `counted_by_day` on which day of the city.
    """

    batch: Batch[Any]
    plan: Plan
    reading: Reading
    views: dict[UUID, View]
    whole: dict[UUID, list[Row]]
    filed_at: dict[UUID, Row]
    joined: set[UUID]
    followed: list[Row]
    counted: Counter[str]
    counted_by_day: Counter[tuple[date, str]]
    changed: set[UUID] = field(default_factory=set)
    said_anew: set[UUID] = field(default_factory=set)
    rewritten: set[UUID] = field(default_factory=set)
    gone: set[UUID] = field(default_factory=set)
    files: dict[UUID, CaseFiled] = field(default_factory=dict)
    lines: dict[UUID, list[Row]] = field(default_factory=dict)
    followers: dict[UUID, Row] = field(default_factory=dict)
    left: set[UUID] = field(default_factory=set)
    repeats: list[str] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)

    # What happens ---------------------------------------------------------------------------

    def happen(self, incoming: Incoming[Any], told: Told[CaseFact]) -> None:
        """Let an event change what is shown of its case, once."""
        if self._is_taken_away(told.case_id) or self._is_repeat(told):
            self.repeats.append(told.producer)
            return
        view = self.views.get(told.case_id)
        if view is not None and told.sequence:
            last = view.last_of(told.producer)
            try:
                check_turn(told.sequence, last=last, most=MOST_AHEAD)
            except Rejected as rejected:
                self.batch.reject(incoming, rejected)
                return
            if told.sequence > last + 1:
                self.gaps.append(told.producer)
        line = _line_of(told, line_id=incoming.id, number=incoming.record.offset)
        if view is not None:
            self._tell(view, told.fact, line)
        elif isinstance(told.fact, CaseRegistered):
            self._begin(told.fact, line)
        else:
            self._keep(told.fact, line)

    def _is_repeat(self, told: Told[CaseFact]) -> bool:
        fact, view = told.fact, self.views.get(told.case_id)
        if isinstance(fact, CaseMerged):
            return fact.merged_id in self.joined
        if view is not None:
            return told.sequence <= view.last_of(told.producer) and not told.replayed
        waiting = self.whole.get(told.case_id, ())
        return any(
            (line["producer"], line["sequence"]) == (told.producer, told.sequence)
            for line in waiting
        )

    def _keep(self, fact: CaseFact, line: Row) -> None:
        """Keep what happened to a case that is not known yet."""
        self.whole.setdefault(line["case_id"], []).append(line)
        self.lines.setdefault(line["case_id"], []).append(line)
        self._note_joining(fact)

    def _begin(self, fact: CaseRegistered, line: Row) -> None:
        view = self.views[fact.case_id] = begun(fact, self.plan)
        early = self.whole.pop(fact.case_id, [])
        if early:
            self._write_anew(view.case_id, [])
        self._tell(view, fact, line)
        self._tell_again(view, early)

    def _write_anew(self, id_: UUID, lines: list[Row]) -> None:
        """Let the story of a case be these lines, until more are told."""
        self.rewritten.add(id_)
        self.lines[id_] = lines

    def _tell_again(self, view: View, lines: Iterable[Row]) -> None:
        """Let what was kept happen on top of what is shown, as the next lines of the story."""
        for line in lines:
            self._tell(view, CASE_FACTS[line["type"]].model_validate_json(line["data"]), line)

    def _tell(self, view: View, fact: CaseFact, line: Row) -> None:
        """Let a fact change what is shown, and stand in the story."""
        view.note(line["producer"], line["sequence"])
        self.changed.add(view.case_id)
        if not evolve(view, fact, producer=line["producer"], plan=self.plan):
            return
        self._note_joining(fact)
        if isinstance(fact, CaseCorrected | CaseRegistered):
            self.said_anew.add(view.case_id)
        view.lines += 1
        text = self._words(view, fact)
        self.lines.setdefault(view.case_id, []).append(line | text | {"number": view.lines})

    def _words(self, view: View, fact: CaseFact) -> dict[str, str]:
        form = LINES.get(fact.type)
        if form is None:
            return {"text_en": "", "text_zh": ""}
        told = _joining(fact) if isinstance(fact, CaseMerged) else fact
        text = sentence(form, told, reading=self.reading, case=view)
        if isinstance(fact, ActedFact) and fact.acting is not None:
            text = sentence(ACTED, fact, reading=self.reading, line=text)
        return {"text_en": text.en, "text_zh": text.zh}

    def _note_joining(self, fact: CaseFact) -> None:
        match fact:
            case CaseMerged(reporter=reporter):
                self.joined.add(fact.merged_id)
                self._follow(fact.case_id, fact, source=reporter.source, id_=reporter.source_id)
            case CaseJoined():
                self._follow(fact.case_id, fact, source=fact.source, id_=fact.source_id)
            case CaseLeft():
                self.followers.pop(fact.merged_id, None)
                self.left.add(fact.merged_id)
            case _:
                pass

    def _follow(
        self, case_id: UUID, fact: CaseMerged | CaseJoined, *, source: str, id_: str
    ) -> None:
        self.left.discard(fact.merged_id)
        self.followers[fact.merged_id] = {
            "merged_id": fact.merged_id,
            "case_id": case_id,
            "source": source,
            "source_id": id_,
            "joined_at": in_utc(fact.at),
            "why": fact.why,
        }

    # Whole files ----------------------------------------------------------------------------

    def file(self, filed: CaseFiled) -> None:
        """Show a case as its file says, and what happened beyond that on top."""
        id_, known = filed.case_id, self.filed_at.get(filed.case_id)
        if known is not None and in_utc(filed.at) <= known["at"]:
            return
        before, shown = [*self._story_until_now(id_)], self.views.get(id_)
        view = self.views[id_] = view_of(filed, self.plan)
        if shown is None or _found_by(shown) != _found_by(view):
            self.said_anew.add(id_)
        beyond = [line for line in before if _is_beyond(filed, line)]
        self.files[id_] = filed
        self.filed_at[id_] = {"case_id": id_, "at": in_utc(filed.at), "taken_away": False}
        self.gone.discard(id_)
        self.changed.add(id_)
        self.joined |= {one.merged_id for one in filed.followers}
        mine = {m for m, row in self.followers.items() if row["case_id"] == id_}
        for merged_id in mine:
            del self.followers[merged_id]
        self.followers |= {one.merged_id: follower_row(id_, one) for one in filed.followers}
        keep = before if "story" in filed.left_out else []
        self._show_filed(view, filed, keep=keep, beyond=beyond)

    def _story_until_now(self, id_: UUID) -> Iterator[Row]:
        """Yield the lines of a case, with those that this batch adds."""
        new = self.lines.get(id_, [])
        if id_ in self.rewritten:
            yield from new
            return
        ids = {line["line_id"] for line in new}
        yield from (line for line in self.whole.get(id_, ()) if line["line_id"] not in ids)
        yield from new

    def _show_filed(
        self, view: View, filed: CaseFiled, *, keep: list[Row], beyond: list[Row]
    ) -> None:
        told = [filed_line(filed, number) for number in range(len(filed.story))]
        later = {line["line_id"] for line in beyond}
        kept = [line for line in keep if line["line_id"] not in later]
        view.lines = max((line["number"] for line in (*told, *kept)), default=0)
        self._write_anew(view.case_id, [*told, *kept])
        self._tell_again(view, beyond)

    def take_away(self, id_: UUID) -> None:
        """Forget a case whose file was taken away."""
        self.gone.add(id_)
        for several in (self.views, self.files, self.lines, self.whole):
            several.pop(id_, None)
        self.filed_at[id_] = {"case_id": id_, "at": self.batch.now, "taken_away": True}

    def _is_taken_away(self, id_: UUID) -> bool:
        known = self.filed_at.get(id_)
        return id_ not in self.views and known is not None and bool(known["taken_away"])

    # What is saved --------------------------------------------------------------------------

    def rows(self) -> list[Row]:
        """Return the lines to save, each once."""
        found = {
            (line["case_id"], line["line_id"]): line
            for lines in self.lines.values()
            for line in lines
        }
        return [*found.values()]

    def sources(self) -> Mapping[UUID, set[str]]:
        """Return of which sources the reports are that joined the batch's cases, by case."""
        stay = (
            one
            for one in self.followed
            if one["case_id"] not in self.files
            and one["merged_id"] not in self.left | self.followers.keys()
        )
        found = defaultdict[UUID, set[str]](set)
        for one in (*stay, *self.followers.values()):
            found[one["case_id"]].add(one["source"])
        return found

    def file_rows(self) -> list[Row]:
        """Return of which instant the newest file is of each case whose file came."""
        return [self.filed_at[id_] for id_ in sorted({*self.files, *self.gone})]


@dataclass(frozen=True, slots=True)
class _Joining:
    """A report that joined, as the story tells of it."""

    source: str
    source_id: str
    why: str


def _joining(fact: CaseMerged) -> _Joining:
    return _Joining(fact.reporter.source, fact.reporter.source_id, fact.why)


def _found_by(view: View) -> tuple[object, ...]:
    """Return what makes the terms under which a case is found."""
    return view.registered_at, view.texts


def _line_of(told: Told[CaseFact], *, line_id: UUID, number: int) -> Row:
    return {
        "case_id": told.case_id,
        "line_id": line_id,
        "number": number,
        "producer": told.producer,
        "sequence": told.sequence,
        "at": in_utc(told.fact.at),
        "type": told.fact.type,
        "text_en": "",
        "text_zh": "",
        "data": told.data.decode(),
    }


def _is_beyond(filed: CaseFiled, line: Row) -> bool:
    """Tell whether a file does not have what a line tells of.

    What only another file told is no event: a newer one is right.
    """
    if line["producer"] == OF_A_FILE:
        return False
    if line["type"] == CaseMerged.type:
        known = {str(one.merged_id) for one in filed.followers}
        return from_json(line["data"])["merged_id"] not in known
    return bool(line["sequence"] > numbers_in(filed).get(line["producer"], line["sequence"]))
