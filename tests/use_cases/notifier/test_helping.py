"""Co-handlers who do not sign: asked once more, and then the case goes on without them."""

from datetime import timedelta

import httpx
import pytest

from schemas.events.part import PartAskedAgain, PartChanged
from schemas.vocabulary import Urgency
from services.notifier.domain.clocks import TimerKind
from tests.support.notifier import NotifierBench, Told, assigned, case_of, registered, the_plan
from tests.support.other_limits import with_limits

GAS_LEAK = "E0502"
FIRE, POLICE, OWNER = "fire", "police", "urban-management"
SIGN = timedelta(minutes=5)


async def gas_leak(bench: NotifierBench) -> Told:
    """Report an emergency with co-handlers; its part is done when all parts are."""
    at = bench.now
    await bench.tell(registered(GAS_LEAK, at=at))
    return await bench.tell(assigned(FIRE, POLICE, OWNER, category=GAS_LEAK, at=at))


def recipients(told: Told, template: str) -> list[str]:
    return [notice.recipient for notice in told.notices(template)]


class TestCoHandlerWhoDoesNotSign:
    async def test_is_asked_once_more_and_has_longer_then(self, bench: NotifierBench) -> None:
        await gas_leak(bench)
        sign_by = bench.now + SIGN
        assert (await bench.pass_time(seconds=299)).kinds == []
        told = await bench.pass_time(seconds=1)
        again = told.facts(PartAskedAgain)
        assert {one.department for one in again} == {POLICE, OWNER}
        assert {(one.sign_by, one.until) for one in again} == {(sign_by, sign_by + 3 * SIGN)}
        assert {*recipients(told, "part_asked_again")} == {
            f"department:{POLICE}",
            f"department:{OWNER}",
        }

    async def test_has_the_time_of_its_work_order_whatever_plan_comes_meanwhile(
        self, bench: NotifierBench
    ) -> None:
        told_by = bench.now + timedelta(minutes=7)
        await bench.tell(
            registered(GAS_LEAK),
            assigned(FIRE, POLICE, category=GAS_LEAK, helpers_sign_by=told_by),
        )
        bench.plan = with_limits(bench.plan, sign=dict.fromkeys(Urgency, timedelta(hours=1)))
        assert (await bench.pass_time(minutes=6.9)).facts(PartAskedAgain) == []
        [again] = (await bench.pass_time(minutes=0.1)).facts(PartAskedAgain)
        assert (again.sign_by, again.until) == (told_by, told_by + timedelta(hours=3))
        bench.plan = the_plan()
        assert (await bench.pass_time(minutes=179)).facts(PartChanged) == []
        [changed] = (await bench.pass_time(minutes=1)).facts(PartChanged)
        assert (changed.department, changed.status) == (POLICE, "expired")

    async def test_is_left_out_in_the_end_and_the_lead_is_told(self, bench: NotifierBench) -> None:
        await gas_leak(bench)
        await bench.say(FIRE, "accepted", "started")
        await bench.say(OWNER, "accepted")
        await bench.pass_time(minutes=5)
        assert (await bench.pass_time(minutes=14.9)).kinds == []
        told = await bench.pass_time(minutes=0.1)
        [changed] = told.facts(PartChanged)
        assert (changed.department, changed.status) == (POLICE, "expired")
        assert recipients(told, "without") == [f"department:{FIRE}", "supervision"]
        [notice, _] = told.notices("without")
        assert "Go on without it" in notice.text_en
        assert "可不再等待" in notice.text_zh
        assert (await bench.say(POLICE, "accepted")).reasons == ["not_yours"]
        assert TimerKind.PART not in await bench.timers()

    async def test_holds_no_case_whose_closing_rule_waits_for_all(
        self, bench: NotifierBench, client: httpx.AsyncClient
    ) -> None:
        """Everybody else is done; the silent one is what the case waits for, and no longer."""
        await gas_leak(bench)
        await bench.say(FIRE, "accepted", "started")
        await bench.say(OWNER, "accepted", "started", "done")
        assert "feedback.submitted" not in (await bench.say(FIRE, "done")).kinds
        await bench.pass_time(minutes=5)
        told = await bench.pass_time(minutes=15)
        assert told.kinds[:2] == ["part.changed", "feedback.submitted"]
        found = (await client.get(f"/cases/{case_of()}")).json()
        assert found["closing_rule"] == "all"
        assert {p["department"]: p["status"] for p in found["parts"]}[POLICE] == "expired"

    @pytest.mark.parametrize("word", ["accepted", "declined"])
    async def test_but_answers_when_asked_again_goes_on(
        self, bench: NotifierBench, word: str
    ) -> None:
        await gas_leak(bench)
        await bench.say(OWNER, "accepted")
        await bench.pass_time(minutes=5)
        assert (await bench.say(POLICE, word)).kinds[0] == "part.changed"
        assert (await bench.pass_time(minutes=20)).facts(PartChanged) == []

    async def test_is_not_asked_any_more_when_the_case_is_closed(
        self, bench: NotifierBench
    ) -> None:
        at = bench.now
        await bench.tell(registered(), assigned("urban-management", POLICE, at=at))
        await bench.say("urban-management", "accepted", "started", "done")
        assert TimerKind.PART not in await bench.timers()
        assert (await bench.pass_time(hours=48)).facts(PartAskedAgain) == []
