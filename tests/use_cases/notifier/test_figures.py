"""What the totals come to: only valid cases are in a figure (scenarios 13 and 14)."""

from typing import Any

import httpx
import pytest

from schemas.vocabulary import REPORTERS
from services.notifier.domain.figures import share
from services.notifier.store import files
from tests.support.notifier import LI_WEI, NotifierBench, assigned, registered, rejected

LEAD = "urban-management"
SHIFT_LEAD = LI_WEI | {"roles": ["shift_lead"]}


async def so_far(bench: NotifierBench, **totals: int) -> None:
    """Let so many cases have become this before."""
    async with bench.database.write() as conn:
        await files.add_totals(conn, {(0, kind): count for kind, count in totals.items()})


async def summary(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/cases/summary")).json()
    return found


def percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.2%}"


class TestYearOfTheSeedDistrict:
    """70,970 valid cases, 70,897 of them closed: 99.9 %, and 73 open."""

    async def test_is_not_changed_by_reports_that_are_no_valid_cases(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await so_far(bench, registered=70_970, closed=70_897, closed_late=897)
        before = await summary(client)
        assert (percent(before["closed_share"]), before["valid"]) == ("99.90%", 70_970)
        assert before["valid"] - before["closed"] == 73

        await bench.tell(rejected("a"))
        for report in ("b", "c"):
            await bench.tell(registered(report=report), assigned(LEAD, report=report))
        assert (await summary(client))["valid"] == 70_972
        said = {"reason": "nothing is there", "acting": SHIFT_LEAD}
        await bench.read(bench.command("case.dismiss", report="b", **said))
        await bench.say(REPORTERS, "withdraw", report="c", reason="settled")

        after = await summary(client)
        assert (after["rejected"], after["dismissed"], after["withdrawn"]) == (1, 1, 1)
        figures = ("valid", "closed", "open", "closed_share", "closed_of_due", "in_time_of_due")
        assert {name: after[name] for name in figures} == {name: before[name] for name in figures}

    async def test_is_closed_share_by_share(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await so_far(bench, registered=70_969, closed=70_896, closed_late=896)
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started", "done")
        found = await summary(client)
        assert (found["valid"] - found["closed"], percent(found["closed_share"])) == (73, "99.90%")
        assert found["closed_late"] == 896


class TestMonthOfTianmen:
    """972 should be closed, 911 are, 737 of them in time: 93.72 % and 75.82 %."""

    async def test_counts_what_is_overdue_among_what_should_be_closed(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        late = 972 - 911
        await so_far(bench, registered=911, closed=911, closed_late=911 - 737)
        numbers = [str(number) for number in range(late)]
        await bench.tell(*(registered(report=number) for number in numbers))
        await bench.tell(*(assigned(LEAD, report=number) for number in numbers))
        await bench.pass_time(hours=4)
        found = await summary(client)
        assert (found["due"], found["closed"], found["open"]) == (972, 911, late)
        assert percent(found["closed_of_due"]) == "93.72%"
        assert percent(found["in_time_of_due"]) == "75.82%"

    async def test_has_no_share_where_nothing_was_to_be_closed(
        self, client: httpx.AsyncClient
    ) -> None:
        found = await summary(client)
        shares = ("closed_share", "closed_of_due", "in_time_of_due")
        assert [found[name] for name in shares] == [None, None, None]

    async def test_knows_in_time_from_late_also_when_a_case_is_opened_again(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started")
        await bench.pass_time(hours=5)
        await bench.say(LEAD, "done")
        found = await summary(client)
        assert (found["closed"], found["in_time_of_due"]) == (1, 0.0)
        await bench.say(REPORTERS, "reopen")
        await bench.tell(assigned(LEAD, round_=2, at=bench.now))
        await bench.say(LEAD, "accepted", "started", "done", round_=2)
        found = await summary(client)
        assert (found["closed"], found["in_time_of_due"]) == (1, 1.0)


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
