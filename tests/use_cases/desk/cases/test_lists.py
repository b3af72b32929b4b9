"""What can be looked for, and how a list is walked."""

from datetime import timedelta
from typing import Any

import pytest

from schemas.events.incident import Place
from schemas.roles import ActingRole
from schemas.vocabulary import Urgency
from services.kit.sql.cursors import Cursor
from tests.support.followed import FollowedBench
from tests.support.notifier import NOON, assigned, case_of, registered
from tests.support.requesting import ask
from tests.support.shown import SUPERVISOR, DeskBench, person

LEAD = "urban-management"
FIRST, SECOND, THIRD = (case_of(report) for report in "123")


@pytest.fixture
async def known(bench: FollowedBench) -> FollowedBench:
    """Return three cases, a minute apart: of a lead with help, of nobody, and an old closed one."""
    old = NOON - timedelta(days=3)
    await bench.tell(
        registered(
            report="3",
            at=old,
            description="Water on the road",
            place=Place(address="12 Lake Road", grid="36011100300103"),
        ),
        assigned(LEAD, report="3", at=old),
    )
    await bench.say(LEAD, "accepted", "started", "done", report="3")
    await bench.tell(registered(report="2", at=NOON, description="消防通道被车堵住", triage=True))
    later = NOON + timedelta(minutes=1)
    await bench.tell(
        registered("E0506", at=later, exercise=True, urgency=Urgency.URGENT),
        assigned("police", "water", person="wang", at=later, urgency=Urgency.URGENT),
    )
    return bench


async def found(desk: DeskBench, **wanted: Any) -> list[Any]:
    return [row["case_id"] for row in await desk.listed(**wanted)]


NARROWED: list[tuple[dict[str, Any], list[Any]]] = [
    ({}, [FIRST, SECOND, THIRD]),
    ({"state": "closed"}, [THIRD]),
    ({"state": "assigned"}, [FIRST]),
    ({"open": True}, [FIRST, SECOND]),
    ({"open": False}, [THIRD]),
    ({"party": "police"}, [FIRST]),
    ({"party": "water"}, [FIRST]),
    ({"party": "water", "open": False}, []),
    ({"party": LEAD}, [THIRD]),
    ({"person": "wang"}, [FIRST]),
    ({"person": "wang", "party": LEAD}, []),
    ({"unheld": True}, [SECOND]),
    ({"category": "E0506"}, [FIRST]),
    ({"class_code": "E01"}, [SECOND, THIRD]),
    ({"grid": "36011100300103"}, [FIRST, SECOND, THIRD]),
    ({"grid": "1"}, []),
    ({"source": "hotline-12345"}, [FIRST, SECOND, THIRD]),
    ({"urgency": "U"}, [FIRST]),
    ({"level": 3}, []),
    ({"exercise": True}, [FIRST]),
    ({"exercise": False}, [SECOND, THIRD]),
    ({"overran": True}, [THIRD]),
    ({"overran": True, "open": True}, []),
    ({"triage": True}, [SECOND]),
    ({"supervised": True}, []),
    ({"requested": True}, []),
    ({"since": NOON}, [FIRST, SECOND]),
    ({"until": NOON}, [THIRD]),
    ({"since": NOON, "until": NOON + timedelta(minutes=1)}, [SECOND]),
    ({"text": "消防"}, [SECOND]),
    ({"text": "消防 通道"}, [SECOND]),
    ({"text": "堵"}, [SECOND]),
    ({"text": "车"}, [SECOND]),
    ({"text": "消灾"}, []),
    ({"text": "LAKE road"}, [THIRD]),
    ({"text": "wat"}, [THIRD]),
    ({"text": "ate"}, []),
    ({"text": "wa"}, []),
    ({"text": "12"}, [THIRD]),
    ({"text": "lake", "state": "assigned"}, []),
    ({"text": "，。!?"}, []),
    ({"text": ""}, []),
]
"""Filters, and which cases each has."""


@pytest.mark.usefixtures("known")
class TestFilter:
    async def test_narrows(self, desk: DeskBench) -> None:
        narrowed = [(wanted, await found(desk, **wanted)) for wanted, _ in NARROWED]
        assert narrowed == NARROWED

    async def test_finds_ones_own(self, desk: DeskBench) -> None:
        wang = person(ActingRole.SUPERVISOR, id_="wang")
        assert await found(desk, actor=wang, mine=True) == [FIRST]
        assert await found(desk, actor=SUPERVISOR, mine=True) == []

    async def test_finds_what_somebody_signed_for_where_no_part_names_anybody(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        zhou = person(ActingRole.HANDLER, id_="zhou", departments=frozenset({"police"}))
        assert await found(desk, actor=zhou, mine=True) == []
        acting = {"person": "zhou", "roles": ["handler"], "door": "desk"}
        await known.say("police", "accepted", acting=acting)
        assert await found(desk, actor=zhou, mine=True) == [FIRST]
        elsewhere = person(ActingRole.HANDLER, id_="zhou", departments=frozenset({"water"}))
        assert await found(desk, actor=elsewhere, mine=True) == [FIRST]  # which helps
        gone = person(ActingRole.HANDLER, id_="zhou", departments=frozenset({"housing"}))
        assert await found(desk, actor=gone, mine=True) == []

    async def test_finds_what_a_department_has_to_sign_for_as_lead_or_co_handler(
        self, known: FollowedBench, desk: DeskBench
    ) -> None:
        async def to_sign(*departments: str, **wanted: Any) -> list[Any]:
            who = person(ActingRole.HANDLER, departments=departments)
            return await found(desk, actor=who, unsigned=True, **wanted)

        assert await to_sign("police") == await to_sign("water") == [FIRST]
        await known.say("police", "accepted")
        assert (await to_sign("police"), await to_sign("water")) == ([], [FIRST])
        assert await to_sign("water", "police", text="lake") == []
        assert await to_sign(LEAD) == await to_sign() == []
        assert await found(desk, actor=SUPERVISOR, unsigned=True) == []
        await known.say("water", "declined", reason="no valve there")
        assert await to_sign("water", "police") == []

    async def test_tells_late_ones_by_the_instant_of_the_question(self, desk: DeskBench) -> None:
        assert await found(desk, overdue=True) == []
        desk.now += timedelta(hours=5)
        assert await found(desk, overdue=True) == [FIRST]

    async def test_finds_requests_that_wait(self, known: FollowedBench, desk: DeskBench) -> None:
        await known.say("police", "accepted", "started")
        acting = {"person": "zhou", "roles": ["handler"], "door": "desk"}
        await ask(known, "suspension", department="police", acting=acting)
        assert await found(desk, requested=True) == [FIRST]

    async def test_follows_a_correction(self, known: FollowedBench, desk: DeskBench) -> None:
        command = known.command(
            "case.correct",
            category="E0112",
            reason="it is that",
            acting={"person": "li", "roles": ["dispatcher"], "door": "desk"},
        )
        await known.read(command)
        assert await found(desk, category="E0112") == [FIRST, SECOND, THIRD]
        assert await found(desk, category="E0506") == []


class TestPages:
    @pytest.mark.parametrize("limit", [1, 2, 3, 7])
    async def test_neither_skip_nor_repeat_while_cases_come_and_change(
        self, bench: FollowedBench, desk: DeskBench, limit: int
    ) -> None:
        reports = [str(number) for number in range(12)]
        # Some at the same instant: then the ids are in order.
        for number, report in enumerate(reports):
            at = NOON + timedelta(minutes=number // 3)
            await bench.tell(registered(report=report, at=at), assigned(LEAD, report=report))
        every = [row["case_id"] for row in await desk.listed(limit=50)]
        met: list[Any] = []
        after = None
        while True:
            page = await desk.listed(limit=limit, after=after)
            met += [row["case_id"] for row in page]
            if len(page) < limit:
                break
            after = Cursor(page[-1]["registered_at"], page[-1]["case_id"])
            new, changed = f"new-{len(met)}", reports[len(met) % len(reports)]
            await bench.tell(registered(report=new, at=NOON + timedelta(hours=1)))
            await bench.say(LEAD, "accepted", report=changed)
        assert met == every

    async def test_of_several_departments_are_one_list(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        for number in range(6):
            lead = ("police", "water")[number % 2]
            at = NOON + timedelta(minutes=number)
            await bench.tell(
                registered(report=str(number), at=at),
                assigned(lead, *({"police", "water"} - {lead}), report=str(number), at=at),
            )
        both = person(ActingRole.HANDLER, departments=["police", "water"])
        assert await found(desk, actor=both, limit=4) == [case_of(str(n)) for n in (5, 4, 3, 2)]
