"""A plan saved while the house runs: taken without a restart when good, refused when not."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from schemas.plan import parse_plan
from schemas.topics import SERVICES
from services.machine.house import House
from tests.support.command import everything, header, until
from tests.support.databases import ENGINES
from tests.support.keys import bearing
from tests.support.receiver import head, receiving, saying
from tests.support.town import PLAN, Town, shifted_house, town_in

pytestmark = pytest.mark.kafka

_NEW_DEPARTMENT = """
[departments.harbour]
tier = "N"
title_en = "Harbour office"
title_zh = "港务"
head = "ha-head"
people = [
  { id = "ha-duty", title_en = "duty officer", title_zh = "值班员" },
  { id = "ha-head", title_en = "head on duty", title_zh = "带班负责人" },
]
duty = [
  { days = ["weekdays"], start = "08:00", end = "08:00", person = "ha-duty" },
  { days = ["weekend"], start = "08:00", end = "08:00", person = "ha-head" },
]

[departments.police]
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("plan") / "plan.toml"
    copy.write_bytes(PLAN.read_bytes())
    return copy


@pytest.fixture(scope="module", params=ENGINES)
def house(plan: Path, request: pytest.FixtureRequest) -> Iterator[tuple[House, Path]]:
    plan.write_bytes(PLAN.read_bytes())  # the engine before left its own changes there
    with shifted_house(plan=plan, engine=request.param) as running:
        yield running


@pytest.fixture
async def town(house: tuple[House, Path]) -> AsyncIterator[Town]:
    async with town_in(*house) as observed:
        yield observed


def _with_lead(text: str, category: str, lead: str) -> str:
    """Return a plan's text in which a category is led by another department."""
    pattern = rf"(\[categories\.{category}\][^\[]*?\nlead = )\"[a-z-]+\""
    changed, count = re.subn(pattern, rf'\1"{lead}"', text)
    assert count == 1
    return changed


def _saved(plan: Path, text: str) -> str:
    """Save a plan as an editor does, and return the version it has."""
    _replaced(plan, text)
    return parse_plan(text.encode(), name="new").version


def _replaced(plan: Path, text: str) -> None:
    draft = plan.with_suffix(".new")
    draft.write_text(text)
    draft.replace(plan)


def _taken_away(plan: Path) -> None:
    plan.unlink()


def _text(plan: Path) -> str:
    return plan.read_text()


def _reloads(town: Town, service: str, outcome: str) -> int:
    text = httpx.get(f"{town.house.url(service)}/metrics", trust_env=False).text
    found = re.search(rf'tongxin_plan_reloads_total{{outcome="{outcome}"}} (\S+)', text)
    return 0 if found is None else int(float(found[1]))


def _more(town: Town, outcome: str) -> Callable[[], Awaitable[bool]]:
    """Return what tells whether every service has seen one more version than now."""
    before = {service: _reloads(town, service, outcome) for service in SERVICES}

    async def seen() -> bool:
        return all(_reloads(town, s, outcome) > before[s] for s in SERVICES)

    return seen


def _current(town: Town) -> dict[str, Any]:
    answer = httpx.get(f"{town.house.url('router')}/plan", trust_env=False, headers=bearing())
    found: dict[str, Any] = answer.json()
    return found


def _place(name: str) -> dict[str, Any]:
    """Return a place of its own, so that no report joins another's case."""
    return {"address": f"No. {name}"}


class TestCategoryWithAnotherLead:
    async def test_goes_there_from_the_next_report_on(self, town: Town, plan: Path) -> None:
        before = await town.report(category="E0112", place=_place("1"))
        assigned = await town.event(before, "case.assigned")
        assert assigned["lead"]["department"] == "urban-management"
        loaded = _more(town, "loaded")
        version = _saved(plan, _with_lead(_text(plan), "E0112", "housing"))
        await until(loaded, told="the new plan in every service")
        after = await town.report(category="E0112", place=_place("2"))
        assigned_now = await town.event(after, "case.assigned")
        assert assigned_now["lead"]["department"] == "housing"
        assert assigned_now["why"]["plan_version"] == version != assigned["why"]["plan_version"]
        await town.order("urban-management", before)
        await town.work("urban-management", before, "accepted")
        await town.event(before, "assignment.accepted")


class TestBrokenPlan:
    @pytest.mark.parametrize(
        "broken",
        ['title_en = "half a pl', '[fallback]\nowner = "nobody"\n', ""],
        ids=["no TOML", "no plan", "no bytes"],
    )
    async def test_is_refused_and_the_old_one_holds(
        self, town: Town, plan: Path, broken: str
    ) -> None:
        good, version = _text(plan), _current(town)["version"]
        refused = _more(town, "refused")
        _replaced(plan, broken)
        await until(refused, told="the plan refused by every service")
        case = await town.report(category="E0128", place=_place(broken or "3"))
        assigned = await town.event(case, "case.assigned")
        assert assigned["why"]["plan_version"] == version == _current(town)["version"]
        for service in SERVICES:
            log = (town.house.logs / f"{service}.log").read_text()
            assert "the last good one stays" in log
        _saved(plan, good)

    async def test_that_is_gone_is_refused_too(self, town: Town, plan: Path) -> None:
        good = _text(plan)
        refused = _more(town, "refused")
        _taken_away(plan)
        await until(refused, told="the absence noticed by every service")
        case = await town.report(category="E0128", place=_place("4"))
        await town.event(case, "case.assigned")
        _saved(plan, good)


class TestNewDepartment:
    async def test_gets_work_on_its_own_topic_and_is_heard(self, town: Town, plan: Path) -> None:
        kafka, loaded = town.house.kafka, _more(town, "loaded")
        text = _text(plan).replace("\n[departments.police]\n", _NEW_DEPARTMENT, 1)
        _saved(plan, _with_lead(text, "E0112", "harbour"))
        await until(loaded, told="the new plan in every service")
        case = await town.report(category="E0112", place=_place("5"))
        assigned = await town.event(case, "case.assigned")
        assert assigned["lead"]["department"] == "harbour"
        assert assigned["lead"]["person"] in {"ha-duty", "ha-head"}

        async def ordered() -> list[Any]:
            orders = await everything(kafka, "assignments.harbour.v1")
            return [o for o in orders if header(o, "ce_type")]

        (order,) = await until(ordered, told="a work order on the new topic")
        assert order.key.decode() == case
        assignment = assigned["lead"]["assignment_id"]
        await town.answer("harbour", case, "accepted", assignment_id=assignment)
        accepted = await town.event(case, "assignment.accepted")
        assert accepted["department"] == "harbour"
        assert "harbour" in {d["code"] for d in _current(town)["departments"]}


class TestNewWebhook:
    async def test_gets_the_next_offer_with_its_work_order(self, town: Town, plan: Path) -> None:
        before = _text(plan)
        async with receiving(saying(head("200 OK"))) as receiver:
            loaded = _more(town, "loaded")
            name = "\n[departments.urban-management]\n"
            hooked = before.replace(name, f'{name}webhook = "{receiver.url()}"\n', 1)
            allowed = f'{hooked}\n[webhooks]\nallow = ["127.0.0.1"]\n'
            _saved(plan, _with_lead(allowed, "E0112", "urban-management"))
            await until(loaded, told="the new plan in every service")
            case = await town.report(category="E0112", place=_place("6"))

            async def offered() -> list[dict[str, Any]]:
                told = [request.data for request in receiver.requests]
                return [n for n in told if (n["case_id"], n["template"]) == (case, "offered")]

            [notice, *_] = await until(offered, told="the offer at the webhook")
            assert notice["work_order"] == await town.order("urban-management", case)
        _saved(plan, before)
