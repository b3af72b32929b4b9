"""A case that three departments say is not theirs stays with the owner of last resort.

Its clock is one that owner has to itself, and its silence is told as anybody's is.
"""

from datetime import timedelta

from schemas import topics
from schemas.events.assignment import CaseAssigned, LoopDetected, WorkOrder
from schemas.events.case import AssignmentAskedAgain, CaseEscalated
from tests.support.both import Both
from tests.support.notifier import Told, registered

OWNER = "urban-management"
DECLINED = ("fire", "property", "police")


async def passed_around(both: Both) -> Told:
    """Report a blocked fire lane, and let everybody whom it concerns decline it."""
    both.notifier.now += timedelta(hours=2)
    await both.report(registered("E0496", at=both.notifier.now))
    told = Told([], [])
    for round_, department in enumerate(DECLINED, start=1):
        following = DECLINED[round_] if round_ < len(DECLINED) else None
        said = {} if following is None else {"suggested_department": following}
        told = await both.say(department, "declined", round_=round_, **said)
    return told


class TestCaseThatIsPassedAround:
    async def test_stays_with_the_owner_of_last_resort_on_a_clock_of_its_own(
        self, both: Both
    ) -> None:
        told = await passed_around(both)
        [loop] = told.facts(LoopDetected)
        [last] = told.facts(CaseAssigned)
        assert loop.tried == DECLINED
        assert (last.lead.department, last.final, last.resumes) == (OWNER, True, False)
        assert [n.recipient for n in told.notices("loop")] == ["supervision"]
        assert (await both.say(OWNER, "declined", round_=4)).reasons == ["final_assignment"]

    async def test_is_told_of_by_name_when_that_owner_is_silent_too(self, both: Both) -> None:
        await passed_around(both)
        levels = []
        for _ in range(3):
            told = await both.pass_time(minutes=15)
            levels += [(f.level, f.heads[-1].person) for f in told.facts(CaseEscalated)]
        assert levels == [(1, "street-lead"), (2, "district-lead"), (3, "centre-head")]
        told = await both.pass_time(minutes=15)
        [again] = told.facts(AssignmentAskedAgain)
        assert again.department == OWNER
        assert "supervision/centre-head" in [n.recipient for n in told.notices("asked_again")]


class TestCaseThatComesBack:
    """Sent away in the last moment and returned, it would have a clock like new each time."""

    async def sent_away(self, both: Both, *, after: timedelta) -> None:
        """Let fire have a case for a while of its two working hours, then send it to the police."""
        both.notifier.now += timedelta(hours=2)  # 14:00, when they work
        await both.report(registered("E0496", at=both.notifier.now))
        both.notifier.now += after
        await both.say("fire", "declined", suggested_department="police")
        both.notifier.now += timedelta(minutes=30)

    async def back(self, both: Both) -> CaseAssigned:
        told = await both.command("case.reassign", department="fire", reason="their lane")
        [assigned] = told.facts(CaseAssigned)
        return assigned

    async def test_leaves_its_department_the_rest_of_its_own_clock(self, both: Both) -> None:
        await self.sent_away(both, after=timedelta(minutes=90))
        police = await both.notifier.case()
        assert police["due_by"] == both.notifier.now + timedelta(minutes=90)
        assigned = await self.back(both)
        assert (assigned.lead.department, assigned.resumes) == ("fire", True)
        fire = await both.notifier.case()
        assert fire["due_by"] == both.notifier.now + timedelta(minutes=30)
        [order] = [m for m in both.told if m.topic == topics.assignments("fire")][-1:]
        assert WorkOrder.model_validate_json(order.value or b"").due_by == fire["due_by"]

    async def test_is_late_at_once_where_nothing_was_left_and_is_told_so_once(
        self, both: Both
    ) -> None:
        await self.sent_away(both, after=timedelta(hours=2, minutes=5))
        await self.back(both)
        case = await both.notifier.case()
        assert case["overdue_at"] is not None
        assert "case.escalated" not in (await both.pass_time(seconds=1)).kinds

    async def test_gives_a_fresh_clock_to_who_never_had_it(self, both: Both) -> None:
        await self.sent_away(both, after=timedelta(minutes=90))
        told = await both.command("case.reassign", department="property", reason="theirs")
        [assigned] = told.facts(CaseAssigned)
        assert not assigned.resumes
        due_by = (await both.notifier.case())["due_by"]
        assert due_by == both.notifier.now + timedelta(hours=2)
