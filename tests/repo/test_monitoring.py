"""Alerts and the dashboard ask only for what the services really expose."""

import json
import re
from typing import Any

import pytest
import yaml
from prometheus_client import CollectorRegistry

from services.desk.metrics import DeskMetrics
from services.intake.metrics import IntakeMetrics
from services.kit.metrics import ProcessMetrics, StageMetrics
from services.notifier.metrics import NotifierMetrics
from services.plan_in_use import plan_reloads
from services.router.metrics import RouterMetrics
from tests.support.deployment import DEPLOY, SETTINGS, compose, environment_of, filled
from tests.support.sources import ROOT

FUNCTIONS = {"sum", "max", "min", "rate", "increase", "deriv", "histogram_quantile"}
WORDS = {"by", "and", "or", "unless", "offset"}
OF_PROMETHEUS = {"up": set[str]()}
ON_EVERY_SERIES = {"job", "instance"}
_LABELS = re.compile(r"\bby \(([^)]*)\)|\{([^}]*)\}")
_RANGE = re.compile(r"\[[^\]]*\]|\boffset \d+\w|\"[^\"]*\"")


def exposed() -> dict[str, set[str]]:
    """Return every series of the services, with the labels it has."""
    found: dict[str, set[str]] = {}
    for service in (IntakeMetrics, RouterMetrics, NotifierMetrics, DeskMetrics):
        registry = CollectorRegistry()
        ProcessMetrics(registry)
        StageMetrics(registry)
        service(registry)
        plan_reloads(registry)
        for metric in registry._collector_to_names:
            name, kind = metric._name, metric._type  # type: ignore[attr-defined] # no public way
            endings = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}
            for ending in endings.get(kind, ("",)):
                labels = set(metric._labelnames) | ({"le"} if ending == "_bucket" else set())  # type: ignore[attr-defined] # as above
                found.setdefault(name + ending, set()).update(labels)
    return found


def faults_of(query: str, known: dict[str, set[str]]) -> list[str]:
    """Return the names in a query that nothing exposes, and the labels its series lack."""
    bare = _RANGE.sub("", query)
    names = set(re.findall(r"[a-zA-Z_]\w*", _LABELS.sub("", bare))) - FUNCTIONS - WORDS
    labels = {
        label
        for grouped, matched in _LABELS.findall(bare)
        for label in re.findall(r"\w+", grouped or matched)
    }
    series = known | OF_PROMETHEUS
    have = set[str]().union(*(series.get(name, set()) for name in names), ON_EVERY_SERIES)
    return sorted(names - series.keys()) + sorted(labels - have)


def alerts() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text(encoding="utf-8"))
    return [rule for group in groups["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    file = DEPLOY / "grafana/dashboards/tongxin.json"
    loaded: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return loaded


def queries() -> list[tuple[str, str]]:
    panels = dashboard()["panels"]
    return [(panel["title"], t["expr"]) for panel in panels for t in panel.get("targets", [])]


class TestQuery:
    @pytest.mark.parametrize("alert", alerts(), ids=lambda alert: alert["alert"])
    def test_of_an_alert_asks_for_what_there_is(self, alert: dict[str, Any]) -> None:
        assert faults_of(alert["expr"], exposed()) == []

    @pytest.mark.parametrize(("title", "query"), queries())
    def test_of_a_panel_asks_for_what_there_is(self, title: str, query: str) -> None:
        assert title
        assert faults_of(query, exposed()) == []

    def test_would_be_caught_if_it_did_not(self) -> None:
        known = exposed()
        for wrong in (
            "tongxin_dead_letters > 0",
            "sum by (party) (tongxin_case_overdue)",
            'up{service="intake"}',
            "rate(tongxin_stage_batch_seconds[5m])",
            "avg(tongxin_consumer_lag)",
        ):
            assert faults_of(wrong, known) != [], wrong

    def test_words_every_label_that_an_alert_speaks_of(self) -> None:
        for alert in alerts():
            told = " ".join(alert["annotations"].values())
            for label in re.findall(r"\$labels\.(\w+)", told):
                assert re.search(rf"\b{label}\b", alert["expr"]), (alert["alert"], label)


class TestAlerts:
    def test_have_a_name_of_their_own_a_severity_and_advice(self) -> None:
        names = [alert["alert"] for alert in alerts()]
        assert len(set(names)) == len(names)
        for alert in alerts():
            assert alert["labels"]["severity"] in {"page", "ticket"}
            assert alert["annotations"].keys() == {"summary", "description"}

    def test_send_to_pages_that_exist(self) -> None:
        pages = [panel.get("description", "") for panel in dashboard()["panels"]]
        told = [alert["annotations"]["description"] for alert in alerts()]
        for page in re.findall(r"docs/[\w-]+\.md", " ".join(pages + told)):
            assert (ROOT / page).is_file(), page

    def test_cover_what_the_page_on_metrics_says_to_look_at_first(self) -> None:
        page = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
        first = page.partition("## Look at these first")[2].partition("##")[0]
        asked = " ".join(alert["expr"] for alert in alerts())
        looked_at = set(re.findall(r"tongxin_\w+", first)) - {"tongxin_case_age_seconds"}
        assert looked_at
        assert {name for name in looked_at if name not in asked} == set()


class TestPrometheus:
    def test_scrapes_every_service_where_it_listens_as_a_job_of_its_name(self) -> None:
        file = DEPLOY / "prometheus/prometheus.yml"
        jobs = yaml.safe_load(file.read_text(encoding="utf-8"))["scrape_configs"]
        targets = {job["job_name"]: job["static_configs"][0]["targets"] for job in jobs}
        for name, settings in SETTINGS.items():
            assert targets[name] == [f"{name}:{settings.model_fields['http_port'].default}"]
            known = environment_of(compose()["services"][name])["TONGXIN_HTTP_HOSTS"]
            assert known is not None
            assert name in filled(known).split(",")

    def test_finds_its_rules_where_they_are_mounted(self) -> None:
        mounts = [v.split(":") for v in compose()["services"]["prometheus"]["volumes"]]
        inside = {source: target for source, target, *_ in mounts}
        config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text(encoding="utf-8"))
        assert inside["./prometheus/alerts.yml"] == f"/etc/prometheus/{config['rule_files'][0]}"


class TestGrafana:
    def test_asks_the_prometheus_of_the_compose_file(self) -> None:
        file = DEPLOY / "grafana/provisioning/datasources/prometheus.yml"
        (source,) = yaml.safe_load(file.read_text(encoding="utf-8"))["datasources"]
        assert source["url"] == "http://prometheus:9090"
        asked = {p["datasource"]["uid"] for p in dashboard()["panels"] if "datasource" in p}
        assert asked == {source["uid"]}

    def test_reads_dashboards_from_where_they_are_mounted(self) -> None:
        file = DEPLOY / "grafana/provisioning/dashboards/tongxin.yml"
        (provider,) = yaml.safe_load(file.read_text(encoding="utf-8"))["providers"]
        grafana = compose()["services"]["grafana"]
        assert f"./grafana/dashboards:{provider['options']['path']}:ro" in grafana["volumes"]
        home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
        assert home == f"{provider['options']['path']}/tongxin.json"

    def test_shows_panels_that_do_not_overlap(self) -> None:
        places = [panel["gridPos"] for panel in dashboard()["panels"]]
        cells = [
            (x, y)
            for at in places
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        ]
        assert len(set(cells)) == len(cells)
        assert max(x for x, _ in cells) < 24
