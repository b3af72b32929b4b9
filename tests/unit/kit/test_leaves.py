"""The kit's small parts: names, logs, settings, chunks, topic specifications."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from sqlalchemy import MetaData
from sqlmodel import Field

from schemas.topics import KEY_USES, PEOPLE, installation_topic, shared_topics
from services.kit.kafka.topics import specs_of
from services.kit.process.logging import JsonFormatter, set_up_logging
from services.kit.process.settings import ServiceSettings
from services.kit.records import Message
from services.kit.recovery.broker_identity import ClusterChanged
from services.kit.sql.declaring import Named, merged_metadata, snake_case
from services.kit.stage.outbox import packed, unpacked

LEAVES = MetaData()


class TestTableName:
    @pytest.mark.parametrize(
        ("of_class", "name"),
        [("Lane", "lane"), ("OutboxChunk", "outbox_chunk"), ("CaseFollowUp", "case_follow_up")],
    )
    def test_is_the_class_name_in_snake_case(self, of_class: str, name: str) -> None:
        assert snake_case(of_class) == name

    def test_is_given_to_each_table_of_each_metadata(self) -> None:
        class LeafPart(Named, table=True):
            metadata = LEAVES

            id: int = Field(primary_key=True)

        assert set(LEAVES.tables) == {LeafPart.__tablename__} == {"leaf_part"}
        assert set(merged_metadata(LEAVES, MetaData()).tables) == {"leaf_part"}


class TestJsonLine:
    @pytest.fixture(autouse=True)
    def _root_as_it_was(self) -> Iterator[None]:
        root = logging.getLogger()
        handlers, level = root.handlers, root.level
        yield
        root.handlers = handlers
        root.setLevel(level)

    def line(self, message: str, *args: object, **extra: object) -> dict[str, Any]:
        logger = logging.getLogger("tests.leaf")
        info = sys.exc_info() if sys.exc_info()[0] else None
        record = logger.makeRecord(
            "tests.leaf", logging.WARNING, __file__, 1, message, args, info, extra=extra
        )
        text = JsonFormatter("router").format(record)
        assert "\n" not in text
        found: dict[str, Any] = json.loads(text)
        return found

    def test_says_when_who_and_what(self) -> None:
        told = self.line("case %s is late", 7)
        assert told["message"] == "case 7 is late"
        assert (told["level"], told["service"], told["logger"]) == (
            "warning",
            "router",
            "tests.leaf",
        )
        assert datetime.fromisoformat(told["at"]).utcoffset() == timedelta(0)
        assert set(told) == {"at", "level", "service", "logger", "message"}

    def test_carries_extra_fields_whatever_they_are(self) -> None:
        told = self.line("x", case_id=UUID(int=1), at_m=1.5, title="供水", lines="a\nb\x1b[2J")
        assert told["case_id"] == str(UUID(int=1))
        assert (told["at_m"], told["title"], told["lines"]) == (1.5, "供水", "a\nb\x1b[2J")

    def test_has_the_traceback_of_an_error_in_one_line(self) -> None:
        told: dict[str, Any] = {}
        try:
            dict[str, int]()["missing"]
        except KeyError:
            told = self.line("failed")
        assert "KeyError: 'missing'" in told["exception"]

    def test_goes_to_standard_error_and_libraries_are_quieter(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stream = io.StringIO()
        monkeypatch.setattr(sys, "stderr", stream)
        set_up_logging("intake", level="info")
        logging.getLogger("services.any").info("hello")
        logging.getLogger("aiokafka").info("chatter")
        (line,) = stream.getvalue().splitlines()
        assert json.loads(line)["message"] == "hello"


class OneSettings(ServiceSettings):
    """Settings of the router, with a field of its own."""

    service: ClassVar[str] = "router"
    database_url: str = "sqlite+aiosqlite://"
    patience: int = 3


class TestSettings:
    def test_prefer_the_services_own_variable(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TONGXIN_KAFKA", "for-all:9092")
        assert OneSettings().kafka == "for-all:9092"
        monkeypatch.setenv("TONGXIN_ROUTER_KAFKA", "for-one:9092")
        assert OneSettings().kafka == "for-one:9092"
        assert OneSettings(kafka="passed:9092").kafka == "passed:9092"

    def test_pass_over_variables_of_others(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TONGXIN_INTAKE_KAFKA", "for-intake:9092")
        monkeypatch.setenv("KAFKA", "bare:9092")
        assert OneSettings().kafka == "127.0.0.1:9092"

    def test_read_a_services_own_fields(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TONGXIN_ROUTER_PATIENCE", "9")
        monkeypatch.setenv("TONGXIN_PLAN", "deploy/plans/nyc.toml")
        assert OneSettings().patience == 9
        assert OneSettings().plan == Path("deploy/plans/nyc.toml")

    def test_refuse_what_has_the_wrong_type_and_cannot_change(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with pytest.raises(ValidationError, match="frozen"):
            OneSettings().kafka = "other:9092"  # type: ignore[misc] # the point
        monkeypatch.setenv("TONGXIN_HTTP_PORT", "eighty")
        with pytest.raises(ValidationError, match="http_port"):
            OneSettings()


header_lists = st.lists(st.tuples(st.text(max_size=9), st.binary(max_size=20)), max_size=4)
messages = st.builds(
    Message,
    topic=st.text(max_size=20),
    key=st.binary(max_size=20).map(lambda key: key.decode("utf-8", "surrogateescape")),
    value=st.none() | st.binary(max_size=100),
    headers=header_lists.map(tuple),
    keyless=st.booleans(),
)


class TestChunk:
    @given(listed=st.lists(messages, max_size=6))
    def test_gives_its_messages_again_in_their_order(self, listed: list[Message]) -> None:
        assert unpacked(packed(listed)) == tuple(listed)

    def test_can_hold_a_message_of_megabytes(self) -> None:
        large = Message(topic="t", key="k", value=b"x" * 3_000_000, headers=())
        assert unpacked(packed([large])) == (large,)


class TestTopicSpecs:
    def test_are_one_for_each_topic_with_equal_partitions(self) -> None:
        specs = specs_of(shared_topics(), partitions=6, replication=3)
        assert [spec.name for spec in specs] == [topic.name for topic in shared_topics()]
        found = {spec.name: (spec.partitions, spec.replication) for spec in specs}
        assert found.pop(PEOPLE) == (1, 3)  # whole states, which every service reads whole
        assert found.pop(KEY_USES) == (1, 3)  # a handful a day
        assert {*found.values()} == {(6, 3)}
        for spec in specs:
            assert spec.configs["retention.ms"].removeprefix("-").isdecimal()

    def test_have_the_partitions_that_are_declared(self) -> None:
        (spec,) = specs_of([installation_topic()], partitions=6, replication=3)
        assert (spec.partitions, spec.replication) == (1, 3)


class TestClusterChanged:
    def test_says_what_to_do_next(self) -> None:
        told = str(ClusterChanged(known="old", found="new"))
        assert "tongxin topics rebuild" in told
        assert "TONGXIN_KAFKA" in told
