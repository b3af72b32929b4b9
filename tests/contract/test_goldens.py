"""The contract as it is today is the one written down; `make golden` writes it anew."""

import json
from pathlib import Path

import pytest
from pydantic import BaseModel

from schemas.topics import SERVICES
from tests.support import golden

MESSAGES = golden.messages()


class TestGoldenFiles:
    @pytest.mark.parametrize("service", SERVICES)
    def test_hold_the_asyncapi_document(self, service: str) -> None:
        assert golden.golden_of(golden.asyncapi_file(service)) == golden.document_of(service)

    @pytest.mark.parametrize(("stream", "model"), MESSAGES, ids=str)
    def test_hold_the_schema_of_each_message(self, stream: str, model: type[BaseModel]) -> None:
        assert golden.golden_of(golden.schema_file(stream, model)) == golden.schema_of(model)

    def test_are_all_that_stand_there_and_written_as_make_golden_does(self) -> None:
        expected = golden.expected_files()
        assert golden.standing_files() == sorted(expected)
        for file, text in expected.items():
            assert file.read_text(encoding="utf-8") == text


class TestMakeGolden:
    @pytest.fixture
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        monkeypatch.setattr(golden, "GOLDEN", tmp_path)
        return tmp_path

    def test_writes_all_files_and_drops_those_of_old_versions(self, folder: Path) -> None:
        old = folder / "events" / "cases.v0" / "CaseClosed.json"
        old.parent.mkdir(parents=True)
        old.write_text("{}")
        assert golden.main() == 0
        assert not old.exists()
        assert golden.standing_files() == sorted(golden.expected_files())
        assert golden.main() == 0

    def test_refuses_a_change_that_breaks_a_reader(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        golden.main()
        closed = folder / "events" / "cases.v1" / "CaseClosed.json"
        schema = golden.golden_of(closed)
        schema["properties"]["grade"] = {"type": "string"}
        closed.write_text(json.dumps(schema))
        assert golden.main() == 1
        assert "cases.v1 CaseClosed: grade: was removed" in capsys.readouterr().err
        assert golden.golden_of(closed) == schema

    def test_refuses_a_message_that_vanished_or_has_another_type(
        self, folder: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        golden.main()
        (folder / "events" / "cases.v1" / "CaseBlessed.json").write_text("{}")
        document = golden.golden_of(golden.asyncapi_file("router"))
        document["components"]["messages"]["WorkOrder"]["name"] = "order.sent"
        golden.asyncapi_file("router").write_text(json.dumps(document))
        assert golden.main() == 1
        told = capsys.readouterr().err
        assert "cases.v1 CaseBlessed: the message was removed" in told
        assert "WorkOrder: type order.sent is now assignment.offered" in told
