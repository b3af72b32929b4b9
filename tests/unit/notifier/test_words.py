"""Everything people read: each form can be filled in, in both languages."""

import re
import string
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from schemas.events.base import CaseFact
from schemas.events.case import CaseRejected
from schemas.lifecycle import CaseState
from schemas.plan.closing import Evidence
from schemas.topics import CASES, shared_topics
from schemas.vocabulary import EscalationTrigger, Urgency
from services.notifier.domain import labels
from services.notifier.domain.answers import Reason, Word, words_of
from services.notifier.domain.case import PartStatus
from services.notifier.domain.escalation import first_level, raised
from services.notifier.domain.notices import TEXTS, Template
from services.notifier.domain.refusals import MESSAGES
from services.notifier.domain.retries import pause_after
from services.notifier.domain.story import LINES
from services.notifier.domain.words import Words, filled

FORMS = [*TEXTS.values(), *MESSAGES.values(), *LINES.values()]


def holes(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


class TestForm:
    @pytest.mark.parametrize("form", FORMS, ids=lambda form: form.en)
    def test_says_the_same_in_both_languages(self, form: Words) -> None:
        assert holes(form.en) == holes(form.zh)

    def test_is_there_for_every_occasion(self) -> None:
        assert set(TEXTS) == set(Template)
        assert set(MESSAGES) == set(Reason)
        [cases] = [topic for topic in shared_topics() if topic.name == CASES]
        facts = {m.type for m in cases.messages if issubclass(m, CaseFact)}
        # What was never a case has no story.
        assert facts - {CaseRejected.type} <= set(LINES)

    def test_has_a_word_for_every_value(self) -> None:
        assert set(labels.STATUS) == set(PartStatus)
        assert set(labels.TRIGGER) == set(EscalationTrigger)
        assert set(labels.URGENCY) == set(Urgency)
        assert set(labels.STATE) == set(CaseState)
        assert set(labels.WORD) == set(Word)
        assert set(labels.EVIDENCE) == set(Evidence)

    @pytest.mark.parametrize("message", MESSAGES.values(), ids=lambda message: message.en)
    def test_of_a_refusal_has_no_codes_in_chinese(self, message: Words) -> None:
        assert not re.search("[a-z]", re.sub(r"\{\w+\}", "", message.zh))


class TestFilledForm:
    def test_has_local_times_and_leaves_braces_of_people_alone(self) -> None:
        said = filled(
            Words("{at}: {text}", "{at}:{text}"),
            zone=ZoneInfo("Asia/Shanghai"),
            values={"at": datetime(2026, 1, 5, 16, tzinfo=UTC), "text": "{at} {0}"},
        )
        assert said.en == "2026-01-06 00:00 +08:00: {at} {0}"


class TestParty:
    def test_has_its_own_words_only(self) -> None:
        every = words_of("police") | words_of("supervision") | words_of("reporters")
        assert len(every) == 8
        assert not words_of("police") & words_of("supervision")


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
