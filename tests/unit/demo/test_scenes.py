"""The day that the demo plays, its set pieces, and what people in charge say in them."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from rich.console import Console

from schemas.events.charge import CaseCorrected
from schemas.events.commands import as_command
from schemas.lifecycle import CaseEvent
from schemas.plan import load_plan
from schemas.plan.limits import LimitUnit
from schemas.roles import may
from services.demo import screen
from services.demo.city import City, first_midnight
from services.demo.in_charge import Cues, spoken
from services.demo.scenes import GAS_LEAK, SET_PIECES, SHOWN, WRONG_CATEGORY, SetPiece

PLAN = load_plan(Path("deploy/plans/qingshanhu.toml"))
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
NO_ID = UUID(int=0)


class TestDay:
    @pytest.mark.parametrize("today", ["2026-05-01", "2026-10-08", "2026-11-28", "2027-01-04"])
    def test_is_one_of_work_after_one_without(self, today: str) -> None:
        begins = first_midnight(PLAN, today=datetime.fromisoformat(f"{today}T12:00+08:00"))
        working, day = PLAN.counting(LimitUnit.WORK_DAY), timedelta(days=1)
        assert working.between(begins, begins + day) > timedelta()
        assert working.between(begins - day, begins) == timedelta()
        assert begins.date().isoformat() <= today

    def test_reports_every_set_piece_once(self) -> None:
        start = first_midnight(PLAN, today=datetime(2026, 11, 28, tzinfo=UTC))
        keys = [planned.key for planned in City(PLAN, start=start, seed=7).day()]
        assert [sum(piece.id in key for key in keys) for piece in SET_PIECES] == [1] * len(
            SET_PIECES
        )

    def test_goes_on_with_reports_that_were_not_made_before(self) -> None:
        start = first_midnight(PLAN, today=datetime(2026, 11, 28, tzinfo=UTC))
        keys = {planned.key for planned in City(PLAN, start=start, seed=7).day()}
        city = City(PLAN, start=NOW, seed=8)
        later = [city.another(NOW, lead="fire") for _ in range(50)]
        assert len({one.key for one in later} - keys) == 50
        codes = {json.loads(one.value).get("category", "E0496") for one in later}
        assert {PLAN.category(code).lead for code in codes} == {"fire"}


class TestPeopleInCharge:
    @pytest.mark.parametrize("piece", SHOWN, ids=lambda piece: piece.id)
    def test_say_commands_that_their_roles_may(self, piece: SetPiece) -> None:
        for cue in piece.cues:
            event = {"case_id": str(piece.case_id), "at": NOW.isoformat()}
            said = spoken(cue, event | dict.fromkeys(cue.copied, str(NO_ID)), at=NOW)
            command = as_command(said).validate_json(json.dumps(said))
            assert may(cue.kind, command.acting.roles)

    def test_say_each_thing_once_and_in_its_turn(self) -> None:
        cues, case_id = Cues(), str(WRONG_CATEGORY.case_id)
        assert cues.of(CaseEvent.CLOSED, case_id) is None
        assert cues.of(CaseEvent.ASSIGNED, case_id) == WRONG_CATEGORY.cues[0]
        assert cues.of(CaseEvent.ASSIGNED, case_id) is None


class TestScene:
    def test_is_told_in_the_words_of_the_story_that_it_shows(self) -> None:
        console = Console(record=True, width=80)
        at = "2026-11-23T01:40:00+00:00"
        story = [
            {"type": CaseCorrected.type, "at": at, "text_zh": "更正", "text_en": "Corrected"},
            {"type": "case.annotated", "at": at, "text_zh": "备注", "text_en": "Note"},
        ]
        screen.scene(WRONG_CATEGORY, story, console, zone=PLAN.timezone)
        told = console.export_text()
        assert WRONG_CATEGORY in SHOWN
        assert "Mon 09:40  更正\n" in told
        assert "Corrected" in told
        assert "Note" not in told

    def test_tells_of_parts_only_what_becomes_of_the_silent_one(self) -> None:
        told = [
            GAS_LEAK.tells({"type": "part.changed", "data": {"department": department}})
            for department in ("police", "emergency-management")
        ]
        assert told == [False, True]
