"""Who may do what at a locked broker, as the table says it before any broker is asked."""

import pytest

from schemas.plan import Plan, Residents, load_plan
from schemas.topics import (
    INSTALLATIONS,
    KEY_USES,
    PEOPLE,
    SERVICES,
    all_topics,
    dead_letters,
    feedback_of,
)
from schemas.vocabulary import DESK, REPORTERS
from services.kit.kafka.acls import Acl, Operation, Pattern, Resource
from services.machine.rights import OPERATOR, is_ours, sources_without, users
from services.machine.services import REGISTRY
from tests.support.sources import ROOT
from tests.support.town import PLAN

DOCS = ROOT / "docs" / "lock-the-broker.md"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan(PLAN, loopback=True)


def with_pages_of_reports(plan: Plan) -> Plan:
    """Return the plan with a page for whoever reported."""
    return plan.model_copy(update={"residents": Residents(status_page=True)})


def told(acls: frozenset[Acl]) -> set[str]:
    return {acl.told for acl in acls}


def topics_of(acls: frozenset[Acl], operation: Operation, topics: list[str]) -> set[str]:
    """Return which of these topics a user may read, or write."""
    patterns = [a for a in acls if a.resource is Resource.TOPIC and a.operation is operation]
    return {
        topic
        for topic in topics
        for acl in patterns
        if (topic.startswith(acl.name) if acl.pattern is Pattern.PREFIXED else topic == acl.name)
    }


class TestDepartment:
    def test_reads_its_orders_writes_its_answers_and_has_groups_of_its_own(
        self, plan: Plan
    ) -> None:
        for code in plan.departments:
            assert told(users(plan)[f"dept-{code}"]) == {
                f"READ topic assignments.{code}.v1",
                f"WRITE topic feedback.{code}.v1",
                f"READ group dept-{code}.*",
            }

    def test_is_never_given_a_prefix_that_another_ones_name_begins_with(self, plan: Plan) -> None:
        acls = [acl for allowed in users(plan).values() for acl in allowed]
        prefixes = [acl for acl in acls if acl.pattern is Pattern.PREFIXED]
        assert prefixes
        assert all(acl.name.endswith(".") for acl in prefixes)


class TestOthers:
    def test_that_answer_write_their_answers_alone(self, plan: Plan) -> None:
        assert told(users(plan)["party-supervision"]) == {"WRITE topic feedback.supervision.v1"}
        assert told(users(plan)["party-reporters"]) == {"WRITE topic feedback.reporters.v1"}

    def test_that_report_write_reports_alone(self, plan: Plan) -> None:
        assert plan.sources
        for source in plan.sources:
            assert told(users(plan)[f"source-{source}"]) == {"WRITE topic incident-reports.v1"}

    def test_whose_name_fits_no_user_have_none(self, plan: Plan) -> None:
        strange = plan.model_copy(update={"sources": ("grid-app", "热线 12345")})
        assert sources_without(strange) == ["热线 12345"]
        assert {u for u in users(strange) if u.startswith("source-")} == {"source-grid-app"}

    def test_that_are_not_ours_are_left_alone(self, plan: Plan) -> None:
        assert all(map(is_ours, users(plan)))
        assert not any(map(is_ours, ("broker", "kafka-ui", "admin", "ANONYMOUS", "department")))


class TestService:
    def test_reads_and_writes_what_the_topics_declare(self, plan: Plan) -> None:
        plan = with_pages_of_reports(plan)
        declared = all_topics(sorted(plan.departments), plan.feedback_parties())
        names = [topic.name for topic in declared]
        for service in SERVICES:
            acls = users(plan)[service]
            reads = {topic.name for topic in declared if service in topic.readers}
            assert reads <= topics_of(acls, Operation.READ, names), service
            writes = {topic.name for topic in declared if service in topic.owner.split(", ")}
            assert writes <= topics_of(acls, Operation.WRITE, names), service

    def test_may_publish_again_whatever_it_put_aside_but_not_at_the_desk(self, plan: Plan) -> None:
        declared = all_topics(sorted(plan.departments), plan.feedback_parties())
        names = [topic.name for topic in declared]
        beside = {INSTALLATIONS, PEOPLE, KEY_USES, *map(dead_letters, SERVICES)}
        for service in SERVICES:
            acls = users(plan)[service]
            read = topics_of(acls, Operation.READ, names) - beside
            written = topics_of(acls, Operation.WRITE, names)
            assert read & written == (set() if service == DESK else read), service

    def test_reads_and_writes_its_own_dead_letters_alone(self, plan: Plan) -> None:
        letters = [dead_letters(service) for service in SERVICES]
        for service in SERVICES:
            for operation in (Operation.READ, Operation.WRITE):
                found = topics_of(users(plan)[service], operation, letters)
                assert found == {dead_letters(service)}

    def test_of_people_answers_for_reporters_only_where_they_have_pages(self, plan: Plan) -> None:
        every = [feedback_of(party) for party in plan.feedback_parties()]
        for used, missing in (
            (plan, {feedback_of(REPORTERS)}),
            (with_pages_of_reports(plan), set()),
        ):
            written = topics_of(users(used)["desk"], Operation.WRITE, every)
            assert {*every} - written == missing

    def test_has_its_own_groups_alone(self, plan: Plan) -> None:
        for service in SERVICES:
            groups = {a.name for a in users(plan)[service] if a.resource is Resource.GROUP}
            assert groups == {*REGISTRY[service].groups.values()}

    def test_reads_every_topic_that_its_groups_are_for(self, plan: Plan) -> None:
        for service in SERVICES:
            read = {a.name for a in users(plan)[service] if a.operation is Operation.READ}
            for topic in REGISTRY[service].groups:
                assert topic.replace("\\", "").partition("[")[0] in read

    def test_may_nothing_to_the_cluster_and_no_topic(self, plan: Plan) -> None:
        for user, acls in users(plan).items():
            assert {a.operation for a in acls} <= {Operation.READ, Operation.WRITE} or (
                user == OPERATOR
            )


def rows_of(acls: frozenset[Acl]) -> tuple[str, ...]:
    """Return what the page says of a user: what it reads and writes, and its groups."""
    kinds = (
        (Resource.TOPIC, {Operation.READ, Operation.ALL}),
        (Resource.TOPIC, {Operation.WRITE, Operation.ALL}),
        (Resource.GROUP, {Operation.READ, Operation.ALL}),
    )
    return tuple(
        ", ".join(
            sorted(
                f"`{acl.told.split(' ')[-1]}`"
                for acl in acls
                if acl.resource is resource and acl.operation in operations
            )
        )
        for resource, operations in kinds
    )


class TestPage:
    def test_has_the_table(self, plan: Plan) -> None:
        lines = DOCS.read_text(encoding="utf-8").splitlines()
        start = lines.index("| user | reads | writes | groups |")
        every = ("dept-fire", "party-supervision", "source-grid-app")
        wanted = {user: users(plan)[user] for user in (*SERVICES, *every, OPERATOR)}
        # Of the parties that the desk answers for the page shows one.
        departments = {feedback_of(code) for code in plan.departments}
        wanted["desk"] = frozenset(a for a in wanted["desk"] if a.name not in departments)
        examples = {"fire": "<code>", "supervision": "<code>", "grid-app": "<name>"}
        for line, (user, acls) in zip(lines[start + 2 :], wanted.items(), strict=False):
            row = "".join(f"| {cell} " for cell in (f"`{user}`", *rows_of(acls)))
            for example, name in examples.items():
                row = row.replace(example, name)
            assert line == f"{row}|"
