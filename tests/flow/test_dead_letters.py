"""`tongxin dead-letters`: what was put aside is listed, shown, and replayed once it can be."""

import json
from pathlib import Path

import pytest

from schemas.topics import CASES, INCIDENT_REPORTS, dead_letters
from schemas.vocabulary import case_id_for
from services.kit.records import Fault, Record, Rejected
from services.kit.stage.dead_letters import DeadLetter, letter
from services.kit.stage.letter_topic import listed
from services.machine.secrets_kept import PRIVACY_KEY_FILE
from tests.support.command import Raw, Said, everything, tongxin, until, written
from tests.support.town import Town

pytestmark = pytest.mark.kafka


async def _put_aside(town: Town, raw: Raw, *services: str) -> str:
    """Write a bad record and return its position when these services have put it aside."""
    (position,) = await written(town.house.kafka, [raw])
    for service in services:
        await _listed_at(town, service, position)
    return position


async def _listed_at(town: Town, service: str, position: str) -> DeadLetter:
    async def found() -> list[DeadLetter]:
        return [one for one in await _letters(town, service) if one.position == position]

    return (await until(found, told=f"{position} among the dead letters of {service}"))[0]


async def _letters(town: Town, service: str) -> list[DeadLetter]:
    return await listed(town.house.kafka, topic=dead_letters(service), keys=town.keys)


async def _next_position(town: Town, service: str, *, after: set[str]) -> str:
    """Return the position of a dead letter that is not one of these, waiting for it."""

    async def found() -> list[str]:
        return [one.position for one in await _letters(town, service) if one.position not in after]

    return (await until(found, told=f"another dead letter of {service}"))[0]


async def _given(town: Town, *words: str) -> Said:
    """Give `tongxin dead-letters` as somebody does who has the house's master keys."""
    environment = {PRIVACY_KEY_FILE: str(town.keys.file)}
    asked = ("dead-letters", *words, "--kafka", town.house.kafka)
    return await tongxin(*asked, environment=environment)


class TestRecordThatWasPutAside:
    async def test_is_listed_with_its_reason_and_shown_with_its_bytes(self, town: Town) -> None:
        value = b'{"source": "\xff", "x": "' + b"many words " * 40 + b'"}'
        raw = Raw(INCIDENT_REPORTS, value, b"k\xfe", (("x-\x1b[31morigin", b"\x00\x01"),))
        position = await _put_aside(town, raw, "intake")
        list_ = await _given(town, "list")
        (line,) = [line for line in list_.text.splitlines() if position in line]
        assert {"intake", "not_json", "value:", str(len(raw.value or b""))} <= set(line.split())
        times = [row.split("\t")[2] for row in list_.text.splitlines() if "\t" in row]
        assert times == sorted(times)
        assert list_.code == 0
        name = line.split()[0]
        shown = await _given(town, "show", name)
        for told in (name, "intake", repr(raw.key), r"x-\x1b[31morigin", repr(raw.value)):
            assert told in shown.text
        assert "\x1b" not in shown.text + list_.text
        assert "invalid unicode" in shown.text
        assert shown.code == 0

    async def test_is_listed_again_when_it_is_replayed_and_still_bad(self, town: Town) -> None:
        raw = Raw(INCIDENT_REPORTS, b'{"source": "still bad"}', b"k", (("x", b"\xff"),))
        first = await _put_aside(town, raw, "intake")
        known = {one.position for one in await _letters(town, "intake")}
        replay = await _given(town, "replay", first)
        assert replay.code == 0
        assert "1 replayed" in replay.text
        second = await _next_position(town, "intake", after=known)
        now = {one.position: one for one in await _letters(town, "intake")}
        assert first not in now
        again = now[second]
        assert (again.value, again.key, again.headers) == (raw.value, raw.key, raw.headers)
        assert again.code == "invalid"

    async def test_is_taken_when_it_is_replayed_and_good_by_now(self, town: Town) -> None:
        body = {
            "source": "replayed",
            "id": "1",
            "channel": "grid_member",
            "reported_at": town.now().isoformat(),
            "place": {"point": {"lat": 28.6872, "lon": 115.9653}},
            "category": "E0112",
        }
        record = Record(
            topic=INCIDENT_REPORTS,
            partition=0,
            offset=4_000_000,
            key=b"replayed/1",
            value=json.dumps(body).encode(),
            headers=(),
            timestamp_ms=0,
        )
        why = Rejected("invalid", (Fault("category", "was not known to an older version"),))
        by_hand = letter(record, why, topic=dead_letters("intake"), now=town.now())
        await town.publisher.publish([by_hand])
        await _listed_at(town, "intake", record.position)
        assert (await _given(town, "replay", record.position)).code == 0
        await town.event(str(case_id_for("replayed", "1")), "case.assigned")
        assert record.position not in {one.position for one in await _letters(town, "intake")}


class TestSealedRecord:
    async def test_is_told_of_but_neither_shown_nor_replayed_without_its_keys(
        self, town: Town, tmp_path: Path
    ) -> None:
        raw = Raw(INCIDENT_REPORTS, b'{"contact": {"phone": "13800138000"}, "source": 1}')
        position = await _put_aside(town, raw, "intake")
        house = ("--kafka", town.house.kafka)
        nowhere = {PRIVACY_KEY_FILE: str(tmp_path / "none")}

        said = {
            word: await tongxin("dead-letters", word, *asked, *house, environment=nowhere)
            for word, asked in (("list", ()), ("show", (position,)), ("replay", (position,)))
        }

        assert [one.code for one in said.values()] == [0, 0, 1]
        assert position in said["list"].text
        assert "is sealed" in said["show"].text
        assert PRIVACY_KEY_FILE in said["replay"].text
        assert "13800138000" not in "".join(one.text for one in said.values())
        assert "13800138000" in (await _given(town, "show", position)).text


class TestRecordThatSeveralServicesPutAside:
    async def test_is_replayed_once_for_all_of_them(self, town: Town) -> None:
        headers = (("ce_type", b"case.registered"), ("ce_source", b"/tongxin/intake"))
        raw = Raw(CASES, b"replayed once", b"ghost", headers)
        position = await _put_aside(town, raw, "router", "notifier")
        known = {one.position for one in await _letters(town, "router")}
        kafka = town.house.kafka
        shown = await _given(town, "show", position)
        assert "by router" in shown.text
        assert "by notifier" in shown.text
        await _given(town, "replay", position)
        again = await _next_position(town, "router", after=known)
        await _listed_at(town, "notifier", again)
        for service in ("router", "notifier"):
            assert position not in {one.position for one in await _letters(town, service)}
        copies = [r for r in await everything(kafka, CASES) if r.value == raw.value]
        assert len(copies) == 2

    async def test_is_replayed_once_among_all_others_too(self, town: Town) -> None:
        headers = (("ce_type", b"case.registered"), ("ce_source", b"/tongxin/intake"))
        raw = Raw(CASES, b"all of them", b"ghost", headers)
        await _put_aside(town, raw, "router", "notifier")
        kafka = town.house.kafka
        old = {one.position for one in await _letters(town, "notifier")}
        assert (await _given(town, "replay", "all")).code == 0
        await _next_position(town, "notifier", after=old)
        copies = [r for r in await everything(kafka, CASES) if r.value == raw.value]
        assert len(copies) == 2


class TestUnknownDeadLetter:
    @pytest.mark.parametrize("word", ["show", "replay"])
    async def test_is_answered_with_advice(self, town: Town, word: str) -> None:
        asked = "incident-reports.v1/0/999999"
        said = await _given(town, word, asked)
        assert said.code == 1
        assert asked in said.text
        assert "dead-letters list" in said.text


class TestBrokerThatIsNotThere:
    async def test_is_answered_with_advice(self) -> None:
        said = await tongxin("dead-letters", "list", "--kafka", "127.0.0.1:9")
        assert said.code == 1
        assert "tongxin run" in said.text
