"""Our AsyncAPI documents: the official parser reads them, and they demand what our readers do."""

import json
from pathlib import Path
from typing import Any

import pytest

from schemas import asyncapi
from schemas.cloudevents import NotACloudEvent, from_kafka
from schemas.events import commands
from schemas.events.feedback import FEEDBACK_TYPE
from schemas.events.incident import IncidentReport
from schemas.topics import SERVICES
from services.kit.records import Record
from services.kit.stage.decoding import outside_attributes
from tests.support.asyncapi_parser import judged
from tests.support.golden import document_of

_INFORMATION = 2


@pytest.mark.timeout(600)  # the first time on a machine it fetches the parser
def test_the_official_parser_has_nothing_against_our_documents(tmp_path: Path) -> None:
    made = {}
    for service in SERVICES:
        departments = {"departments": ["fire"], "parties": ["fire", "supervision"]}
        for name, values in ((f"{service}.json", {}), (f"{service}-plan.json", departments)):
            made[tmp_path / name] = asyncapi.document(service, **values)
    broken = tmp_path / "broken.json"
    made[broken] = {**asyncapi.document("intake"), "asyncapi": "3.0.0", "channels": 7}
    for file, document in made.items():
        file.write_text(json.dumps(document), encoding="utf-8")
    found = {
        file: [said for said in told if said["severity"] < _INFORMATION]
        for file, told in judged([*made]).items()
    }
    assert found.pop(str(broken))
    assert found == {file: [] for file in found}
    assert len(found) == 2 * len(SERVICES)


def _headers_of(message: dict[str, Any]) -> dict[str, Any]:
    ((trait,),) = [[one["$ref"].rpartition("/")[2] for one in message["traits"]]]
    traits = document_of("intake")["components"]["messageTraits"]
    headers: dict[str, Any] = traits[trait]["headers"]
    return headers


def _messages() -> dict[str, dict[str, Any]]:
    return {
        name: message
        for service in SERVICES
        for name, message in document_of(service)["components"]["messages"].items()
    }


def _is_from_outside(message: dict[str, Any]) -> bool:
    return message["name"] in (IncidentReport.type, FEEDBACK_TYPE, *commands.TYPES)


class TestDemandedHeaders:
    def test_are_none_where_our_readers_demand_none(self) -> None:
        bare = Record("incident-reports.v1", 0, 0, None, b"{}", (), 0)
        outside = [m for m in _messages().values() if _is_from_outside(m)]
        assert len(outside) > 2
        for message in outside:
            assert outside_attributes(bare, expected_types=(message["name"],)) == {}
            assert "required" not in _headers_of(message)

    def test_of_our_own_events_are_those_our_readers_demand(self) -> None:
        headers = {
            "ce_specversion": b"1.0",
            "ce_id": b"0b2a7c1e-8f57-4f5e-9a2f-0c6f1d0e2a11",
            "ce_type": b"case.closed",
            "ce_source": b"/notifier",
            "ce_subject": b"a case",
            "ce_time": b"2026-05-01T12:00:00+00:00",
            "ce_sequence": b"1",
        }
        demanded = {name for name in headers if _is_missed(headers, name)}
        for message in _messages().values():
            if not _is_from_outside(message):
                assert {*_headers_of(message)["required"]} == demanded


def _is_missed(headers: dict[str, bytes], name: str) -> bool:
    """Tell whether our reader refuses an event without this header."""
    others = tuple((other, value) for other, value in headers.items() if other != name)
    try:
        from_kafka(key=b"k", value=b"{}", headers=others)
    except NotACloudEvent:
        return True
    return False
