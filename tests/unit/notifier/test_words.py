"""Everything people read: each form finds its values in the fact it tells of, in both languages."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from schemas.events import commands
from schemas.events.base import CaseFact
from schemas.events.case import CaseRegistered, CaseRejected, Reporter
from schemas.events.refusals import CommandRefused, FeedbackRefused
from schemas.lifecycle import CaseEvent, CaseState
from schemas.plan.closing import Evidence
from schemas.roles import MAY, OF_A_PART, ActingRole, answers_of
from schemas.topics import CASES, FEEDBACK_MESSAGES, shared_topics
from schemas.vocabulary import (
    Channel,
    CommandKind,
    EscalationTrigger,
    PartStatus,
    Role,
    Urgency,
    Word,
    first_level,
    raised,
)
from schemas.words import labels
from schemas.words.form import Words, compiled
from schemas.words.notices import TEXTS
from schemas.words.refusals import MESSAGES, Reason
from schemas.words.sentence import Reading, sentence
from schemas.words.story import LINES
from schemas.words.templates import Template
from services.notifier.domain import facts
from services.notifier.domain.answers import _CO_HANDLER_WORDS
from services.notifier.domain.beginning import file_of
from services.notifier.domain.clocks import TimerKind
from services.notifier.domain.decide import ANSWERS, COMMANDS, TIMERS
from services.notifier.domain.retries import pause_after
from services.notifier.domain.tells import TELLS
from tests.support.examples import EXAMPLES
from tests.support.notifier import the_plan

NOW = datetime(2026, 1, 5, 16, tzinfo=UTC)
READING = Reading(
    zone=ZoneInfo("Asia/Shanghai"),
    name=lambda code: Words(code, code),
    rule=lambda id_: Words(id_, id_),
)
FORMS = [*TEXTS.values(), *MESSAGES.values(), *LINES.values()]


F = TypeVar("F", bound=CaseFact)


def fact_of(model: type[F]) -> F:
    """Return the example of an event."""
    return model.model_validate_json(json.dumps(EXAMPLES[model]))


def notes() -> list[facts.Note]:
    """Return one of every kind of fact that is no event."""
    base: dict[str, Any] = {"case_id": UUID(int=1), "at": NOW}
    reporter = Reporter(source="hotline", source_id="1", channel=Channel.PHONE)
    return [
        facts.Reported(**base, reporter=reporter),
        facts.ExerciseBegan(**base, contacts=()),
        facts.NowhereFound(**base),
        facts.ReporterJoined(
            **base, merged_id=UUID(int=2), source="app", source_id="2", why="same address"
        ),
        facts.MoreWasSaid(
            **base, merged_id=UUID(int=2), description="it grows", media=(), people=None
        ),
        facts.OthersSaid(**base, count=2, descriptions=("it grows", "it smells")),
        facts.TermsTaken(**base, closing="lead", evidence=(), must_check=True),
        facts.PartReleased(**base, department="water", person=None),
        facts.LimitRanOut(**base),
        facts.CheckBecameLate(**base, check_by=NOW, again_at=NOW),
        facts.TriageBecameLate(**base, triage_by=NOW, again_at=NOW),
    ]


class TestForm:
    @pytest.mark.parametrize("form", FORMS, ids=lambda form: form.en)
    def test_says_the_same_in_both_languages(self, form: Words) -> None:
        ready = compiled(form)
        assert sorted(ready.en[1]) == sorted(ready.zh[1])

    def test_is_there_for_every_occasion(self) -> None:
        assert set(TEXTS) == set(Template)
        assert set(MESSAGES) == set(Reason)
        [cases] = [topic for topic in shared_topics() if topic.name == CASES]
        told = {m.type for m in cases.messages if issubclass(m, CaseFact)}
        # What was never a case has no story.
        assert told - {CaseRejected.type} <= set(LINES)

    def test_has_a_word_for_every_value(self) -> None:
        assert set(labels.STATUS) == set(PartStatus)
        assert set(labels.TRIGGER) == set(EscalationTrigger)
        assert set(labels.URGENCY) == set(Urgency)
        assert set(labels.STATE) == set(CaseState)
        assert set(labels.WORD) == set(Word)
        assert set(labels.COMMAND) == set(CommandKind)
        assert set(labels.ROLE) == set(ActingRole)
        assert set(labels.EVIDENCE) == set(Evidence)

    @pytest.mark.parametrize("message", MESSAGES.values(), ids=lambda message: message.en)
    def test_of_a_refusal_has_no_codes_in_chinese(self, message: Words) -> None:
        assert not re.search("[a-z]", re.sub(r"\{[\w.]+\}", "", message.zh))


class TestSentence:
    def test_has_local_times_and_leaves_braces_of_people_alone(self) -> None:
        note = facts.CheckBecameLate(case_id=UUID(int=1), at=NOW, check_by=NOW, again_at=NOW)
        said = sentence(
            Words("{check_by} {text}", "{text}"), note, reading=READING, text="{at} {0}"
        )
        assert said == Words("2026-01-06 00:00 +08:00 {at} {0}", "{at} {0}")

    @pytest.mark.parametrize("type_", sorted(LINES))
    def test_of_a_story_finds_its_values_in_its_fact(self, type_: str) -> None:
        [fact] = [one for one in every_fact() if one.type == type_]
        assert_filled(LINES[type_], fact)

    @pytest.mark.parametrize("template", [t for t in Template if t is not Template.REJECTED])
    def test_of_a_notice_finds_its_values_in_each_fact_that_has_it(
        self, template: Template
    ) -> None:
        told = [kind for kind, rows in TELLS.items() if template in {row.template for row in rows}]
        assert told
        for fact in [one for one in every_fact() if type(one) in told]:
            assert_filled(TEXTS[template], fact)

    def test_to_a_reporter_who_is_rejected_finds_its_values(self) -> None:
        assert_filled(TEXTS[Template.REJECTED], fact_of(CaseRejected))


def every_fact() -> list[facts.Fact]:
    """Return one of each kind that a story may tell of."""
    [cases] = [topic for topic in shared_topics() if topic.name == CASES]
    refused: list[type[CaseFact]] = [FeedbackRefused, CommandRefused]
    kinds = [*(m for m in cases.messages if issubclass(m, CaseFact)), *refused]
    # What the story says of a merge is said of each who joined.
    told = [fact_of(kind) for kind in kinds if kind.type != CaseEvent.MERGED]
    return [*told, *notes()]


def assert_filled(form: Words, fact: facts.Fact) -> None:
    case = file_of(fact_of(CaseRegistered), partition=0).case
    said = sentence(form, fact, reading=READING, case=case, plan=the_plan())
    assert not re.search(r"[{}]", said.en + said.zh)
    assert said.en
    assert said.zh


class TestDecision:
    def test_is_there_for_every_word_command_and_timer(self) -> None:
        words = {get_args(kind.model_fields["kind"].annotation)[0] for kind in FEEDBACK_MESSAGES}
        assert set(ANSWERS) == set(Word) == words
        commanded = {get_args(kind.model_fields["kind"].annotation)[0] for kind in commands.KINDS}
        assert set(COMMANDS) == set(CommandKind) == commanded == {*commands.TYPES}
        assert set(TIMERS) == set(TimerKind) - {TimerKind.PARKED, TimerKind.FILE}


class TestAuthority:
    def test_is_told_of_every_command(self) -> None:
        assert set(MAY) == set(CommandKind)

    def test_of_a_co_handler_is_what_its_part_can_ever_need(self) -> None:
        said = {word for words in _CO_HANDLER_WORDS.values() for word in words}
        assert OF_A_PART[Role.CO_HANDLER] == said
        assert OF_A_PART[Role.LEAD] == set(answers_of("police"))


class TestParty:
    def test_has_its_own_words_only(self) -> None:
        every = [{*answers_of(party)} for party in ("police", "supervision", "reporters")]
        assert set().union(*every) == set(Word)
        assert not every[0] & (every[1] | every[2])


class TestLadder:
    def test_ends_at_three(self) -> None:
        level = first_level(Urgency.EMERGENCY)
        for _ in range(9):
            level = raised(level)
        assert level == 3


class TestRetries:
    def test_take_about_three_days(self) -> None:
        id_ = UUID(int=999)
        pauses = [pause_after(n, id_=id_) for n in range(1, 11)]
        assert pauses[-1] is None
        known = [pause for pause in pauses if pause is not None]
        assert len(known) == 9
        assert timedelta(days=3) < sum(known, timedelta()) < timedelta(days=3.6)
