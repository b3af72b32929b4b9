"""The whole file of a case: published when it ends, anew when it changes, and on demand."""

import json
from datetime import timedelta
from typing import Any

import pytest

from schemas.cloudevents import attributes
from schemas.events.case_file import MOST_BYTES, CaseFiled
from schemas.topics import CASE_FILES, CASES
from services.kit.stage.timers import Deadline
from services.notifier.domain.clocks import TimerKind
from services.notifier.handlers import STAGE
from services.notifier.store import case_files, files, reading
from services.notifier.use_cases import follow
from services.notifier.use_cases.filing import ask_for, fitting
from tests.support.notifier import (
    NotifierBench,
    Told,
    assigned,
    case_of,
    merged,
    registered,
    rejected,
)
from tests.support.rebuilt import Rebuilt, standing

LEAD = "urban-management"


def filed(told: Told) -> list[CaseFiled]:
    return told.facts(CaseFiled)


async def closed(bench: NotifierBench, report: str = "1") -> Told:
    """Let a case live to its end."""
    await bench.tell(registered(report=report), assigned(LEAD, "police", report=report))
    return await bench.say(LEAD, "accepted", "started", "done", report=report)


async def asked(bench: NotifierBench, *, closed: bool = False) -> Told:
    """Ask for files, and let them be published."""
    async for _ in ask_for(bench.database, stage=STAGE, now=bench.now, closed=closed):
        pass
    return await bench.pass_time(minutes=1)


class TestFile:
    async def test_follows_the_closing_event_in_its_chunk(self, bench: NotifierBench) -> None:
        told = await closed(bench)
        topics = [m.topic for m in told.messages if m.topic in {CASES, CASE_FILES}]
        assert topics == [CASES] * (len(topics) - 1) + [CASE_FILES]
        [file] = filed(told)
        assert (file.state, file.closed_result) == ("closed", "dealt with")
        assert [part.status for part in file.parts] == ["done", "revoked"]
        [message] = [m for m in told.messages if m.topic == CASE_FILES]
        headers = attributes(message.headers)
        assert message.key == headers["subject"] == str(case_of())
        assert (headers["type"], headers["source"]) == ("case.filed", "/tongxin/notifier")

    async def test_says_all_that_the_notifier_holds(self, bench: NotifierBench) -> None:
        await bench.tell(registered(description="by the lake"), merged("2"), assigned(LEAD))
        told = await bench.say(LEAD, "accepted", "started", "done", acting=None)
        [file] = filed(told)
        assert (file.description, file.place.grid) == ("by the lake", "36011100300103")
        assert [one.source_id for one in file.followers] == ["2"]
        async with bench.database.read() as conn:
            story = await reading.story(conn, case_of())
            held = await files.file_of(conn, case_of())
        told_lines = [line.model_dump(exclude={"at"}) for line in file.story]
        # What a clock had counted is for the notifier's own ledger.
        apart = {"case_id", "at", "clock"}
        kept = [{n: v for n, v in line.items() if n not in apart} for line in story]
        assert told_lines == kept
        reader = Rebuilt(bench.plan)
        for message in told.messages:
            reader.read(message.topic, message.headers, message.value)
        assert held is not None
        assert reader.file is not None
        assert standing(reader.file) == standing(held)
        assert reader.file.case.evidence == held.case.evidence
        assert reader.file.case.closing == held.case.closing

    async def test_is_published_again_when_an_ended_case_changes(
        self, bench: NotifierBench
    ) -> None:
        [first] = filed(await closed(bench))
        [noted] = filed(await bench.read(bench.command()))
        assert noted.own_seq == first.own_seq + 1
        assert noted.story[-1].type == "case.annotated"
        [joined] = filed(await bench.tell(merged("2")))
        assert [one.source_id for one in joined.followers] == ["2"]
        [refused] = filed(await bench.say(LEAD, "done"))
        assert refused.story[-1].type == "feedback.refused"
        told = [first, noted, joined, refused]
        assert len({len(file.story) for file in told}) == len(told)

    async def test_is_not_published_while_the_case_is_open(self, bench: NotifierBench) -> None:
        await closed(bench)
        assert filed(await bench.say("reporters", "reopen")) == []
        assert filed(await bench.tell(assigned(LEAD, round_=2))) == []
        assert filed(await bench.read(bench.command())) == []
        [again] = filed(await bench.say(LEAD, "accepted", "started", "done", round_=2))
        assert (again.state, again.round) == ("closed", 2)

    async def test_is_one_for_a_batch_that_ends_reopens_and_ends_a_case(
        self, bench: NotifierBench
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        told = await bench.read(
            *(bench.answer(LEAD, kind) for kind in ("accepted", "started", "done")),
            bench.command(),
        )
        [file] = filed(told)
        assert file.story[-1].type == "case.annotated"

    async def test_of_each_case_of_a_batch_is_its_own(self, bench: NotifierBench) -> None:
        await bench.tell(*(registered(report=r) for r in "123"), merged("9", into="2"))
        await bench.tell(*(assigned(LEAD, report=r) for r in "123"))
        words = [(r, kind) for r in "123" for kind in ("accepted", "started", "done")]
        told = await bench.read(*(bench.answer(LEAD, kind, report=r) for r, kind in words))
        found = {file.reporter.source_id: file for file in filed(told)}
        assert sorted(found) == ["1", "2", "3"]
        assert [len(found[r].followers) for r in "123"] == [0, 1, 0]
        assert all(len(file.parts) == 1 for file in found.values())


class TestAskedFile:
    async def test_is_of_every_open_case(self, bench: NotifierBench) -> None:
        await closed(bench, "1")
        await bench.tell(registered(report="2"), assigned(LEAD, report="2"), rejected("3"))
        [file] = filed(await asked(bench))
        assert (file.reporter.source_id, file.state) == ("2", "assigned")
        assert file.clock is not None

    async def test_is_of_closed_ones_too_where_all_are_asked_for(
        self, bench: NotifierBench
    ) -> None:
        await closed(bench, "1")
        await bench.tell(registered(report="2"))
        found = filed(await asked(bench, closed=True))
        assert sorted(file.state for file in found) == ["closed", "registered"]

    async def test_changes_nothing_and_may_be_asked_for_again(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        before = await bench.all_timers()
        first, second = await asked(bench), await asked(bench)
        assert [m.topic for m in (*first.messages, *second.messages)] == [CASE_FILES] * 2
        [one], [other] = filed(first), filed(second)
        assert one.model_copy(update={"at": other.at}) == other
        assert await bench.all_timers() == before

    async def test_comes_after_what_happened_meanwhile(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned(LEAD))
        async for _ in ask_for(bench.database, stage=STAGE, now=bench.now, closed=False):
            pass
        await bench.say(LEAD, "accepted", "started", "done")
        [late] = filed(await bench.pass_time(minutes=1))
        assert late.state == "closed"

    async def test_of_a_case_that_is_not_there_is_none(self, bench: NotifierBench) -> None:
        wanted = Deadline(subject=case_of(), kind=TimerKind.FILE, partition=0, due_at=bench.now)
        assert (await bench.fire(wanted)).messages == []

    async def test_comes_by_portions_that_leave_room_for_other_work(
        self, bench: NotifierBench
    ) -> None:
        for number in range(5):
            await bench.tell(registered(report=str(number)))
        portions = [
            n
            async for n in ask_for(
                bench.database, stage=STAGE, now=bench.now, closed=True, at_once=2
            )
        ]
        assert portions == [2, 2, 1]
        async with bench.database.read() as conn:
            assert await case_files.count_asked_for(conn, stage=STAGE) == 5
        due = sorted((await bench.all_timers()).values())
        assert due[-1] - due[0] >= timedelta(seconds=1)
        assert len(filed(await bench.pass_time(minutes=1))) == 5

    async def test_that_are_late_come_by_portions_too(
        self, bench: NotifierBench, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(follow, "FILES_AT_ONCE", 2)
        for number in range(5):
            await bench.tell(registered(report=str(number)))
        async for _ in ask_for(bench.database, stage=STAGE, now=bench.now, closed=True):
            pass
        portions = [len(filed(await bench.pass_time(minutes=1))) for _ in range(4)]
        assert portions == [2, 2, 1, 0]


class TestTooLargeFile:
    def contents(self, **sizes: int) -> dict[str, Any]:
        return {
            "story": [{"data": "x" * 1000}] * sizes.get("story", 1),
            "parts": [{"result": "x" * 100, "evidence": [{"link": "x" * 1000}]}]
            * sizes.get("parts", 1),
            "followers": [{"why": "x" * 1000}] * sizes.get("followers", 1),
            "evidence": ["report"],
        }

    @pytest.mark.parametrize(
        ("sizes", "left_out"),
        [
            ({}, []),
            ({"story": 1000}, ["story"]),
            ({"story": 1000, "parts": 1000}, ["story", "parts.evidence"]),
            ({"followers": 1000}, ["story", "parts.evidence", "followers"]),
            ({"parts": 20_000}, ["story", "parts.evidence", "followers", "parts"]),
        ],
    )
    def test_leaves_out_what_has_no_room_and_says_so(
        self, sizes: dict[str, int], left_out: list[str]
    ) -> None:
        encoded = fitting(self.contents(**sizes))
        assert len(encoded) <= MOST_BYTES
        found = json.loads(encoded)
        assert found.get("left_out", []) == left_out
        assert found["evidence"] == ["report"]
        assert bool(found["story"]) is ("story" not in left_out)

    async def test_of_a_case_with_many_notes_is_one_that_can_be_read(
        self, bench: NotifierBench
    ) -> None:
        await closed(bench)
        notes = [bench.command(note="水" * 2000) for _ in range(80)]
        [file] = filed(await bench.read(*notes))
        assert file.left_out == ("story",)
        assert file.story == ()
        assert len(file.parts) == 2
