"""No line of a story has a code where people read words: of every event, in both languages."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from schemas.events.case import CaseRegistered
from schemas.events.ending import CaseJoined
from schemas.plan import Merging
from schemas.words import labels
from schemas.words.form import Words
from schemas.words.joining import because
from schemas.words.sentence import sentence
from schemas.words.story import LINES
from schemas.words.titles import reading_of
from services.intake.domain.dedup import Match, Sighting, explained
from services.notifier.domain.beginning import file_of
from tests.support.intake import HERE, NOON, north_of
from tests.support.notifier import the_plan
from tests.unit.notifier.test_words import every_fact, fact_of

_PEOPLES = (
    *("reason", "note", "result", "remark", "description", "media", "supervised_for"),
    *("legal_basis", "message"),
)
"""What somebody wrote, in whichever language, by the last name of the hole."""
_NAMES = ("source", "source_id", "person", "asked_by", "merged_id", "primary_id")
"""What has no name in Chinese: of systems and people, and the numbers of cases."""
_LEFT_OUT = re.compile(rf"\{{(?:\w+\.)*(?:{'|'.join((*_PEOPLES, *_NAMES))})\}}")
_CODE = re.compile(r"\w_\w|default:|\bcase\.|\b[A-Z]-?[A-Z]*\d{3,}|\d{12}")


def without_names(form: Words) -> Words:
    """Return a form without the holes that people and names fill."""
    return Words(_LEFT_OUT.sub("", form.en), _LEFT_OUT.sub("", form.zh))


class TestStory:
    @pytest.mark.parametrize("type_", sorted(LINES))
    def test_has_words_for_what_it_tells(self, type_: str) -> None:
        [fact] = [one for one in every_fact() if one.type == type_]
        case = file_of(fact_of(CaseRegistered), partition=0).case
        plan = the_plan()
        form = without_names(LINES[type_])
        if type_ == CaseJoined.type:  # why two cases are one, a dispatcher wrote
            form = Words(*(text.replace("{why}", "") for text in form))
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
