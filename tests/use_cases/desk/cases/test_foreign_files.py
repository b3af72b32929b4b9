"""A whole file is what others wrote: it may cost that one file, and nothing that comes after it."""

import json
from typing import Any

import pytest

from schemas.events.case import CaseMerged
from schemas.topics import CASE_FILES
from services.kit.records import Rejected
from tests.support.desk_town import page_of
from tests.support.followed import FollowedBench
from tests.support.notifier import assigned, case_of, merged, registered
from tests.support.shown import SUPERVISOR, DeskBench

LEAD = "urban-management"


async def filed(bench: FollowedBench) -> dict[str, Any]:
    """Let a case end that another report joined; returns its file."""
    link = "https://upstream.example/1.jpg"
    await bench.tell(registered(), merged("1a", description="here, too", media=(link,)))
    await bench.tell(assigned(LEAD))
    await bench.say(LEAD, "accepted", "started", "done")
    [file] = [message for message in bench.told if message.topic == CASE_FILES]
    told: dict[str, Any] = json.loads(file.value or b"")
    return told


async def read(bench: FollowedBench, file: dict[str, Any]) -> None:
    """Let the desk read another file of the case."""
    [message] = [message for message in bench.told if message.topic == CASE_FILES]
    await bench.desk.hear(message._replace(value=json.dumps(file).encode()))


def later(file: dict[str, Any], hour: int, **changes: Any) -> dict[str, Any]:
    """Return a file as it is told hours later."""
    return file | {"at": f"2026-01-05T{hour:02d}:00:00Z"} | changes


class TestFile:
    async def test_may_lack_a_report_that_an_older_one_had(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        """The line that tells of it is no event: what is newer is right."""
        file = await filed(bench)
        story = [line for line in file["story"] if line["type"] != CaseMerged.type]
        await read(bench, later(file, 9, followers=[], joined=0, story=story))
        view = await desk.view(case_of())
        assert view is not None
        assert (view.joined, view.lines) == (0, max(line["number"] for line in story))

    @pytest.mark.parametrize("type_", ["case.registered", "case.merged", "report.said"])
    @pytest.mark.parametrize(
        "data",
        [
            *("", "[]", "nothing", '{"media": 7}', '{"media": [7]}', '{"acting": "somebody"}'),
            '{"acting": {"person": 7}}',
        ],
    )
    async def test_is_refused_for_a_line_that_is_not_what_it_says(
        self, bench: FollowedBench, type_: str, data: str
    ) -> None:
        file = await filed(bench)
        [number] = [n for n, line in enumerate(file["story"]) if line["type"] == type_]
        file["story"][number]["data"] = data
        with pytest.raises(Rejected) as refused:
            await read(bench, later(file, 9))
        assert refused.value.code == "invalid"
        assert {
            fault.field.startswith(f"story.{number}.data") for fault in refused.value.faults
        } == {True}

    @pytest.mark.parametrize("field", ["text_zh", "text_en", "data"])
    async def test_is_refused_for_what_no_database_takes(
        self, bench: FollowedBench, field: str
    ) -> None:
        file = await filed(bench)
        file["story"][0][field] = '{"x": "\x00"}'
        with pytest.raises(Rejected):
            await read(bench, later(file, 9))

    async def test_with_a_kind_of_proof_that_nobody_knows_is_shown_with_it(
        self, bench: FollowedBench, desk: DeskBench
    ) -> None:
        file = await filed(bench)
        [part] = file["parts"]
        part["evidence"][0]["kind"] = "hologram"
        await read(bench, later(file, 9))
        for path in (f"/cases/{case_of()}", f"/cases/{case_of()}/file"):
            assert "hologram" in await page_of(desk, path, SUPERVISOR)
