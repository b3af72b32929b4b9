"""A locked broker: each user may what the table says, whatever client it comes with."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAuthorizationFailedError
from confluent_kafka import Consumer, TopicCollection
from confluent_kafka.admin import AdminClient

from schemas.topics import (
    CASE_FILES,
    CASES,
    INCIDENT_REPORTS,
    all_topics,
    assignments,
    feedback_of,
    installation_topic,
)
from services.kit.kafka.acls import Acl, Operation, Pattern, Resource, allow
from services.kit.kafka.brokers import Brokers, Login, Security
from services.kit.kafka.publisher import Publisher
from services.kit.kafka.scram import set_passwords
from services.kit.kafka.topics import administered
from services.kit.records import Message
from services.machine.rights import OPERATOR, users
from services.machine.services import GROUPS
from tests.support.command import everything, tongxin
from tests.support.locked import (
    PATIENCE_SECONDS,
    Locked,
    foreign_options,
    locked_broker,
    read,
    why_refused,
    write,
)
from tests.support.pages import blocks
from tests.support.sources import ROOT
from tests.support.town import PLAN

PAGE = ROOT / "docs" / "lock-the-broker.md"
pytestmark = pytest.mark.kafka
REFUSED_TOPIC = "TOPIC_AUTHORIZATION_FAILED"
REFUSED_GROUP = "GROUP_AUTHORIZATION_FAILED"


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Locked]:
    with locked_broker(tmp_path_factory.mktemp("locked")) as found:
        yield found


def asked(futures: Any) -> dict[str, frozenset[str]]:  # noqa: ANN401 - confluent-kafka has no types
    """Return what the broker says that a user may do with each thing; nothing of what it hides."""
    found = {}
    for name, future in futures.items():
        allowed: Any = ()
        error = future.exception(PATIENCE_SECONDS)
        if error is None:
            allowed = future.result().authorized_operations or ()
        else:
            assert error.args[0].name() in {REFUSED_TOPIC, REFUSED_GROUP}
        found[name] = frozenset(one.name for one in allowed)
    return found


def expected(acls: frozenset[Acl], resource: Resource, name: str) -> frozenset[str]:
    """Return what the table lets a user do with a thing; whoever may something may look at it."""
    found = {
        acl.operation.name
        for acl in acls
        if acl.resource is resource
        and (
            acl.name in {name, "*"}
            or (acl.pattern is Pattern.PREFIXED and name.startswith(acl.name))
        )
    }
    return frozenset(found | {"DESCRIBE"} if found else found)


def as_user(monkeypatch: pytest.MonkeyPatch, locked: Locked, user: str) -> None:
    """Let commands be given by a user of the broker, as its environment says."""
    monkeypatch.setenv("TONGXIN_KAFKA", locked.own.node.bootstrap)
    monkeypatch.setenv("TONGXIN_KAFKA_SECURITY", "sasl_plaintext")
    monkeypatch.setenv("TONGXIN_KAFKA_USER", user)
    monkeypatch.setenv("TONGXIN_KAFKA_PASSWORD_FILE", str(locked.password_file(user)))


class TestMatrix:
    def test_of_users_things_and_operations_is_the_tables(self, locked: Locked) -> None:
        plan = locked.plan
        declared = all_topics(sorted(plan.departments), plan.feedback_parties())
        topics = [topic.name for topic in (installation_topic(), *declared)]
        # So that somebody keeps groups, who makes a topic for them first.
        assert read(locked.foreign(OPERATOR), CASE_FILES, group="any", once=True) == []
        groups = [*GROUPS, "foreign", "dept-fire.orders", "dept-fire", "dept-fires.orders"]
        for user, acls in users(plan).items():
            if user == OPERATOR:
                continue
            admin = AdminClient(locked.foreign(user))
            seen = asked(
                admin.describe_topics(TopicCollection(topics), include_authorized_operations=True)
            )
            assert seen == {t: expected(acls, Resource.TOPIC, t) for t in topics}, user
            seen = asked(admin.describe_consumer_groups(groups, include_authorized_operations=True))
            assert seen == {g: expected(acls, Resource.GROUP, g) for g in groups}, user
            cluster = admin.describe_cluster(include_authorized_operations=True).result()
            assert not cluster.authorized_operations, user


class TestDepartment:
    def test_reads_its_own_orders_and_writes_its_own_answers(self, locked: Locked) -> None:
        fire = locked.foreign("dept-fire")
        assert write(locked.foreign("router"), assignments("fire"), b"an order") == ""
        assert read(fire, assignments("fire"), group="dept-fire.orders") == [b"an order"]
        assert write(fire, feedback_of("fire"), b"an answer") == ""

    def test_reads_nothing_else(self, locked: Locked) -> None:
        fire = locked.foreign("dept-fire")
        for topic in (assignments("police"), feedback_of("fire"), CASES, INCIDENT_REPORTS):
            assert read(fire, topic, group="dept-fire.orders") == [REFUSED_TOPIC]

    def test_writes_nothing_else(self, locked: Locked) -> None:
        fire = locked.foreign("dept-fire")
        for topic in (feedback_of("police"), assignments("fire"), CASES, INCIDENT_REPORTS):
            assert write(fire, topic, b"an answer") == REFUSED_TOPIC

    def test_has_no_group_but_its_own(self, locked: Locked) -> None:
        fire = locked.foreign("dept-fire")
        for group in ("tongxin.router", "dept-police.orders", "dept-fires.orders", "dept-fire"):
            assert read(fire, assignments("fire"), group=group) == [REFUSED_GROUP]

    def test_with_a_wrong_password_is_refused(self, locked: Locked) -> None:
        wrong = foreign_options(locked.own.node.bootstrap, "dept-fire", "guessed")
        assert why_refused(wrong) == "_AUTHENTICATION"


class TestSource:
    def test_writes_reports_and_nothing_else(self, locked: Locked) -> None:
        source = locked.foreign("source-grid-app")
        assert write(source, INCIDENT_REPORTS, b"a report") == ""
        assert write(source, CASES, b"a case") == REFUSED_TOPIC

    async def test_imports_a_file(self, locked: Locked, monkeypatch: pytest.MonkeyPatch) -> None:
        as_user(monkeypatch, locked, "source-grid-app")
        said = await tongxin(
            *("import", "tests/data/requests-export.csv", "--limit", "3"),
            *("--upstream", "deploy/upstreams/nyc-311-export.toml"),
        )
        assert said.code == 0, said.text

    def test_reads_nothing(self, locked: Locked) -> None:
        source = locked.foreign("source-grid-app")
        assert read(source, INCIDENT_REPORTS, group="source-grid-app.any") == [REFUSED_GROUP]


class TestClientOfOurs:
    async def test_is_told_who_was_refused_and_why(self, locked: Locked) -> None:
        login = Login(user="router", password="guessed")  # noqa: S106 - it is none
        wrong = Brokers(
            bootstrap=locked.own.node.bootstrap, security=Security.SASL_PLAINTEXT, login=login
        )
        with pytest.raises(KafkaConnectionError, match=r"refused user 'router': .*SCRAM"):
            await Publisher(wrong, client_id="test").start()

    async def test_that_does_not_say_who_it_is_is_told_what_may_lack(self, locked: Locked) -> None:
        with pytest.raises(KafkaConnectionError, match="TONGXIN_KAFKA_SECURITY"):
            await Publisher(locked.own.node.bootstrap, client_id="test").start()


class TestTls:
    def guarded(self, locked: Locked, *, host: str = "127.0.0.1", trusts: bool = True) -> Brokers:
        return Brokers(
            bootstrap=f"{host}:{locked.tls}",
            security=Security.SASL_SSL,
            login=Login(user="dept-fire", password_file=locked.password_file("dept-fire")),
            ca_file=locked.authority.file if trusts else None,
        )

    def with_certificate(self, locked: Locked, *issued: Path) -> Brokers:
        certificate, key = issued or (None, None)
        return Brokers(
            bootstrap=f"127.0.0.1:{locked.mutual}",
            security=Security.SSL,
            ca_file=locked.authority.file,
            certificate_file=certificate,
            key_file=key,
        )

    async def test_and_a_password_let_a_user_in(self, locked: Locked) -> None:
        await answer(self.guarded(locked), "fire")

    async def test_of_an_authority_that_nobody_trusts_is_refused(self, locked: Locked) -> None:
        with pytest.raises(KafkaConnectionError, match="certificate verify failed"):
            await answer(self.guarded(locked, trusts=False), "fire")

    async def test_of_another_host_is_refused(self, locked: Locked) -> None:
        elsewhere = self.guarded(locked, host="localhost")
        with pytest.raises(KafkaConnectionError, match="not valid for 'localhost'"):
            await answer(elsewhere, "fire")

    async def test_tells_by_a_certificate_who_somebody_is(self, locked: Locked) -> None:
        fire = self.with_certificate(locked, *locked.authority.issue("dept-fire"))
        await answer(fire, "fire")
        with pytest.raises(TopicAuthorizationFailedError):
            await answer(fire, "police")

    async def test_lets_nobody_in_without_one_where_it_is_asked_for(self, locked: Locked) -> None:
        with pytest.raises(KafkaError):
            await answer(self.with_certificate(locked), "fire")


async def answer(brokers: Brokers, party: str) -> None:
    """Answer as a party over a connection of its own."""
    publisher = Publisher(brokers, client_id="test")
    try:
        await publisher.start()
        record = Message(topic=feedback_of(party), key="k", value=b"by TLS", headers=())
        await publisher.publish([record])
    finally:
        await publisher.stop()


class TestPassword:
    async def test_that_changes_under_load_loses_nothing(
        self, locked: Locked, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("TONGXIN_DATA", str(locked.folder))
        before = locked.password_file("dept-police").read_text()
        publisher = Publisher(locked.as_("dept-police"), client_id="test")
        topic, sent = feedback_of("police"), 0
        await publisher.start()

        async def say(count: int) -> None:
            nonlocal sent
            for _ in range(count):
                record = Message(topic=topic, key="k", value=str(sent).encode(), headers=())
                await publisher.publish([record])
                sent += 1

        saying = asyncio.create_task(say(200))
        said = await tongxin(
            "topics", "apply", "--acls", "--plan", str(PLAN), "--new-password", "dept-police"
        )
        assert said.code == 0, said.text
        assert locked.password_file("dept-police").read_text() != before
        await saying  # on the connection of before
        for connection in [*publisher._started().client._conns.values()]:
            connection.close()
        await say(20)  # on new ones
        await publisher.stop()
        found = await everything(locked.as_(OPERATOR), topic)
        assert sorted(int(record.value) for record in found) == [*range(220)]
        options = foreign_options(locked.own.node.bootstrap, "dept-police", before)
        assert why_refused(options) == "_AUTHENTICATION"


class TestPlan:
    async def test_that_changes_brings_users_and_takes_them_away(
        self, locked: Locked, tmp_path: Path
    ) -> None:
        more = tmp_path / "more.toml"
        more.write_text(PLAN.read_text("utf-8").replace('"grid-app"', '"grid-app", "drones"'))
        await asyncio.to_thread(locked.own.lock, more)
        assert write(locked.foreign("source-drones"), INCIDENT_REPORTS, b"a report") == ""
        await asyncio.to_thread(locked.own.lock, PLAN)
        assert why_refused(locked.foreign("source-drones")) == "_AUTHENTICATION"

    async def test_that_is_the_same_makes_a_password_whose_file_is_gone(
        self, locked: Locked
    ) -> None:
        locked.password_file("source-open311").unlink()
        await asyncio.to_thread(locked.own.lock, PLAN)
        assert write(locked.foreign("source-open311"), INCIDENT_REPORTS, b"a report") == ""


class TestPage:
    async def test_gives_a_department_what_it_needs(self, locked: Locked) -> None:
        (shown,) = blocks(PAGE.read_text(encoding="utf-8"), "python")
        password = locked.password_file("dept-fire").read_text()
        given: dict[str, Any] = {"ADDRESS": locked.own.node.bootstrap, "PASSWORD": password}
        exec(shown, given)  # noqa: S102 - our own page
        settings = given["settings"] | {"auto.offset.reset": "earliest"}
        write(locked.foreign("router"), assignments("fire"), b"an order")
        consumer = Consumer(settings)
        consumer.subscribe([assignments("fire")])
        (record,) = consumer.consume(1, timeout=PATIENCE_SECONDS)
        consumer.close()
        assert (record.error(), record.value()) == (None, b"an order")

    async def test_gives_commands_that_there_are(
        self, locked: Locked, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("TONGXIN_DATA", str(locked.folder))
        monkeypatch.setenv("TONGXIN_PLAN", str(PLAN))
        monkeypatch.chdir(tmp_path)
        shown = "\n".join(blocks(PAGE.read_text(encoding="utf-8"), "sh"))
        given = re.findall(r"^tongxin (topics apply [^#\n]+)", shown, re.MULTILINE)
        assert len(given) == 3
        for command in given:
            said = await tongxin(*command.split())
            assert said.code == 0, said.text

    def test_tells_which_properties_our_own_broker_has(self, locked: Locked) -> None:
        (shown,) = blocks(PAGE.read_text(encoding="utf-8"), "properties")
        own = (locked.folder / "kafka" / "server.properties").read_text()
        for line in shown.splitlines():
            if not line.startswith(("super.users", "sasl.enabled")):
                assert f"{line}\n" in own


class TestApply:
    @pytest.fixture(autouse=True)
    def _at_home(self, locked: Locked, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TONGXIN_DATA", str(locked.folder))
        monkeypatch.setenv("TONGXIN_PLAN", str(PLAN))

    async def test_finds_nothing_to_do(self) -> None:
        said = await tongxin("topics", "apply", "--acls", "--check")
        assert (said.code, "all as the plan says" in said.text) == (0, True), said.text

    async def test_takes_away_what_the_plan_does_not_have(self, locked: Locked) -> None:
        stranger = Acl("kafka-ui", Operation.READ, Resource.TOPIC, CASES)
        grown = Acl("dept-fire", Operation.READ, Resource.TOPIC, CASES)
        async with administered(locked.as_(OPERATOR)) as admin:
            await set_passwords(admin, {"dept-closed": "known"})
            await allow(admin, [grown, stranger])
        checked = await tongxin("topics", "apply", "--acls", "--check")
        assert checked.code == 1
        assert "dept-closed\tuser\tunplanned\t\n" in checked.text
        assert f"dept-fire\tREAD topic {CASES}\tunplanned\t\n" in checked.text
        assert "kafka-ui" not in checked.text
        applied = await tongxin("topics", "apply", "--acls")
        assert applied.code == 0
        assert f"dept-fire\tREAD topic {CASES}\tunplanned\ttaken away\n" in applied.text
        assert (await tongxin("topics", "apply", "--acls", "--check")).code == 0

    async def test_refuses_a_user_that_the_plan_does_not_have(self) -> None:
        said = await tongxin("topics", "apply", "--acls", "--new-password", "dept-nobody")
        assert (said.code, "--new-password dept-nobody" in said.text) == (2, True)

    async def test_is_not_for_everybody(
        self, locked: Locked, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("TONGXIN_DATA")
        as_user(monkeypatch, locked, "dept-fire")
        said = await tongxin("topics", "apply", "--acls", "--check")
        assert said.code == 1
