"""The page on personal data names each field of a report, each table of intake, and each topic."""

import re
from collections.abc import Iterator
from types import NoneType
from typing import Final, get_args

import pytest
from pydantic import BaseModel

from schemas.events.incident import IncidentReport
from schemas.topics import all_topics, installation_topic
from services.desk.store.file_table import FILE_METADATA
from services.desk.store.public_tables import PUBLIC_METADATA
from services.intake.migrations import HISTORY
from tests.support.sources import ROOT

PAGE: Final = (ROOT / "docs/personal-data.md").read_text(encoding="utf-8")


def first_cells(heading: str) -> set[str]:
    """Return the names in the first column of the table below a heading."""
    part = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"(?m)^\| (.*?) \|", part)
    return {name for row in rows for name in re.findall(r"`([^`]+)`", row)}


def fields_of(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """Yield each field of a model, those of the models in it by their path."""
    for name, field in model.model_fields.items():
        kinds = [
            one for one in (field.annotation, *get_args(field.annotation)) if one is not NoneType
        ]
        inner = [one for one in kinds if isinstance(one, type) and issubclass(one, BaseModel)]
        if inner:
            yield from fields_of(inner[0], f"{before}{name}.")
        else:
            yield f"{before}{name}"


class TestPersonalDataPage:
    def test_says_where_each_field_of_a_report_goes(self) -> None:
        fields = set(fields_of(IncidentReport))

        assert "contact.phone" in fields
        assert fields == first_cells("What a report brings")

    def test_names_each_table_of_intake(self) -> None:
        assert set(HISTORY.metadata.tables) - first_cells("Where it is kept") == set()

    def test_names_what_the_desk_keeps_that_no_topic_has(self) -> None:
        tables = {*FILE_METADATA.tables, *PUBLIC_METADATA.tables}
        assert tables - first_cells("Where it is kept") == set()

    @pytest.mark.parametrize("topic", [*all_topics(["fire"], ["fire"]), installation_topic()])
    def test_names_each_topic(self, topic: object) -> None:
        name = str(getattr(topic, "name", ""))
        kind = re.sub(r"^(assignments|feedback)\..*", r"\1.*", name)

        assert kind in first_cells("Where it is kept")
