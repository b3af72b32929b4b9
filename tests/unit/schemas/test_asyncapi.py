"""The AsyncAPI documents hold together and say what each service does."""

from collections.abc import Iterator
from typing import Any

import pytest

from schemas import asyncapi, topics
from tests.support.golden import document_of

OPERATIONS = {
    "intake": {
        "send-incident-reports.v1",
        "receive-incident-reports.v1",
        "send-cases.v1",
        "receive-cases.v1",
        "receive-people.v1",
        "send-key-uses.v1",
        "send-intake.dead-letters.v1",
        "receive-intake.dead-letters.v1",
    },
    "router": {
        "send-cases.v1",
        "receive-cases.v1",
        "receive-people.v1",
        "send-assignments.v1",
        "send-key-uses.v1",
        "send-router.dead-letters.v1",
        "receive-router.dead-letters.v1",
    },
    "notifier": {
        "send-cases.v1",
        "receive-cases.v1",
        "receive-people.v1",
        "send-commands.v1",
        "receive-commands.v1",
        "receive-feedback.v1",
        "send-notices.v1",
        "receive-notices.v1",
        "send-case-files.v1",
        "send-feedback-refusals.v1",
        "send-key-uses.v1",
        "send-notifier.dead-letters.v1",
        "receive-notifier.dead-letters.v1",
    },
    "desk": {
        "receive-cases.v1",
        "receive-case-files.v1",
        "receive-assignments.v1",
        "receive-notices.v1",
        "receive-feedback-refusals.v1",
        "send-incident-reports.v1",
        "send-commands.v1",
        "send-feedback.v1",
        "send-people.v1",
        "receive-key-uses.v1",
        "receive-people.v1",
        "send-key-uses.v1",
        "send-desk.dead-letters.v1",
        "receive-desk.dead-letters.v1",
    },
}


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from references(value)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)


def resolved(document: dict[str, Any], reference: str) -> Any:  # noqa: ANN401 - any node of a document
    assert reference.startswith("#/")
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


@pytest.mark.parametrize("service", topics.SERVICES)
class TestDocument:
    def test_refers_only_to_what_it_has(self, service: str) -> None:
        document = document_of(service)
        found = set(references(document))
        assert found
        for reference in found:
            assert resolved(document, reference)

    def test_names_each_thing_the_service_does(self, service: str) -> None:
        operations = document_of(service)["operations"]
        assert set(operations) == OPERATIONS[service]
        for name, operation in operations.items():
            assert name.startswith(f"{operation['action']}-")

    def test_has_nothing_of_what_a_service_does_whose_name_is_a_part(self, service: str) -> None:
        part = service[:-1]
        assert part in "".join(topic.owner for topic in topics.shared_topics())
        assert asyncapi.document(part)["operations"] == {}

    def test_describes_the_key_and_the_owner_of_each_channel(self, service: str) -> None:
        for channel in document_of(service)["channels"].values():
            assert channel["description"].startswith("Key: ")
            assert "Owner: " in channel["description"]

    def test_describes_each_message_and_its_type(self, service: str) -> None:
        for name, message in document_of(service)["components"]["messages"].items():
            assert message["title"] == name
            assert message["name"]
            assert message["summary"].endswith(".")

    def test_has_no_schema_that_nothing_uses(self, service: str) -> None:
        document = document_of(service)
        used = {r.rsplit("/", 1)[1] for r in references(document) if "/schemas/" in r}
        assert set(document["components"]["schemas"]) == used


class TestParameter:
    def test_lists_the_running_plans_departments_and_parties(self) -> None:
        parties = ["police", "supervision"]
        document = asyncapi.document("notifier", departments=["police"], parties=parties)
        channel = document["channels"]["feedback.v1"]
        assert channel["address"] == "feedback.{party}.v1"
        assert channel["parameters"]["party"]["enum"] == parties
        orders = asyncapi.document("router", departments=["police"])["channels"]["assignments.v1"]
        assert orders["parameters"]["party"]["enum"] == ["police"]

    def test_is_open_in_the_contract_under_any_plan(self) -> None:
        channel = document_of("notifier")["channels"]["feedback.v1"]
        assert "enum" not in channel["parameters"]["party"]

    def test_is_only_where_an_address_has_one(self) -> None:
        for service in topics.SERVICES:
            for channel in document_of(service)["channels"].values():
                assert ("parameters" in channel) is ("{party}" in channel["address"])
