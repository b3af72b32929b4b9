"""A case that three departments say is not theirs stays with the owner of last resort.

Its clock is one that owner has to itself, and its silence is told as anybody's is.
"""

from datetime import timedelta

from schemas.events.assignment import CaseAssigned, LoopDetected
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
