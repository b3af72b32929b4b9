"""Every alert fires when it should and is quiet otherwise, as Prometheus itself evaluates it.

A new alert needs an entry in `CASES`: under its name the series that make it fire, and others, as
near to them as can be, that do not. A series is written as `promtool test rules` takes it, one
sample a minute: `0x30` is thirty-one zeros, `1+2x9` counts up by two, `_x5` is no sample. It is
looked at after `after` minutes.
"""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.support.deployment import DEPLOY
from tests.support.promtool import promtool

Series = Mapping[str, str]
RULES: Final = DEPLOY / "prometheus" / "alerts.yml"
PLAN: Final = 'tongxin_plan_reloads_total{job="router",outcome="%s"}'
NOTICES: Final = (
    'tongxin_notification_delivery_total{job="notifier",channel="webhook",outcome="%s"}'
)
LAG: Final = 'tongxin_consumer_lag{job="router",topic="cases.v1",group="tongxin.router"}'
ASKED: Final = 'tongxin_http_requests_total{job="intake",method="%s",route="%s",status="%s"}'


@dataclass(frozen=True, kw_only=True)
class Case:
    """What fires an alert, and what leaves it quiet; `after` is in minutes."""

    fires: Series
    quiet: Series
    after: int = 20


CASES: Final = {
    "ServiceDown": Case(
        fires={'up{job="intake",instance="a"}': "1x10 0x10"},
        quiet={'up{job="intake",instance="a"}': "0x18 1x5", 'up{job="prometheus"}': "0x30"},
    ),
    "NotReady": Case(
        fires={'tongxin_ready{job="intake",instance="a"}': "1x10 0x10"},
        quiet={'tongxin_ready{job="intake",instance="a"}': "0x18 1x5"},
    ),
    "BrokerAway": Case(
        fires={
            'tongxin_reachable{job="intake",server="broker",instance="a"}': "1x10 0x10",
            'tongxin_reachable{job="intake",server="broker",instance="b"}': "1x20",
        },
        quiet={
            'tongxin_reachable{job="intake",server="broker"}': "0x18 1x5",
            'tongxin_reachable{job="intake",server="database"}': "0x30",
        },
    ),
    "DatabaseAway": Case(
        fires={'tongxin_reachable{job="router",server="database"}': "1x10 0x10"},
        quiet={
            'tongxin_reachable{job="router",server="database"}': "0x18 1x5",
            'tongxin_reachable{job="router",server="broker"}': "0x30",
        },
    ),
    "RequestsFail": Case(
        fires={ASKED % ("POST", "/reports", 503): "0x8 1+1x20"},
        quiet={
            ASKED % ("POST", "/reports", 503): "0x10 1x20",
            ASKED % ("POST", "/reports", 422): "0+1x30",
            ASKED % ("GET", "/health/ready", 503): "0+1x30",
        },
        after=19,
    ),
    "ConsumerLagGrowing": Case(
        fires={LAG: "0+200x40"},
        quiet={LAG: "9000-100x40"},
        after=35,
    ),
    "OutboxLag": Case(
        fires={'tongxin_outbox_lag_seconds{job="intake",stage="intake.reports"}': "0x10 10+60x10"},
        quiet={'tongxin_outbox_lag_seconds{job="intake",stage="intake.reports"}': "0x19 60 0x9"},
    ),
    "StageRetries": Case(
        fires={'tongxin_stage_retries_total{job="r",stage="s",cause="DatabaseAway"}': "0+1x40"},
        quiet={'tongxin_stage_retries_total{job="r",stage="s",cause="DatabaseAway"}': "0x9 5x30"},
        after=30,
    ),
    "DeadLetters": Case(
        fires={'tongxin_dead_letters_total{job="router",stage="router.cases"}': "_x15 1x20"},
        quiet={'tongxin_dead_letters_total{job="router",stage="router.cases"}': "1x40"},
        after=25,
    ),
    "LaneStands": Case(
        fires={'tongxin_stage_stuck_lanes{job="router",stage="router.cases"}': "0x5 1x30"},
        quiet={'tongxin_stage_stuck_lanes{job="router",stage="router.cases"}': "0x19 1x30"},
    ),
    "Unforeseen": Case(
        fires={'tongxin_unforeseen_total{job="router",stage="s",what="record"}': "_x15 1x20"},
        quiet={'tongxin_unforeseen_total{job="router",stage="s",what="record"}': "1x40"},
        after=25,
    ),
    "RecordsMissed": Case(
        fires={'tongxin_stage_records_missed_total{job="router",stage="s"}': "_x15 2x20"},
        quiet={'tongxin_stage_records_missed_total{job="router",stage="s"}': "2x40"},
        after=25,
    ),
    "EventsMissing": Case(
        fires={'tongxin_sequence_gaps_total{job="router",producer="intake"}': "2x20 3x20"},
        quiet={'tongxin_sequence_gaps_total{job="router",producer="intake"}': "2x40"},
        after=30,
    ),
    "PlanRefused": Case(
        fires={PLAN % "refused": "_x15 1x20"},
        quiet={PLAN % "refused": "1x40", PLAN % "loaded": "_x15 1x20"},
        after=25,
    ),
    "CaseOverdue": Case(
        fires={'tongxin_case_overdue{department="police",urgency="B"}': "0x10 1x20"},
        quiet={'tongxin_case_overdue{department="police",urgency="B"}': "0x17 1x20"},
    ),
    "EmergencyOverdue": Case(
        fires={'tongxin_case_overdue{department="fire",urgency="E"}': "0x19 1x20"},
        quiet={
            'tongxin_case_overdue{department="fire",urgency="E"}': "0x30",
            'tongxin_case_overdue{department="fire",urgency="A"}': "1x30",
        },
    ),
    "DutyUnfilled": Case(
        fires={'tongxin_duty_unfilled_total{job="router",department="petitions"}': "_x15 1x20"},
        quiet={'tongxin_duty_unfilled_total{job="router",department="petitions"}': "1x40"},
        after=25,
    ),
    "NoticesGivenUp": Case(
        fires={NOTICES % "given_up": "3x15 4x20"},
        quiet={NOTICES % "given_up": "3x40", NOTICES % "failed": "_x15 1+1x20"},
        after=30,
    ),
    "CalendarAssumed": Case(
        fires={'tongxin_calendar_assumed_years{job="notifier"}': "1x90"},
        quiet={'tongxin_calendar_assumed_years{job="notifier"}': "0x90"},
        after=80,
    ),
    "NoticesWait": Case(
        fires={'tongxin_webhook_oldest_seconds{job="notifier"}': "3700+60x30"},
        quiet={'tongxin_webhook_oldest_seconds{job="notifier"}': "3500x30"},
    ),
}


def alerts() -> list[str]:
    """Return the name of every alert there is."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return [rule["alert"] for group in groups for rule in group["rules"]]


def asked(series: Series, *, alert: str, firing: int, after: int) -> dict[str, Any]:
    """Return promtool's own test that an alert fires, or does not, after some minutes."""
    query = f'clamp_max(count(ALERTS{{alertname="{alert}",alertstate="firing"}}), 1) or vector(0)'
    samples = [{"labels": "{}", "value": firing}]
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [{"expr": query, "eval_time": f"{after}m", "exp_samples": samples}],
    }


def said_by(program: Path, *arguments: str | Path) -> str:
    """Return what promtool prints; fails when it finds a fault."""
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def program() -> Path:
    return promtool()


class TestAlert:
    def test_fires_and_is_quiet_as_its_cases_say(self, program: Path, tmp_path: Path) -> None:
        tests = [
            asked(series, alert=alert, firing=firing, after=case.after)
            for alert, case in CASES.items()
            for firing, series in ((1, case.fires), (0, case.quiet))
        ]
        file = tmp_path / "cases.yml"
        content = {"rule_files": [str(RULES)], "evaluation_interval": "10s", "tests": tests}
        file.write_text(yaml.safe_dump(content), encoding="utf-8")
        assert "SUCCESS" in said_by(program, "test", "rules", file)

    def test_has_its_cases(self) -> None:
        assert sorted(CASES) == sorted(alerts())


class TestPrometheus:
    def test_takes_its_configuration_and_the_rules(self, program: Path, tmp_path: Path) -> None:
        folder = tmp_path / "prometheus"
        shutil.copytree(DEPLOY / "prometheus", folder)
        key, config = folder / "metrics.key", folder / "prometheus.yml"
        key.write_text("a key", encoding="utf-8")  # promtool looks whether it is there
        there = "/etc/prometheus/keys/metrics.key"
        text = config.read_text(encoding="utf-8")
        assert there in text
        config.write_text(text.replace(there, str(key)), encoding="utf-8")
        told = said_by(program, "check", "config", config)
        assert f"{len(alerts())} rules found" in told
