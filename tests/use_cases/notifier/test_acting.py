"""Who acted: the person behind an answer is named in its event and in the story."""

import json
from typing import Any

import pytest

from schemas.cloudevents import event_type
from schemas.topics import CASES
from services.kit.records import Rejected
from services.notifier.store import reading
from tests.support.notifier import LI_WEI, NotifierBench, assigned, case_of, registered

LEAD = "urban-management"
LIFE = [
    (LEAD, "declined", 1),
    ("police", "accepted", 2),
    ("police", "started", 2),
    ("police", "progress", 2),
    ("police", "done", 2),
    ("supervision", "check_failed", 0),
    ("police", "done", 2),
    ("supervision", "check_passed", 0),
    ("reporters", "reopen", 0),
]


async def lines(bench: NotifierBench) -> list[dict[str, Any]]:
    async with bench.database.read() as conn:
        return [{**line} for line in await reading.story(conn, case_of())]


class TestPerson:
    async def test_is_named_in_the_event_of_every_word(self, bench: NotifierBench) -> None:
        await bench.tell(registered("E0304"), assigned(LEAD, category="E0304"))
        for party, kind, round_ in LIFE:
            number = len(await lines(bench))
            fields: dict[str, Any] = {"round_": round_} if round_ else {}
            told = await bench.say(party, kind, acting=LI_WEI, **fields)
            first = next(m for m in told.messages if m.topic == CASES)
            assert json.loads(first.value or b"")["acting"] == LI_WEI, kind
            line = (await lines(bench))[number]
            assert line["type"] == event_type(first.headers)
            assert line["text_en"].endswith(" (Li Wei)")
            assert line["text_zh"].endswith("(Li Wei)")
            if kind == "declined":
                await bench.tell(assigned("police", round_=2, category="E0304"))

    async def test_is_named_of_a_part(self, bench: NotifierBench) -> None:
        await bench.tell(registered("E0505"), assigned(LEAD, "police", category="E0505"))
        await bench.say("police", "accepted", acting=LI_WEI)
        assert (await lines(bench))[-1]["text_en"].endswith(" (Li Wei)")

    @pytest.mark.parametrize("acting", [{}, {"acting": None}])
    async def test_is_nobody_where_a_machine_speaks(
        self, bench: NotifierBench, acting: dict[str, Any]
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        told = await bench.say(LEAD, "accepted", **acting)
        assert b"acting" not in (told.messages[0].value or b"")
        assert (await lines(bench))[-1]["text_zh"] == "城管执法队已签收"

    async def test_may_have_a_name_with_braces(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", acting=LI_WEI | {"person": "{line} %s"})
        assert (await lines(bench))[-1]["text_en"].endswith(" ({line} %s)")


class TestBadActing:
    @pytest.mark.parametrize(
        ("acting", "field"),
        [
            ("Li Wei", "acting"),
            ([], "acting"),
            ({"person": "Li Wei"}, "acting.door"),
            (LI_WEI | {"door": "window"}, "acting.door"),
            (LI_WEI | {"person": ""}, "acting.person"),
            (LI_WEI | {"person": " \u3000"}, "acting.person"),
            (LI_WEI | {"person": "x" * 101}, "acting.person"),
            (LI_WEI | {"person": "a\x00b"}, "acting.person"),
            (LI_WEI | {"person": "a\nb"}, "acting.person"),
            (LI_WEI | {"person": 7}, "acting.person"),
            (LI_WEI | {"roles": "dispatcher"}, "acting.roles"),
            (LI_WEI | {"roles": ["a"] * 21}, "acting.roles"),
            (LI_WEI | {"roles": ["a b"]}, "acting.roles.0"),
            (LI_WEI | {"roles": ["x" * 65]}, "acting.roles.0"),
        ],
    )
    def test_is_told_by_its_field(self, bench: NotifierBench, acting: object, field: str) -> None:
        with pytest.raises(Rejected) as rejected:
            bench.reader.decode(bench.answer(LEAD, "accepted", acting=acting))
        assert rejected.value.code == "invalid"
        assert [fault.field for fault in rejected.value.faults] == [f"accepted.{field}"]

    def test_may_have_fields_nobody_knows_here(self, bench: NotifierBench) -> None:
        acting = LI_WEI | {"shift": "night"}
        assert bench.reader.decode(bench.answer(LEAD, "accepted", acting=acting)) is not None
