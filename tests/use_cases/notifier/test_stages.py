"""The clocks of the stages that a case passes, and of each party, over HTTP."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from services.commands.case import told_clocks
from tests.support.notifier import NOON, NotifierBench, assigned, case_of, registered
from tests.use_cases.notifier.test_promising import promised

POLICE = "police"
CHECKED = "E0506"
MINUTE = 60.0


async def clocks(client: httpx.AsyncClient) -> dict[str, Any]:
    found = await client.get(f"/cases/{case_of()}/clocks")
    assert found.status_code == 200, found.text
    answer: dict[str, Any] = found.json()
    return answer


async def stages(client: httpx.AsyncClient, clock: str) -> list[dict[str, Any]]:
    return [one for one in (await clocks(client))["stages"] if one["clock"] == clock]


def minutes(stage: dict[str, Any]) -> list[float]:
    """Return how long each segment was, which add up to what is used; an open one is 0."""
    at = datetime.fromisoformat
    found = [
        (at(one["until"]) - at(one["since"])).total_seconds() / MINUTE
        for one in stage["segments"]
        if one["until"] is not None
    ]
    if len(found) == len(stage["segments"]):
        assert sum(found) * MINUTE == stage["used_seconds"]
    return found


class TestAcceptance:
    async def test_is_the_time_from_the_report_to_its_registration(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(reported_at=NOON - timedelta(minutes=14)))
        [stage] = await stages(client, "acceptance")
        assert (stage["who"], stage["limit_seconds"], minutes(stage)) == ("intake", 900, [14])
        assert (stage["colour"], stage["late"]) == ("yellow", False)

    async def test_takes_nothing_of_a_report_from_later(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(reported_at=NOON + timedelta(minutes=14)))
        [stage] = await stages(client, "acceptance")
        assert (minutes(stage), stage["colour"]) == ([0], "green")


class TestDispatch:
    async def test_is_the_routers_and_late_after_its_limit(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered())
        for passed, colour, late in [(11, "green", 0), (3, "yellow", 0), (2, "red", 1)]:
            await bench.pass_time(minutes=passed)
            found = await clocks(client)
            [stage] = [one for one in found["stages"] if one["clock"] == "dispatch"]
            assert (stage["who"], stage["colour"]) == ("router", colour)
            assert sum(one["late_now"] for one in found["own_clocks"]) == late
        case = (await client.get(f"/cases/{case_of()}")).json()["case"]
        assert case["late_now"]["clock"] == "dispatch"
        assert case["late_now"]["late"] is True

    async def test_begins_anew_after_a_return(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered())
        await bench.pass_time(minutes=5)
        await bench.tell(assigned(POLICE, at=bench.now))
        await bench.say(POLICE, "declined")
        await bench.pass_time(minutes=14)
        first, second = await stages(client, "dispatch")
        assert (minutes(first), first["colour"]) == ([5], "green")
        assert (second["used_seconds"], second["colour"]) == (14 * MINUTE, "yellow")


class TestFirstContact:
    @pytest.mark.parametrize("word", ["started", "progress"])
    async def test_is_from_the_signature_to_the_first_word(
        self, bench: NotifierBench, client: httpx.AsyncClient, word: str
    ) -> None:
        await bench.tell(registered(), assigned(POLICE, limit_text="5 WD"))
        await bench.pass_time(minutes=4)
        await bench.say(POLICE, "accepted")
        await bench.pass_time(minutes=30)
        await bench.say(POLICE, word)
        await bench.pass_time(minutes=30)
        [stage] = await stages(client, "first_contact")
        assert (stage["who"], stage["limit_seconds"], minutes(stage)) == (POLICE, 86_400, [30])
        [signed] = await stages(client, "sign")
        assert minutes(signed) == [4]


class TestCheckAndClosing:
    async def test_are_the_supervisions(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(CHECKED), assigned(POLICE, category=CHECKED))
        await bench.say(POLICE, "accepted", "started", "done")
        await bench.pass_time(minutes=7)
        await bench.say("supervision", "check_failed")
        await bench.say(POLICE, "done")
        await bench.pass_time(minutes=3)
        await bench.say("supervision", "check_passed")
        assert [minutes(one) for one in await stages(client, "check")] == [[7], [3]]
        [closing] = await stages(client, "closing")
        assert (closing["who"], minutes(closing)) == ("supervision", [0])


class TestReporters:
    async def test_clock_goes_on_whoever_has_the_case(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(promised(NOON, limit="4 UH"), assigned(POLICE))
        await bench.say(POLICE, "declined")
        await bench.pass_time(hours=3)
        await bench.tell(assigned("fire", round_=2, at=bench.now))
        await bench.say("fire", "accepted", "started", round_=2)
        [stage] = await stages(client, "resident")
        assert (stage["who"], stage["used_seconds"], stage["colour"]) == (
            "reporters",
            3 * 3600,
            "green",
        )
        await bench.say("fire", "done", round_=2)
        [stage] = await stages(client, "resident")
        assert minutes(stage) == [180]

    async def test_clock_is_a_new_one_when_the_case_is_opened_again(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(promised(NOON, limit="1 UH"), assigned(POLICE))
        await bench.say(POLICE, "accepted", "started", "done")
        await bench.pass_time(hours=3)
        await bench.say("reporters", "reopen")
        first, second = await stages(client, "resident")
        assert (minutes(first), second["used_seconds"]) == ([0], 0)


class TestOwnClocks:
    async def test_are_of_each_party_and_one_is_late_now(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(promised(NOON, limit="1 UH"), assigned(POLICE, "fire", "water"))
        await bench.say(POLICE, "accepted")
        await bench.say("fire", "accepted")
        bench.now += timedelta(hours=5)
        own = (await clocks(client))["own_clocks"]
        assert [(one["who"], one["clock"], one["late_now"]) for one in own] == [
            (POLICE, "handling", True),
            ("fire", "handling", False),
            ("water", "sign", False),
            ("reporters", "resident", False),
        ]
        assert all(one["late"] for one in own)

    async def test_are_none_of_a_closed_case(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(registered(), assigned(POLICE))
        await bench.say(POLICE, "accepted", "started", "done")
        assert (await clocks(client))["own_clocks"] == []

    async def test_are_told_on_a_terminal_in_both_languages(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        await bench.tell(promised(NOON, limit="1 UH"), assigned(POLICE))
        await bench.say(POLICE, "accepted")
        bench.now += timedelta(hours=5)
        text = "\n".join(told_clocks(await clocks(client)))
        assert "各方时限 what each has to do now (* who is late)" in text
        assert "* 处置 to handle: police, 期限 due " in text
        assert "承诺办结 as promised: reporters, 时限 limit 1 h 00 min 00 s" in text
        assert "首次联系 to make contact: police" in text
        assert "受理 to register: intake" in text
