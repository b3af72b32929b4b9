"""What the totals come to: only valid cases are in a figure."""

from typing import Any

import pytest

from schemas.vocabulary import REPORTERS
from services.access.actor import Actor
from services.desk.domain.figures import share
from services.desk.http.cases import cases_router
from services.desk.store import totals
from tests.support.followed import FollowedBench
from tests.support.notifier import LI_WEI, NOON, assigned, case_of, merged, registered, rejected
from tests.support.proven import proven
from tests.support.requesting import ask, being_handled, decide, granted
from tests.support.shown import SUPERVISOR, DeskBench, key
from tests.support.web import app_of, talking_to

LEAD = "urban-management"
SHIFT_LEAD = LI_WEI | {"roles": ["shift_lead"]}
ACCEPTOR: dict[str, Any] = {"person": "chen.jie", "roles": ["acceptor"], "door": "desk"}


async def asked(desk: DeskBench, actor: Actor = SUPERVISOR) -> tuple[int, Any]:
    routes = cases_router(desk.database, clock=lambda: desk.now)
    async with talking_to(proven(app_of(routes, is_guarded=False), actor), token="") as client:
        answer = await client.get("/cases/summary")
    return answer.status_code, answer.json()


async def summary(desk: DeskBench) -> dict[str, Any]:
    status, found = await asked(desk)
    assert status == 200
    return dict(found)


async def so_far(desk: DeskBench, **became: int) -> None:
    """Let so many cases have become this before."""
    async with desk.database.write() as conn:
        await totals.add(conn, became, lane=7)


def percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"


class TestSummary:
    async def test_adds_up(self, bench: FollowedBench, desk: DeskBench) -> None:
        await bench.tell(registered(), assigned(LEAD), registered(report="2"), rejected("4"))
        await bench.tell(merged("3"), registered(report="6", exercise=True))
        await bench.say(LEAD, "accepted", "started", "done")
        await bench.tell(registered(report="5"), assigned("police", report="5"))
        assert await summary(desk) == {
            "registered": 3,
            "merged": 1,
            "dismissed": 0,
            "withdrawn": 0,
            "merged_by_hand": 0,
            "valid": 3,
            "closed": 1,
            "closed_late": 0,
            "exempt": 0,
            "due": 1,
            "closed_share": 1 / 3,
            "closed_of_due": 1.0,
            "in_time_of_due": 1.0,
            "open": 2,
            "open_by_state": {"assigned": 1, "registered": 1},
            "late_now": {},
            "as_of": None,
        }

    async def test_says_who_is_late_with_how_many(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        for report, lead in (("1", LEAD), ("2", LEAD), ("3", "police")):
            await bench.tell(registered(report=report), assigned(lead, report=report))
        await bench.say("police", "accepted", report="3")
        desk.now = NOON.replace(hour=NOON.hour + 3)  # time to sign is over, the limit is not
        assert (await summary(desk))["late_now"] == {LEAD: 2}

    async def test_is_for_who_sees_every_case(self, desk: DeskBench) -> None:
        status, told = await asked(desk, key(departments=[LEAD]))
        assert (status, told["title"]) == (403, "You are not bound to all parties.")

    async def test_of_cases_merged_by_hand_has_the_other_one(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        for report in "12":
            await bench.tell(registered(report=report), assigned(LEAD, report=report))
        into = str(case_of("2"))
        merge = bench.command("case.merge", into=into, reason="the same", acting=ACCEPTOR)
        await bench.read(merge)
        await bench.pass_time(minutes=1)
        found = await summary(desk)
        assert (found["valid"], found["open"], found["merged_by_hand"]) == (1, 1, 1)
        assert found["merged"] == 0
        await bench.read(bench.command("case.unmerge", reason="it is not", acting=SHIFT_LEAD))
        assert (await summary(desk))["valid"] == 2


class TestOverrun:
    async def test_that_does_not_count_is_another_figure(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await being_handled(bench, "4 UH")
        await bench.pass_time(hours=5)
        await bench.say(LEAD, "done")
        found = await summary(desk)
        assert (found["closed"], found["closed_late"], found["exempt"]) == (1, 1, 0)
        await granted(bench, "appeal")
        found = await summary(desk)
        assert (found["closed"], found["closed_late"], found["exempt"]) == (1, 0, 1)

    async def test_of_a_case_that_is_closed_by_force_counts(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await being_handled(bench, "4 UH")
        await bench.pass_time(hours=5)
        await decide(bench, await ask(bench, "force_close"))
        found = await summary(desk)
        assert (found["closed"], found["closed_late"], found["open"]) == (1, 1, 0)

    async def test_is_gone_when_the_case_is_opened_again_and_done_in_time(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await being_handled(bench, "4 UH")
        await bench.pass_time(hours=5)
        await bench.say(LEAD, "done")
        assert (await summary(desk))["in_time_of_due"] == 0.0
        await bench.say(REPORTERS, "reopen")
        await bench.tell(assigned(LEAD, round_=2, at=bench.now))
        await bench.say(LEAD, "accepted", "started", "done", round_=2)
        found = await summary(desk)
        assert (found["closed"], found["in_time_of_due"]) == (1, 1.0)


class TestYearOfTheSeedDistrict:
    """70,970 valid cases, 70,897 of them closed: 99.9 %, and 73 open."""

    async def test_is_not_changed_by_reports_that_are_no_valid_cases(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        for report in ("b", "c"):
            await bench.tell(registered(report=report), assigned(LEAD, report=report))
        said: dict[str, Any] = {"reason": "nothing is there", "acting": SHIFT_LEAD}
        await bench.read(bench.command("case.dismiss", report="b", **said))
        await bench.say(REPORTERS, "withdraw", report="c", reason="settled")
        await so_far(desk, registered=70_970, closed=70_897, closed_late=897)
        found = await summary(desk)
        assert (found["dismissed"], found["withdrawn"], found["open"]) == (1, 1, 0)
        assert (found["valid"], percent(found["closed_share"])) == (70_970, "99.90%")
        assert found["valid"] - found["closed"] == 73


class TestMonthOfTianmen:
    """972 should be closed, 911 are, 737 of them in time: 93.72 % and 75.82 %."""

    async def test_counts_what_is_overdue_among_what_should_be_closed(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        late = 972 - 911
        numbers = [str(number) for number in range(late)]
        await bench.tell(*(registered(report=number) for number in numbers))
        await bench.tell(*(assigned(LEAD, report=number) for number in numbers))
        await bench.pass_time(hours=4)
        await so_far(desk, registered=911, closed=911, closed_late=911 - 737)
        found = await summary(desk)
        assert (found["due"], found["closed"], found["open"]) == (972, 911, late)
        assert percent(found["closed_of_due"]) == "93.72%"
        assert percent(found["in_time_of_due"]) == "75.82%"

    async def test_has_no_share_where_nothing_was_to_be_closed(self, desk: DeskBench) -> None:
        found = await summary(desk)
        shares = ("closed_share", "closed_of_due", "in_time_of_due")
        assert [found[name] for name in shares] == [None, None, None]


class TestShare:
    @pytest.mark.parametrize(
        ("part", "whole", "told"),
        [
            (70_897, 70_970, "99.90%"),
            (911, 972, "93.72%"),
            (737, 972, "75.82%"),
            (0, 0, "-"),
            (0, 9, "0.00%"),
        ],
    )
    def test_is_null_of_nothing(self, part: int, whole: int, told: str) -> None:
        assert percent(share(part, of=whole)) == told
