"""The benchmarks run, so that they are there when somebody needs a number; no number is judged."""

import asyncio
import doctest
import importlib
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench import open_loop, results
from bench.check import Result, judge
from bench.job import PLAN, Kind, Planned, Schedule, department_for, reports
from bench.meter import Watch, merged_id
from bench.peers import jvm
from bench.peers.environment import FOLDER
from bench.peers.recorded import topic_records
from bench.peers.routes import as_decision, as_lines
from bench.plan_200 import CATEGORIES, RULES, category_code, plan_text
from schemas.events.incident import IncidentReport
from schemas.plan import RoutingFacts, load_plan
from schemas.vocabulary import Channel
from services.machine.embedded.jar_lock import lock_text, locked_jars
from services.router.domain.routing import terms_of
from tests.support.sources import ROOT, modules, name_of

AT = datetime(2026, 5, 1, tzinfo=UTC)
DMN = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"


def job(count: int = 2_000, *, seed: int = 5) -> list[Planned]:
    return list(reports(count, seed=seed, at=AT))


class TestBenchModule:
    @pytest.mark.parametrize("file", modules("bench"), ids=name_of)
    def test_can_be_imported_and_its_examples_hold(self, file: object) -> None:
        name = name_of(file).removesuffix(".py").replace("/", ".").removesuffix(".__init__")  # type: ignore[arg-type] # a path, parametrised
        if name.startswith("bench.peers.") and name.endswith(".worker"):
            compile((ROOT / f"{name.replace('.', '/')}.py").read_text(), name, "exec")
        else:
            assert doctest.testmod(importlib.import_module(name)).failed == 0


class TestJob:
    def test_is_the_same_for_a_seed_and_another_for_another(self) -> None:
        assert job() == job()
        assert job(seed=6) != job()

    def test_has_the_duplicates_and_the_invalid_ones_it_promises(self) -> None:
        found = job(20_000)
        shares = {kind: sum(1 for r in found if r.kind is kind) / len(found) for kind in Kind}
        assert shares[Kind.DUPLICATE] == pytest.approx(0.05, abs=0.01)
        assert shares[Kind.INVALID] == pytest.approx(0.01, abs=0.005)

    def test_is_valid_exactly_where_it_says_so(self) -> None:
        for one in job():
            if one.kind is Kind.INVALID:
                with pytest.raises(ValueError, match="lat"):
                    IncidentReport.model_validate_json(one.value)
            else:
                report = IncidentReport.model_validate_json(one.value)
                assert str(report.case_id).encode() == one.case

    def test_repeats_a_duplicate_byte_by_byte(self) -> None:
        found = job()
        fresh = {one.case: one.value for one in found if one.kind is Kind.FRESH}
        repeated = [one for one in found if one.kind is Kind.DUPLICATE]
        assert repeated
        assert all(fresh[one.case] == one.value for one in repeated)


class TestPlan200:
    def test_is_what_its_script_writes(self) -> None:
        assert PLAN.read_text(encoding="utf-8") == plan_text()

    def test_has_two_hundred_rows(self) -> None:
        plan = load_plan(PLAN)
        assert (len(plan.categories) - 1, len(plan.rules)) == (CATEGORIES, RULES)

    @pytest.mark.parametrize("channel", Channel)
    def test_routes_as_the_job_expects(self, channel: Channel) -> None:
        plan = load_plan(PLAN)
        for number in range(CATEGORIES):
            category = plan.category(category_code(number))
            facts = RoutingFacts(
                category=category.code,
                class_=category.class_,
                urgency=category.urgency,
                grid=None,
                local_time=AT - AT,
                text="",
                source="bench",
                channel=channel,
            )
            assert terms_of(plan, facts).lead == department_for(number, channel.value)


class TestRoutes:
    """The plan's rows as peers in Java get them: the first row that fits is the plan's choice."""

    def decided(self, rows: Sequence[tuple[str, str, str]]) -> bool:
        return all(
            next(lead for of, by, lead in rows if of == code and by in {"", channel})
            == department_for(number, channel)
            for number, code in ((n, category_code(n)) for n in range(CATEGORIES))
            for channel in Channel
        )

    def test_decide_as_lines(self) -> None:
        lines = [line.split("\t") for line in as_lines(load_plan(PLAN)).splitlines()]
        assert len(lines) == CATEGORIES + 1 + RULES
        assert self.decided([(of, by, lead) for of, by, lead in lines])

    def test_decide_as_a_decision_table(self) -> None:
        table = ET.fromstring(as_decision(load_plan(PLAN)))  # noqa: S314 - our own text
        rows = [
            [(text.text or "").removeprefix("== ").strip('"-') for text in rule.iter(f"{DMN}text")]
            for rule in table.iter(f"{DMN}rule")
        ]
        assert len(rows) == CATEGORIES + 1 + RULES
        assert self.decided([(of, by, lead) for of, by, lead, _limit in rows])


class TestPeerInJava:
    @pytest.mark.parametrize("peer", jvm.ROOTS)
    def test_has_the_lock_that_its_command_writes(self, peer: str) -> None:
        jars = locked_jars(jvm.lock_of(peer))
        assert jvm.lock_of(peer).read_text() == lock_text(jars, header=jvm.header_of(peer))
        assert {jar.coordinate for jar in jars} >= set(jvm.ROOTS[peer])

    @pytest.mark.parametrize("peer", jvm.ROOTS)
    def test_locks_each_jar_once_by_its_hash(self, peer: str) -> None:
        jars = locked_jars(jvm.lock_of(peer))
        assert len({jar.artifact for jar in jars}) == len(jars)
        assert all(re.fullmatch("[0-9a-f]{64}", jar.sha256) and jar.size for jar in jars)

    def test_has_a_process_whose_flows_lead_somewhere(self) -> None:
        bpmn = ET.parse(FOLDER / "flowable" / "incident.bpmn20.xml")  # noqa: S314 - ours
        nodes = {node.get("id") for node in bpmn.iter()}
        flows = [f for f in bpmn.iter() if f.tag.endswith("}sequenceFlow")]
        assert flows
        assert all({flow.get("sourceRef"), flow.get("targetRef")} <= nodes for flow in flows)


class TestChecker:
    PLANNED = (
        Planned(0, Kind.FRESH, b"", b"", b"a", "fire"),
        Planned(1, Kind.FRESH, b"", b"", b"b", "police"),
        Planned(2, Kind.INVALID, b"", b"", b"c", ""),
    )

    def judged(self, *found: Result, merged: Sequence[bytes] = ()) -> tuple[int, int, int, int]:
        verdict = judge(self.PLANNED, found, merged=merged)
        return verdict.lost, verdict.doubled, verdict.wrong, verdict.repeated

    def test_passes_what_is_right(self) -> None:
        right = Result(b"a", "fire", b"1"), Result(b"b", "police", b"2")
        assert self.judged(*right) == (0, 0, 0, 0)
        assert self.judged(right[0], merged=[b"b"]) == (0, 0, 0, 0)
        assert self.judged(*right, right[0]) == (0, 0, 0, 1)

    def test_finds_what_is_lost_doubled_or_wrong(self) -> None:
        a, b = Result(b"a", "fire", b"1"), Result(b"b", "police", b"2")
        assert self.judged(a) == (1, 0, 0, 0)
        assert self.judged(a, b, Result(b"b", "police", b"3")) == (0, 1, 0, 0)
        assert self.judged(a, Result(b"b", "fire", b"2")) == (0, 0, 1, 0)
        assert self.judged(a, b, Result(b"c", "fire", b"3")) == (0, 0, 1, 0)
        assert self.judged(a, b, merged=[b"b"]) == (0, 0, 1, 0)


class _Seen:
    def __init__(self, key: bytes, kind: str, value: bytes = b"") -> None:
        self.key, self.value = key, value
        self.headers = (("ce_id", b"1"), ("ce_type", kind.encode()))


class TestMeter:
    def test_measures_from_the_intended_time_and_accounts_for_all(self) -> None:
        schedule = Schedule(count=3, rate=10, begin=1_000.0)
        watch = Watch(b"case.assigned", schedule, {b"a": 0, b"b": 1, b"c": 2}, 0.0)
        merged = b'{"case_id":"a","merged_id":"' + b"m" * 36 + b'"}'
        watch.open[b"m" * 36] = 2
        watch.take([_Seen(b"a", "case.registered"), _Seen(b"a", "case.assigned")], now=1_000.25)
        watch.take([_Seen(b"b", "case.assigned"), _Seen(b"a", "case.merged", merged)], now=1_001.1)
        told = watch.told()
        assert (told["ended"], told["merged"], told["missing"]) == (2, 1, 1)
        assert told["latency_ms"]["50"] == pytest.approx(250, rel=0.01)  # type: ignore[index] # of the JSON
        assert told["latency_ms"]["100"] == pytest.approx(1_000, rel=0.01)  # type: ignore[index] # of the JSON
        assert merged_id(merged) == b"m" * 36

    def test_shows_how_many_were_waiting_at_each_second(self) -> None:
        schedule = Schedule(count=30, rate=10, begin=0.0)
        watch = Watch(b"", schedule, {}, 0.0)
        watch.ended = [(number, number / 10 + 1.5) for number in range(30)]
        assert watch.told()["backlog"] == [11, 15, 14]


class TestGenerator:
    async def test_sends_the_whole_job_with_its_intended_times(self, kafka: str) -> None:
        source, silent = (f"bench-{name}-{time.monotonic_ns()}" for name in ("in", "out"))
        admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
        await admin.start()
        try:
            await admin.create_topics([NewTopic(source, 2, 1), NewTopic(silent, 1, 1)])
        finally:
            await admin.close()
        asked = open_loop.Asked(
            kafka=kafka,
            count=50,
            rate=200,
            seed=1,
            into=source,
            topic=silent,
            wanted="",
            patience=0.5,
        )
        outcome = await asyncio.to_thread(open_loop.run, asked)
        records = await topic_records(kafka, [source])
        stamps = sorted(record.timestamp for record in records)
        wanted = [stamps[0] + 5 * number for number in range(50)]
        assert stamps == pytest.approx(wanted, rel=0, abs=1)
        assert outcome.found["missing"] == sum(
            1 for one in job(50, seed=1) if one.kind is Kind.FRESH
        )
        assert not outcome.is_flat


class TestResults:
    def test_are_written_as_rows_of_markdown(self) -> None:
        rows = [results.Row(what="x", found="1 s", aim="2 s", more="y")]
        text = results.markdown(rows, machine="m", command="c")
        assert "| x | 1 s | 2 s | y |" in text
