"""A gas leak at two in the night of a holiday, and one of those who are to help is silent.

The clock of an urgent hour knows no night. The fire brigade is at work; of the emergency management
one after the other is asked, and the case waits for none of them for ever.
"""

from datetime import UTC, datetime, timedelta

from schemas.events.assignment import CaseAssigned, CoHandlerOffered, WorkOrder
from schemas.events.case import CaseClosed, CheckRequested
from schemas.events.part import PartAskedAgain, PartChanged
from tests.support.both import Both
from tests.support.notifier import Told, registered, the_plan

SPRING_FESTIVAL = datetime(2026, 2, 17, 2, 0, tzinfo=the_plan().timezone).astimezone(UTC)
FIRE, POLICE, OWNER, ON_CALL = "fire", "police", "urban-management", "emergency-management"
MINUTE = timedelta(minutes=1)


async def gas_leak(both: Both) -> Told:
    """Report it, and let everybody but the emergency management sign and begin."""
    both.notifier.now = SPRING_FESTIVAL
    told = await both.report(registered("E0502", at=SPRING_FESTIVAL))
    for party in (FIRE, POLICE, OWNER):
        await both.say(party, "accepted", "started")
    return told


def asked(told: Told) -> list[str | None]:
    return [fact.offer.person for fact in told.facts(CoHandlerOffered)]


class TestGasLeakAtNight:
    async def test_is_offered_at_once_to_whoever_is_there_and_on_duty(self, both: Both) -> None:
        told = await gas_leak(both)
        [assigned] = told.facts(CaseAssigned)
        assert assigned.lead.department == FIRE
        assert [(o.department, o.person) for o in assigned.co_handlers] == [
            (OWNER, None),
            (POLICE, None),
            (ON_CALL, "em-duty-2"),
        ]
        orders = told.facts(WorkOrder)
        assert {order.due_by - SPRING_FESTIVAL for order in orders} == {60 * MINUTE}
        assert {order.sign_by - SPRING_FESTIVAL for order in orders} == {5 * MINUTE}

    async def test_asks_one_after_the_other_of_the_silent_department(self, both: Both) -> None:
        await gas_leak(both)
        assert asked(await both.pass_time(minutes=5)) == ["em-deputy"]
        told = await both.pass_time(minutes=5)
        assert asked(told) == ["em-head"]
        [fact] = told.facts(CoHandlerOffered)
        assert fact.offer.asked == ("em-duty-2", "em-deputy")
        [order] = told.facts(WorkOrder)
        assert (order.person, order.sign_by) == ("em-head", both.notifier.now + 5 * MINUTE)
        assert order.due_by == SPRING_FESTIVAL + 60 * MINUTE
        [help_] = told.notices("help")
        assert help_.recipient == f"department:{ON_CALL}/em-head"

    async def test_goes_on_without_it_when_nobody_of_its_chain_is_left(self, both: Both) -> None:
        await gas_leak(both)
        for _ in range(2):
            await both.pass_time(minutes=5)
        last = await both.pass_time(minutes=5)
        [again] = last.facts(PartAskedAgain)
        assert (again.person, asked(last), last.notices("without")) == ("em-head", [], [])
        told = await both.pass_time(minutes=15)
        [changed] = told.facts(PartChanged)
        assert (changed.department, changed.status) == (ON_CALL, "expired")
        assert [n.recipient for n in told.notices("without")] == [
            f"department:{FIRE}",
            "supervision",
        ]
        assert "its closing waits for it no longer" in changed.note

    async def test_is_closed_within_the_hour_all_the_same(self, both: Both) -> None:
        await gas_leak(both)
        for minutes in (5, 5, 5, 15):
            await both.pass_time(minutes=minutes)
        for party in (POLICE, OWNER):
            await both.say(party, "done")
        told = await both.say(FIRE, "done")
        [check] = told.facts(CheckRequested)
        assert check.check_by == both.notifier.now + 30 * MINUTE
        [closed] = (await both.say("supervision", "check_passed")).facts(CaseClosed)
        assert not closed.overdue

    async def test_is_helped_by_whoever_signs_in_the_end(self, both: Both) -> None:
        await gas_leak(both)
        await both.pass_time(minutes=5)
        told = await both.say(ON_CALL, "accepted")
        assert [fact.status for fact in told.facts(PartChanged)] == ["accepted"]
        assert (await both.pass_time(minutes=30)).facts(PartAskedAgain) == []
