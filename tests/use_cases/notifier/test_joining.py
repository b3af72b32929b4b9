"""Reports that join a case keep what they say: the story has it, and whoever leads it hears it."""

from datetime import timedelta
from typing import Any

from schemas.events.blocking import CaseBlocked, CaseUnblocked
from schemas.events.case_file import CaseFiled
from schemas.events.charge import CaseCorrected
from schemas.events.clocks import CaseUrgencyRaised
from schemas.events.part import PartChanged
from schemas.vocabulary import Urgency
from services.notifier.store import reading
from tests.support.notifier import (
    NOON,
    NotifierBench,
    Told,
    assigned,
    case_of,
    merged,
    registered,
)

LEAD = "urban-management"
HURT: dict[str, Any] = {
    "description": "a man lies there and is hurt",
    "urgency": Urgency.EMERGENCY,
    "danger": "is hurt",
}
SEEN: dict[str, Any] = {
    "description": "it reaches the school now",
    "media": ("https://example.org/1.jpg", "https://example.org/2.jpg"),
    "people": 30,
}


async def story(bench: NotifierBench) -> list[str]:
    async with bench.database.read() as conn:
        return [line["text_en"] for line in await reading.story(conn, case_of())]


async def dirty_road(bench: NotifierBench, *words: str) -> None:
    """Have a general case with 5 working days, and let its lead say these words."""
    await bench.tell(registered(), assigned(LEAD, limit_text="5 WD"))
    if words:
        await bench.say(LEAD, *words)


async def waiting(bench: NotifierBench, *, limit_text: str = "5 WD") -> None:
    """Let the lead have used an hour of its limit, and wait for police for ten minutes."""
    await bench.tell(registered(), assigned(LEAD, "police", limit_text=limit_text))
    await bench.say(LEAD, "accepted", "started")
    await bench.say("police", "accepted")
    bench.now += timedelta(hours=1)
    await bench.say(LEAD, "blocked")
    bench.now += timedelta(minutes=10)


def told_to(told: Told, template: str) -> list[tuple[str, str]]:
    return [(n.recipient, n.text_en) for n in told.notices(template)]


class TestReportThatJoins:
    async def test_stands_in_the_story_with_its_words_and_photos(
        self, bench: NotifierBench
    ) -> None:
        await dirty_road(bench)
        await bench.tell(merged("2", **SEEN))
        assert (await story(bench))[-1] == (
            "It says: it reaches the school now (photos: https://example.org/1.jpg, "
            "https://example.org/2.jpg; people concerned: 30)"
        )

    async def test_is_told_to_the_lead(self, bench: NotifierBench) -> None:
        await dirty_road(bench)
        told = await bench.tell(merged("2", **SEEN))
        [(recipient, text)] = told_to(told, "more_said")
        assert recipient == f"department:{LEAD}"
        assert "it reaches the school now (photos: 2; people concerned: 30)" in text

    async def test_that_says_nothing_is_no_news_for_the_lead(self, bench: NotifierBench) -> None:
        await dirty_road(bench)
        told = await bench.tell(merged("2"))
        assert [n.template for n in told.notices()] == ["joined"]
        assert (await story(bench))[-1].startswith("The report hotline-12345/2 of the same thing")

    async def test_is_seen_with_the_case_and_in_its_file(self, bench: NotifierBench) -> None:
        await dirty_road(bench, "accepted", "started")
        await bench.tell(merged("2", **SEEN))
        async with bench.database.read() as conn:
            [follower] = await reading.followers(conn, case_of())
        assert (follower["description"], follower["people"]) == (SEEN["description"], 30)
        [filed] = (await bench.say(LEAD, "done")).facts(CaseFiled)
        [other] = filed.followers
        assert (other.description, other.media, other.people) == tuple(SEEN.values())


class TestLeadThatComesLater:
    async def test_hears_what_others_said_before(self, bench: NotifierBench) -> None:
        await bench.tell(registered())
        await bench.tell(merged("2", **SEEN))
        told = await bench.tell(assigned(LEAD))
        [(recipient, text)] = told_to(told, "said_before")
        assert recipient == f"department:{LEAD}"
        assert "1 others reported it, the last of them: it reaches the school now." in text

    async def test_hears_it_of_reports_that_were_here_before_the_case(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(merged("2", **SEEN))
        told = await bench.tell(registered(), assigned(LEAD))
        assert len(told.notices("said_before")) == 1

    async def test_hears_it_of_one_batch_once(self, bench: NotifierBench) -> None:
        told = await bench.tell(registered(), merged("2", **SEEN), assigned(LEAD))
        assert len(told.notices("said_before")) == 1
        assert told.notices("more_said") == []

    async def test_is_told_no_more_than_a_handful(self, bench: NotifierBench) -> None:
        await bench.tell(registered())
        await bench.tell(*(merged(str(n), description=f"words {n} " * 400) for n in range(2, 12)))
        [notice] = (await bench.tell(assigned(LEAD))).notices("said_before")
        assert "10 others" in notice.text_en
        assert len(notice.text_en) < 2_000
        assert "words 11" in notice.text_en

    async def test_asked_again_is_not_told_again(self, bench: NotifierBench) -> None:
        await dirty_road(bench)
        await bench.tell(merged("2", **SEEN))
        told = await bench.tell(assigned(LEAD, round_=2, resumes=True))
        assert told.notices("said_before") == []


class TestSecondCallerWhoTellsOfDanger:
    async def test_raises_the_case_and_leaves_it_with_its_lead(self, bench: NotifierBench) -> None:
        await dirty_road(bench, "accepted", "started")
        told = await bench.tell(merged("2", **HURT))
        [fact] = told.facts(CaseUrgencyRaised)
        assert (fact.urgency, fact.before, fact.reason) == ("E", "G", "danger_told")
        found = await bench.case()
        assert (found["state"], found["urgency"], found["level"]) == ("handling", "E", 1)
        assert found["department"] == LEAD

    async def test_is_told_to_the_lead_and_the_supervision_at_once(
        self, bench: NotifierBench
    ) -> None:
        await dirty_road(bench)
        told = await bench.tell(merged("2", **HURT))
        assert [who for who, _ in told_to(told, "raised")] == [
            f"department:{LEAD}",
            "supervision",
        ]
        assert (
            "no longer general: a report that joined tells of danger"
            in told_to(told, "raised")[0][1]
        )

    async def test_leaves_as_much_time_as_the_plan_gives_danger(self, bench: NotifierBench) -> None:
        await dirty_road(bench, "accepted")
        bench.now += timedelta(hours=3)
        [fact] = (await bench.tell(merged("2", **HURT))).facts(CaseUrgencyRaised)
        assert fact.limit_text == str(bench.plan.danger.limit)
        found = await bench.case()
        assert found["due_by"] == fact.due_by == bench.now + timedelta(hours=2)
        assert (await bench.timers())["overdue"] == found["due_by"]

    async def test_leaves_a_limit_that_ends_sooner(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD, limit_text="1 UH"))
        await bench.say(LEAD, "accepted")
        before = await bench.timers()
        [fact] = (await bench.tell(merged("2", **HURT))).facts(CaseUrgencyRaised)
        assert (fact.limit_text, fact.due_by) == (None, NOON + timedelta(hours=1))
        assert await bench.timers() == before

    async def test_shortens_the_time_to_sign(self, bench: NotifierBench) -> None:
        await dirty_road(bench)
        [fact] = (await bench.tell(merged("2", **HURT))).facts(CaseUrgencyRaised)
        assert fact.sign_by == NOON + timedelta(minutes=5)
        assert (await bench.timers())["sign"] == fact.sign_by

    async def test_shortens_that_of_co_handlers_and_never_lengthens_it(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered(), assigned(LEAD, "police", "fire", limit_text="5 WD"))
        await bench.say(LEAD, "accepted")
        await bench.pass_time(hours=3, minutes=58)
        await bench.say("fire", "accepted")
        [fact] = (await bench.tell(merged("2", **HURT))).facts(CaseUrgencyRaised)
        until = NOON + timedelta(hours=4)
        assert [(one.department, one.until) for one in fact.unsigned] == [("police", until)]
        assert (await bench.timers())["part"] == until

    async def test_shortens_that_of_who_was_asked_again(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD, "police", limit_text="5 WD"))
        await bench.say(LEAD, "accepted")
        await bench.pass_time(hours=4)
        [fact] = (await bench.tell(merged("2", **HURT))).facts(CaseUrgencyRaised)
        assert [one.until for one in fact.unsigned] == [bench.now + timedelta(minutes=15)]
        told = await bench.pass_time(minutes=15)
        assert [one.status for one in told.facts(PartChanged)] == ["expired"]

    async def test_raises_it_once_however_many_tell_of_it(self, bench: NotifierBench) -> None:
        await dirty_road(bench)
        told = await bench.tell(merged("2", **HURT), merged("3", **HURT))
        assert told.kinds == ["case.urgency_raised"]
        assert (await bench.tell(merged("4", **HURT))).kinds == []

    async def test_waits_for_a_lead(self, bench: NotifierBench) -> None:
        assert (await bench.tell(registered(), merged("2", **HURT))).kinds == []
        told = await bench.tell(assigned(LEAD))
        assert told.kinds == ["case.urgency_raised"]
        assert [n.template for n in told.notices()] == [
            "offered",
            "said_before",
            "raised",
            "raised",
        ]

    async def test_raises_it_again_under_an_assignment_that_was_on_its_way(
        self, bench: NotifierBench
    ) -> None:
        await dirty_road(bench)
        await bench.tell(merged("2", **HURT))
        await bench.say(LEAD, "declined")
        told = await bench.tell(assigned("police", round_=2, limit_text="5 WD"))
        assert told.kinds == ["case.urgency_raised"]
        assert (await bench.case())["urgency"] == "E"

    async def test_is_taken_back_by_who_is_in_charge(self, bench: NotifierBench) -> None:
        await dirty_road(bench)
        await bench.tell(merged("2", **HURT))
        told = await bench.read(bench.command("case.correct", urgency="G", reason="nobody is hurt"))
        assert len(told.facts(CaseCorrected)) == 1
        assert (await bench.tell(assigned(LEAD, round_=2))).kinds == []
        assert (await bench.case())["urgency"] == "G"

    async def test_ends_the_wait_for_a_part(self, bench: NotifierBench) -> None:
        await waiting(bench)
        told = await bench.tell(merged("2", **HURT))
        assert told.kinds == ["case.unblocked", "case.urgency_raised"]
        assert [one.why for one in told.facts(CaseUnblocked)] == ["emergency"]
        found, two_hours = await bench.case(), bench.now + timedelta(hours=2)
        assert (found["blocked"], found["due_by"]) == (None, two_hours)
        timers = await bench.timers()
        assert (timers["overdue"], "blocked" in timers) == (two_hours, False)

    async def test_of_a_case_that_waits_leaves_a_limit_of_which_less_is_left(
        self, bench: NotifierBench
    ) -> None:
        await waiting(bench, limit_text="2 UH")
        [fact] = (await bench.tell(merged("2", **HURT))).facts(CaseUrgencyRaised)
        assert (fact.limit_text, fact.due_by) == (None, bench.now + timedelta(hours=1))

    async def test_lets_the_lead_wait_again_for_no_longer_than_an_emergency_has(
        self, bench: NotifierBench
    ) -> None:
        await waiting(bench)
        await bench.tell(merged("2", **HURT))
        bench.now += timedelta(minutes=30)
        [again] = (await bench.say(LEAD, "blocked")).facts(CaseBlocked)
        assert again.blocking.until == bench.now + timedelta(hours=2)

    async def test_of_work_that_is_done_sets_no_clock(self, bench: NotifierBench) -> None:
        await bench.tell(registered("E0405"), assigned(LEAD, category="E0405"))
        await bench.say(LEAD, "accepted", "started", "done")
        before = await bench.timers()
        [fact] = (await bench.tell(merged("2", **HURT))).facts(CaseUrgencyRaised)
        assert (fact.limit_text, fact.due_by) == (None, None)
        assert await bench.timers() == before

    async def test_has_the_work_looked_at_again(self, bench: NotifierBench) -> None:
        """A dirty road that somebody of the staff reported is not; an emergency always is."""
        await dirty_road(bench, "accepted", "started")
        await bench.tell(merged("2", **HURT))
        assert (await bench.say(LEAD, "done")).kinds == ["feedback.submitted", "check.requested"]

    async def test_of_a_closed_case_raises_nothing(self, bench: NotifierBench) -> None:
        await dirty_road(bench, "accepted", "started", "done")
        assert (await bench.tell(merged("2", **HURT))).kinds == []


class TestSecondCallerWhoIsMoreUrgent:
    async def test_raises_the_case_and_leaves_the_limit_of_its_category(
        self, bench: NotifierBench
    ) -> None:
        await dirty_road(bench)
        [fact] = (await bench.tell(merged("2", urgency=Urgency.URGENT))).facts(CaseUrgencyRaised)
        assert (fact.urgency, fact.reason, fact.limit_text) == ("U", "more_urgent", None)
        assert fact.sign_by == NOON + timedelta(minutes=15)
