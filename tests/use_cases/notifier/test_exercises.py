"""Exercises go the whole way, and only who is marked for them hears of them."""

from schemas.plan import Exercises, Plan
from services.notifier.store import reading
from tests.support.notifier import (
    NotifierBench,
    assigned,
    case_of,
    merged,
    registered,
    rejected,
)

LEAD = "urban-management"


def drilled(plan: Plan, *contacts: str) -> Plan:
    """Return a plan with these contacts for exercises."""
    return plan.model_copy(update={"exercises": Exercises(contacts=contacts)})


class TestExercise:
    async def test_is_told_to_nobody_unless_the_plan_marks_somebody(
        self, bench: NotifierBench
    ) -> None:
        told = await bench.tell(registered(exercise=True), merged("2"), assigned(LEAD))
        more = await bench.say(LEAD, "accepted", "started", "done")
        late = await bench.pass_time(days=3)
        assert told.notices() + more.notices() + late.notices() == []
        async with bench.database.read() as conn:
            lines = await reading.story(conn, case_of())
        [line] = [line for line in lines if line["type"] == "exercise"]
        assert "notices go to nobody" in line["text_en"]
        assert "仅通知:无人" in line["text_zh"]

    async def test_is_told_to_marked_contacts_with_the_word_in_front(
        self, bench: NotifierBench
    ) -> None:
        bench.plan = drilled(bench.plan, LEAD, "reporters")
        told = await bench.tell(registered(exercise=True), merged("2"), assigned(LEAD, "police"))
        whom = sorted(n.recipient for n in told.notices())
        reports = ["report:hotline-12345/1", "report:hotline-12345/2"]
        assert whom == [f"department:{LEAD}", *reports]
        assert all(n.text_en.startswith("EXERCISE: ") for n in told.notices())
        assert all(n.text_zh.startswith("演练") for n in told.notices())
        async with bench.database.read() as conn:
            [line] = [x for x in await reading.story(conn, case_of()) if x["type"] == "exercise"]
        assert "the reporters, as the plan" in line["text_en"]

    async def test_that_is_refused_is_told_to_marked_reporters(self, bench: NotifierBench) -> None:
        drill = rejected().model_copy(update={"exercise": True})
        assert (await bench.tell(drill)).notices() == []
        bench.plan = drilled(bench.plan, "reporters")
        [notice] = (await bench.tell(rejected("2").model_copy(update={"exercise": True}))).notices()
        assert notice.text_zh.startswith("演练")

    async def test_marks_nothing_that_is_real(self, bench: NotifierBench) -> None:
        told = await bench.tell(registered(), assigned(LEAD))
        assert len(told.notices()) == 2
        assert not any(n.text_en.startswith("EXERCISE") for n in told.notices())
