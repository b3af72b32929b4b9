"""No line of a story has a code where people read words: of every event, in both languages."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from schemas.events.case import CaseRegistered, CaseRejected
from schemas.events.ending import CaseJoined
from schemas.lifecycle import CaseState
from schemas.plan import Merging
from schemas.plan.closing import Evidence
from schemas.roles import ActingRole
from schemas.vocabulary import CommandKind, Word
from schemas.words import labels
from schemas.words.form import Words
from schemas.words.joining import because
from schemas.words.notices import TEXTS
from schemas.words.refusals import MESSAGES, Reason
from schemas.words.sentence import sentence
from schemas.words.story import LINES
from schemas.words.templates import Template
from schemas.words.titles import reading_of
from services.intake.domain.dedup import Match, Sighting, explained
from services.notifier.domain.beginning import file_of
from services.notifier.domain.facts import Fact
from services.notifier.domain.tells import TELLS
from services.notifier.use_cases.hearing import _Refused
from tests.support.intake import HERE, NOON, north_of
from tests.support.naked_codes import naked_codes
from tests.support.notifier import the_plan
from tests.unit.notifier.test_words import every_fact, fact_of

_PEOPLES = (
    *("reason", "note", "result", "remark", "description", "media", "supervised_for"),
    *("legal_basis", "message", "closed_result", "descriptions", "wanted"),
)
"""What somebody wrote, in whichever language, by the last name of the hole."""
_NAMES = (
    *("source", "source_id", "person", "asked_by", "case_id", "merged_id", "primary_id"),
    "request_id",
)
"""What has no name in Chinese: of systems and people, and the numbers of cases."""
_LEFT_OUT = re.compile(rf"\{{(?:\w+\.)*(?:{'|'.join((*_PEOPLES, *_NAMES))})\}}")
_CODE = re.compile(r"\w_\w|default:|\bcase\.|\b[A-Z]-?[A-Z]*\d{3,}|\d{12}")


def without_names(form: Words, *, of: type[Fact]) -> Words:
    """Return a form without the holes that people and names fill, `of` some kind of fact."""
    if of is CaseJoined:  # why two cases are one, a dispatcher wrote
        form = Words(*(text.replace("{why}", "") for text in form))
    return Words(_LEFT_OUT.sub("", form.en), _LEFT_OUT.sub("", form.zh))


class TestStory:
    @pytest.mark.parametrize("type_", sorted(LINES))
    def test_has_words_for_what_it_tells(self, type_: str) -> None:
        [fact] = [one for one in every_fact() if one.type == type_]
        case = file_of(fact_of(CaseRegistered), partition=0).case
        plan = the_plan()
        form = without_names(LINES[type_], of=type(fact))
        said = sentence(form, fact, reading=reading_of(plan), case=case, plan=plan)
        assert re.findall(r"[A-Za-z]+", said.zh) == []
        assert _CODE.findall(said.en) == []

    def test_says_whose_rule_it_was(self) -> None:
        rule = reading_of(the_plan()).rule
        [first, *_] = the_plan().rules
        assert rule("default:P0137") == labels.BY_CATEGORY
        assert rule("case.reassign") == labels.BY_COMMAND
        assert rule(first.id) == Words(first.reason_en, first.reason_zh)
        assert rule("gone") == Words("rule gone", "规则gone")

    def test_has_chinese_for_each_reason_of_the_house(self) -> None:
        for words in labels.PHRASES.values():
            assert not re.search("[A-Za-z]", words.zh)


class TestNotice:
    @pytest.mark.parametrize("template", Template)
    def test_has_words_for_what_it_tells(self, template: Template) -> None:
        told = {kind for kind, rows in TELLS.items() if template in {one.template for one in rows}}
        told |= {CaseRejected} if template is Template.REJECTED else set()
        facts: list[Fact] = [fact for fact in every_fact() if type(fact) in told]
        assert facts
        case, plan = file_of(fact_of(CaseRegistered), partition=0).case, the_plan()
        for fact in facts:
            form = without_names(TEXTS[template], of=type(fact))
            said = sentence(form, fact, reading=reading_of(plan), case=case, plan=plan)
            assert re.findall("[A-Za-z]+", said.zh) == []
            assert (
                _CODE.findall(said.en) + naked_codes(said.en, chinese=False, plan=the_plan()) == []
            )


class TestRefusal:
    @pytest.mark.parametrize("reason", Reason)
    def test_has_words_for_what_was_said_and_what_could_be(self, reason: Reason) -> None:
        form = MESSAGES[reason]
        detail = "urban-management" if "{department}" in form.en else (*ActingRole,)
        refused = _Refused(
            party="urban-management",
            word=CommandKind.ADD_CO_HANDLER,
            words=(*Word,),
            state=CaseState.FORCE_CLOSED,
            allowed=(*Word, *CommandKind),
            missing=tuple(map(str, Evidence)),
            detail=detail,
        )
        said = sentence(form, refused, reading=reading_of(the_plan()))
        assert re.findall("[A-Za-z]+", said.zh) == []
        assert naked_codes(said.en, chinese=False, plan=the_plan()) == []


class TestJoining:
    @pytest.mark.parametrize("near", [True, False])
    @pytest.mark.parametrize("words", [None, "路灯不亮"])
    @pytest.mark.parametrize("address", [None, "湖滨路7号"])
    @pytest.mark.parametrize("radius", [0.5, 50, 1_000])
    def test_is_told_in_words_whatever_the_plan_asks(
        self, *, near: bool, words: str | None, address: str | None, radius: float
    ) -> None:
        apart = timedelta(minutes=3) if near else timedelta(days=3)
        merging = Merging(
            same_address=True,
            likeness=0.25,
            radius_m=radius,
            same_place_within=timedelta(days=7),
        )
        both = [
            Sighting(
                case_id=UUID(int=n),
                position=north_of(HERE, 0),
                reported_at=NOON + apart * n,
                exercise=False,
                source="hotline",
                channel="grid_member",
                address=address,
                words=words,
            )
            for n in (1, 2)
        ]
        match = Match(both[0], 1234.5, None if words is None else 0.86)
        told = because(explained(match, both[1], category="S-PET", merging=merging))
        assert told is not None
        assert not re.search("[A-Za-z]", told.zh)
        assert "S-PET" not in told.en
        assert "_" not in told.en

    @pytest.mark.parametrize("told", ["", "; ", "same address; {x}", "同一盏灯", "x" * 2_000])
    def test_leaves_what_somebody_wrote(self, told: str) -> None:
        assert because(told) is None
