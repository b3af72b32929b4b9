"""A desk is built anew from the topics at any time, whatever comes twice, late or not at all."""

import json
import random
from datetime import timedelta
from typing import Any

import pytest

from schemas.topics import CASE_FILES, CASES
from services.desk.handlers import STAGE
from services.desk.store.anew import begin_anew
from services.kit.records import Message
from tests.support.followed import FollowedBench
from tests.support.notifier import assigned, case_of, merged, registered
from tests.support.requesting import LEADER, ask, decide
from tests.support.shown import DeskBench, key

LEAD = "urban-management"
_OF_A_MOMENT = {"case_total", "filed_at", "seen_until"}


async def a_day(bench: FollowedBench) -> None:
    """Let cases live: one that closes, one that goes round, one that is merged, one that rests."""
    await bench.tell(registered(description="消防通道被占"), merged("1a"), assigned(LEAD, "police"))
    await bench.say("police", "accepted", "started", "done")
    await bench.say(LEAD, "accepted", "started", "done")
    await bench.tell(registered(report="2"), assigned(LEAD, report="2"))
    await bench.say(LEAD, "declined", report="2")
    await bench.tell(assigned("police", "water", report="2", round_=2))
    await bench.read(bench.command(report="2"))
    await bench.say("police", "done", report="2", round_=2)  # refused: nothing has begun
    await bench.tell(registered(report="3"), assigned(LEAD, report="3"))
    merge = {"into": str(case_of("2")), "reason": "the same", "acting": ACCEPTOR}
    await bench.read(bench.command("case.merge", report="3", **merge))
    told_by = bench.now + timedelta(minutes=30)
    await bench.tell(
        registered(report="4"), assigned(LEAD, "police", report="4", helpers_sign_by=told_by)
    )
    await bench.say(LEAD, "accepted", "started", report="4")
    await decide(bench, await ask(bench, "suspension", report="4"), report="4", acting=LEADER)
    await bench.pass_time(minutes=90)
    await bench.say("reporters", "reopen")


ACCEPTOR: dict[str, Any] = {"person": "chen.jie", "roles": ["acceptor"], "door": "desk"}


async def shown(desk: DeskBench) -> dict[str, Any]:
    """Return what a desk shows and counts, without when and by whom it was told so."""
    found = {name: rows for name, rows in (await desk.rows()).items() if name not in _OF_A_MOMENT}
    return found | {"totals": {kind: n for kind, n in (await desk.totals()).items() if n}}


def by_topic(told: list[Message], *, files_first: bool) -> list[Message]:
    """Return what was told with each topic's records together, each topic in its order."""
    return sorted(told, key=lambda message: (message.topic == CASE_FILES) != files_first)


def _with(file: Message, changes: dict[str, Any]) -> bytes:
    return json.dumps(json.loads(file.value or b"") | changes).encode()


class TestRebuiltDesk:
    @pytest.mark.parametrize("files_first", [True, False])
    async def test_shows_the_same_whatever_topic_is_read_first(
        self, bench: FollowedBench, desk: DeskBench, other: DeskBench, *, files_first: bool
    ) -> None:
        await a_day(bench)
        for message in by_topic(bench.told, files_first=files_first):
            await other.hear(message)
        assert await shown(other) == await shown(desk)
        assert (desk.letters, other.letters) == ([], [])

    async def test_shows_the_same_after_all_was_forgotten(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await a_day(bench)
        before = await shown(desk)
        async with desk.database.write() as conn:
            await begin_anew(conn, stage=STAGE)
        assert not any((await desk.rows()).values())
        await desk.hear(*bench.told)
        assert await shown(desk) == before

    async def test_shows_the_same_in_one_batch(
        self, bench: FollowedBench, desk: DeskBench, other: DeskBench
    ) -> None:
        await a_day(bench)
        await other.hear(*bench.told)
        assert await shown(other) == await shown(desk)

    async def test_is_what_it_was_when_all_comes_again(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await a_day(bench)
        before = await desk.rows()
        await desk.hear(*bench.told)
        for message in bench.told[::7]:
            await desk.hear(message, message)
        assert await desk.rows() == before

    @pytest.mark.parametrize("seed", range(3))
    async def test_does_not_mind_which_topic_is_ahead(
        self, bench: FollowedBench, desk: DeskBench, other: DeskBench, seed: int
    ) -> None:
        await a_day(bench)
        chance = random.Random(seed)
        topics = {message.topic for message in bench.told}
        waiting = {t: [m for m in bench.told if m.topic == t] for t in topics}
        while any(waiting.values()):
            topic = chance.choice(sorted(t for t, left in waiting.items() if left))
            count = chance.randint(1, 5)
            batch, waiting[topic] = waiting[topic][:count], waiting[topic][count:]
            await other.hear(*batch)
        assert await shown(other) == await shown(desk)

    async def test_goes_on_from_a_file_when_the_log_has_forgotten_the_beginning(
        self, bench: FollowedBench, desk: DeskBench, other: DeskBench
    ) -> None:
        await a_day(bench)
        cases = [message for message in bench.told if message.topic == CASES]
        beginning = {m.value for m in cases[:8]}
        await other.hear(*(m for m in bench.told if m.value not in beginning))
        assert await other.view(case_of("1")) == await desk.view(case_of("1"))
        assert (await other.rows())["case_line"] != []

    async def test_keeps_what_happened_to_a_case_it_does_not_know_until_its_file_comes(
        self, bench: FollowedBench, desk: DeskBench, other: DeskBench
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started", "done")
        [file] = [message for message in bench.told if message.topic == CASE_FILES]
        await bench.say("reporters", "reopen")
        later = [message for message in bench.told if message.topic == CASES][-1]
        await other.hear(later)
        assert await other.view(case_of()) is None
        await other.hear(file)
        assert await other.view(case_of()) == await desk.view(case_of())

    async def test_counts_a_case_that_was_merged_a_moment_ago_once(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        """The file has it as a follower before the lane of the case has told that it joined."""
        for report in ("1", "2"):
            await bench.tell(registered(report=report), assigned(LEAD, report=report))
        merge = {"into": str(case_of()), "reason": "the same", "acting": ACCEPTOR}
        await bench.read(bench.command("case.merge", report="2", **merge))
        await bench.say(LEAD, "accepted", "started", "done")
        view = await desk.view(case_of())
        assert view is not None
        assert (view.joined, view.took_in) == (0, 0)
        assert (await bench.pass_time(seconds=1)).kinds == ["case.joined"]
        view = await desk.view(case_of())
        assert view is not None
        assert (view.joined, view.took_in) == (1, 1)

    async def test_finds_a_case_by_what_its_newest_file_says(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await bench.tell(registered(description="消防通道被占"), assigned(LEAD))
        await bench.say(LEAD, "accepted", "started", "done")
        [file] = [message for message in bench.told if message.topic == CASE_FILES]
        assert [found["case_id"] for found in await desk.listed(text="消防")] == [case_of()]
        newer = {"at": "2026-01-05T09:00:00Z", "description": "积雪"}
        await desk.hear(file._replace(value=_with(file, newer)))
        assert [found["case_id"] for found in await desk.listed(text="积雪")] == [case_of()]
        assert await desk.listed(text="消防") == []

    async def test_still_shows_a_case_to_a_source_whose_report_joined_it_before(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        joins = merged("1a")
        joins = joins.model_copy(
            update={"reporter": joins.reporter.model_copy(update={"source": "wechat"})}
        )
        reader = key(sources=["wechat"])
        await bench.tell(registered(), joins)
        await bench.tell(assigned(LEAD))
        assert len(await desk.listed(reader)) == 1
        await bench.say(LEAD, "accepted", "started", "done")
        assert len(await desk.listed(reader)) == 1

    async def test_forgets_a_case_whose_file_was_taken_away(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        await bench.tell(registered(), assigned(LEAD))
        gone = Message(topic=CASE_FILES, key=str(case_of()), value=None, headers=())
        await desk.hear(gone)
        await desk.hear(*bench.told)
        rows = await desk.rows()
        assert (rows["case_view"], rows["case_line"], rows["case_party"]) == ([], [], [])
        assert not any((await desk.totals()).values())
