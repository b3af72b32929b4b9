"""Bad records of every kind on every topic: each put aside once, and none stops the good ones."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from schemas.cloudevents import Headers
from schemas.topics import CASES, INCIDENT_REPORTS, dead_letters, feedback_of
from schemas.vocabulary import case_id_for, derived_id
from services.kit.stage.dead_letters import DeadLetter, position_of
from services.kit.stage.letter_topic import listed
from services.machine.house import House
from tests.support.bad_records import bad_records
from tests.support.command import Raw, everything, until, written
from tests.support.databases import ENGINES
from tests.support.town import Town, shifted_house

pytestmark = pytest.mark.kafka

_GOOD_EVERY = 50
_OF_ANY_TOPIC = {"not_json", "empty", "too_large", "not_a_cloud_event", "unknown_type"}


@pytest.fixture(scope="module", params=ENGINES)
def house(request: pytest.FixtureRequest) -> Iterator[tuple[House, Path]]:
    with shifted_house(engine=request.param) as running:
        yield running


def _good(town: Town, number: int) -> Raw:
    """Return a report of a place of its own."""
    report = {
        "source": "good",
        "id": str(number),
        "channel": "grid_member",
        "reported_at": town.now().isoformat(),
        "place": {"point": {"lat": 28.6862 + number * 0.0005, "lon": 115.9533}},
        "category": "E0112",
    }
    return Raw(INCIDENT_REPORTS, json.dumps(report).encode())


async def _letters(town: Town, service: str, positions: Sequence[str]) -> dict[str, DeadLetter]:
    """Return the dead letters of these records by position, waiting until all are there."""

    async def found() -> dict[str, DeadLetter]:
        topic, kafka = dead_letters(service), town.house.kafka
        listed_ = await listed(kafka, topic=topic, keys=town.keys)
        all_ = {one.position: one for one in listed_}
        return all_ if all_.keys() >= set(positions) else {}

    return await until(found, told=f"{len(positions)} dead letters of {service}")


async def _times_written(kafka: str, service: str) -> Counter[str]:
    return Counter(
        position_of(r.key.decode()) for r in await everything(kafka, dead_letters(service))
    )


def _differences(
    sent: Mapping[str, tuple[Raw, str]], letters: Mapping[str, DeadLetter]
) -> list[str]:
    """Return what a dead letter does not say as it should, for each record by its position."""
    found = []
    for position, (raw, code) in sent.items():
        letter = letters[position]
        same = (letter.topic, letter.key, letter.value, letter.headers) == (
            raw.topic,
            raw.key,
            raw.value,
            raw.headers,
        )
        if not same or letter.code != code or not letter.faults:
            found.append(f"{position} {code} {letter.code} {letter.faults} {raw.headers[:3]}")
    return found


class TestBadReports:
    async def test_are_each_put_aside_once_and_hold_up_no_good_one(self, town: Town) -> None:
        bad = bad_records()
        raws: list[Raw] = []
        for number, one in enumerate(bad):
            # aiokafka asks for a key where there is no value.
            key = b"nothing" if one.value is None else None
            raws.append(Raw(INCIDENT_REPORTS, one.value, key, one.headers))
            if number % _GOOD_EVERY == _GOOD_EVERY - 1:
                raws.append(_good(town, number // _GOOD_EVERY))
        goods = len(bad) // _GOOD_EVERY + 1
        raws.append(_good(town, goods - 1))
        positions = await written(town.house.kafka, raws)
        codes = iter(bad)
        sent = {
            position: (raw, next(codes).code)
            for position, raw in zip(positions, raws, strict=True)
            if b'"good"' not in (raw.value or b"")[:20]
        }
        assert len(sent) == len(bad)
        letters = await _letters(town, "intake", list(sent))
        assert _differences(sent, letters) == []
        assert letters.keys() == sent.keys()
        assert set((await _times_written(town.house.kafka, "intake")).values()) == {1}
        for number in range(goods):
            await town.event(str(case_id_for("good", str(number))), "case.assigned")

    async def test_that_unpack_to_more_than_a_broker_takes_are_put_aside(self, town: Town) -> None:
        large = 3_000_000
        packed = {
            Raw(INCIDENT_REPORTS, b"x" * large): "too_large",
            Raw(INCIDENT_REPORTS, b"\x00" * 3 * large): "too_large",
            Raw(INCIDENT_REPORTS, b"{", b"k" * large): "not_json",
            Raw(INCIDENT_REPORTS, b"{}", headers=(("ce_type", b"x" * large),)): "unknown_type",
            Raw(INCIDENT_REPORTS, b"{}", headers=(("h", b""),) * 200_000): "invalid",
            Raw(INCIDENT_REPORTS, b"{}", headers=(("h" * large, b""),)): "invalid",
            Raw(INCIDENT_REPORTS, b"{}", headers=(("ce_" + "x" * large, b"\xff"),)): (
                "not_a_cloud_event"
            ),
        }
        positions = await written(town.house.kafka, [*packed, _good(town, 14)])
        letters = await _letters(town, "intake", positions[:-1])
        assert [letters[p].code for p in positions[:-1]] == list(packed.values())
        for position, raw in zip(positions, packed, strict=False):
            letter = letters[position]
            assert letter.faults[-1].reason.endswith("bytes, a part of them is kept here")
            assert (raw.value or b"").startswith(letter.value or b"")
        await town.event(str(case_id_for("good", "14")), "case.assigned")


def _bad_answers(town: Town, case_id: str, assignment_id: str) -> list[tuple[Raw, str]]:
    """Return records of the police's topic that are no answers, each with its code."""
    good: dict[str, Any] = {
        "feedback_id": "f-1",
        "case_id": case_id,
        "kind": "accepted",
        "at": town.now().isoformat(),
        "assignment_id": assignment_id,
    }
    topic, key = feedback_of("police"), case_id.encode()
    of_any = [one for one in bad_records() if one.code in _OF_ANY_TOPIC][::14]
    bad = [(Raw(topic, one.value, key, one.headers), one.code) for one in of_any]
    # What is wrong with these headers is wrong with the type first.
    bad = [(raw, code) for raw, code in bad if not raw.headers or code != "unknown_type"]
    changes: list[dict[str, Any]] = [
        *({name: None} for name in good),
        {"kind": "ACCEPTED"},
        {"kind": "assigned"},
        {"kind": "declined"},
        {"kind": "declined", "reason": ""},
        {"kind": "progress", "note": 7},
        {"kind": "done", "result": "x", "evidence": [{}]},
        {"kind": "done", "result": "x", "evidence": [{"kind": "photo"}] * 51},
        {"feedback_id": "x" * 129},
        {"feedback_id": "\x00"},
        {"case_id": "1"},
        {"assignment_id": "police"},
        {"at": "2026-05-01T08:00:00"},
        {"at": 1_777_000_000},
        {"by": "x" * 101},
    ]
    bad += [(Raw(topic, json.dumps(good | change).encode(), key), "invalid") for change in changes]
    whole = json.dumps(good).encode()
    wrong_type = (("ce_type", b"incident.reported"),)
    return [
        *bad,
        (Raw(topic, whole, key, wrong_type), "unknown_type"),
    ]


class TestBadAnswers:
    async def test_are_each_put_aside_once_and_hold_up_no_good_one(self, town: Town) -> None:
        case = await town.report(category="E0128", place={"point": {"lat": 28.687, "lon": 115.96}})
        order = await town.order("police", case)
        bad = _bad_answers(town, case, order["assignment_id"])
        positions = await written(town.house.kafka, [raw for raw, _ in bad])
        assert len(bad) >= 35
        sent = dict(zip(positions, bad, strict=True))
        letters = await _letters(town, "notifier", positions)
        assert _differences(sent, letters) == []
        times = await _times_written(town.house.kafka, "notifier")
        assert {times[position] for position in positions} == {1}
        assert town.kinds(case) == ["case.registered", "case.assigned"]
        await town.work("police", case, "accepted", "started", "done")
        await town.event(case, "feedback.submitted")


class TestAnswersOfAnotherClient:
    async def test_have_their_effect_whatever_their_key_and_partition(self, town: Town) -> None:
        case = await town.report(category="E0128", place={"point": {"lat": 28.687, "lon": 115.94}})
        order = await town.order("police", case)
        keys = (None, b"", b"police", case.upper().encode(), b"\xff")
        topic = feedback_of("police")
        for number, key in enumerate(keys):
            said = {
                "kind": "progress" if number else "accepted",
                "note": "another client's",
                "feedback_id": f"foreign-{number}",
                "case_id": case,
                "assignment_id": order["assignment_id"],
                "at": town.now().isoformat(),
            }
            await written(town.house.kafka, [Raw(topic, json.dumps(said).encode(), key)])
            if number == 0:
                await town.event(case, "assignment.accepted")
        await town.event(case, "case.progressed", times=len(keys) - 1)


def _event(kind: str, service: str, **changed: bytes) -> Headers:
    """Return the headers of a service's event; an attribute changed to nothing is left out."""
    told = {
        "specversion": b"1.0",
        "id": str(derived_id("garbage", kind, *changed.values())).encode(),
        "type": kind.encode(),
        "source": f"/tongxin/{service}".encode(),
        "time": b"2026-05-01T08:00:00+00:00",
        "sequence": b"1",
        **changed,
    }
    return tuple((f"ce_{name}", text) for name, text in told.items() if text)


def _garbage_of_both(case_id: str) -> list[tuple[Raw, str]]:
    """Return garbage under the type of an event that router and notifier wait for."""
    key, kind, intake = case_id.encode(), "case.registered", "intake"
    values = {b'{"case_id": ': "not_json", b"{}": "invalid", b"\xff": "not_json", None: "empty"}
    headers = {
        "id": b"",
        "time": b"yesterday",
        "sequence": b"one",
        "specversion": b"0.3",
        "subject": b"\xff",
    }
    return [
        *((Raw(CASES, v, key, _event(kind, intake)), code) for v, code in values.items()),
        *(
            (Raw(CASES, b"{}", key, _event(kind, intake, **{name: text})), "not_a_cloud_event")
            for name, text in headers.items()
        ),
        (Raw(CASES, b"{}", b"\xff", _event(kind, intake)), "not_a_cloud_event"),
        (Raw(CASES, b"{}", key, _event(kind, "notifier")), "unknown_source"),
        (Raw(CASES, b"{}", key, (("ce_type", kind.encode()),)), "unknown_source"),
    ]


class TestGarbageAmongTheCases:
    async def test_is_put_aside_by_everyone_who_waits_for_it(self, town: Town) -> None:
        kafka, ghost = town.house.kafka, str(derived_id("case", "nobody's"))
        bad = _garbage_of_both(ghost)
        sent = dict(zip(await written(kafka, [raw for raw, _ in bad]), bad, strict=True))
        for service in ("router", "notifier"):
            letters = await _letters(town, service, list(sent))
            assert _differences(sent, letters) == []
            times = await _times_written(kafka, service)
            assert {times[position] for position in sent} == {1}
        await self._next_case_goes_through(town, 0)

    async def test_for_one_service_is_put_aside_by_that_one(self, town: Town) -> None:
        kafka, ghost = town.house.kafka, str(derived_id("case", "nobody's"))
        bad = {
            "intake": Raw(CASES, b"[", ghost.encode(), _event("case.closed", "notifier")),
            "router": Raw(CASES, b"[", ghost.encode(), _event("part.asked_again", "notifier")),
            "notifier": Raw(CASES, b"[", ghost.encode(), _event("case.loop_detected", "router")),
        }
        positions = await written(kafka, [*bad.values()])
        for service, position in zip(bad, positions, strict=True):
            letters = await _letters(town, service, [position])
            assert letters[position].code == "not_json"
            assert letters[position].faults
            assert letters.keys() & set(positions) == {position}
        await self._next_case_goes_through(town, 1)

    async def test_that_nobody_waits_for_is_passed_over(self, town: Town) -> None:
        nothing = [
            Raw(CASES, None, b"tombstone"),
            Raw(CASES, b"\xff", None, (("ce_type", b"case.unheard_of"),)),
            Raw(CASES, b"[" * 100_000, b"deep", (("ce_type", b"\xff\xfe"),)),
        ]
        positions = await written(town.house.kafka, nothing)
        await self._next_case_goes_through(town, 2)
        for service in ("intake", "router", "notifier"):
            found = await listed(town.house.kafka, topic=dead_letters(service))
            assert not {one.position for one in found} & set(positions)

    async def _next_case_goes_through(self, town: Town, number: int) -> None:
        spot = {"point": {"lat": 28.687 + number * 0.001, "lon": 115.968}}
        case = await town.report(category="E0112", place=spot)
        await town.order("urban-management", case)
        await town.work("urban-management", case, "accepted", "started", "done")
        await town.event(case, "case.closed")
