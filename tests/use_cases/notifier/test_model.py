"""Whatever happens to a case, the notifier does with it what the pages say.

`make test ARGS="-k test_model --hypothesis-profile long"` looks for longer, each time elsewhere.
"""

import asyncio
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from schemas.vocabulary import CommandKind
from services.kit.sql.database import open_database
from services.notifier.migrations import HISTORY
from tests.model.bench import RememberingBench
from tests.model.machine import Notifier
from tests.model.merging import OTHER
from tests.model.plans import Terms
from tests.model.playing import HOLDER, Choice
from tests.model.rights import RIGHTS, UNNAMED
from tests.support.databases import Place


@pytest.fixture(scope="module")
def world(
    places: Callable[[str, Path], Place], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[type[Notifier]]:
    """Return the machine over a notifier of its own."""
    place = places("sqlite", tmp_path_factory.mktemp("model"))
    with asyncio.Runner() as runner:
        database = open_database(runner.run(place.url_of(HISTORY)))

        class World(Notifier):
            """The machine, with its notifier."""

        World.runner, World.bench, World.numbers = runner, RememberingBench(database), count(1)
        yield World
        runner.run(database.close())


STATES = {
    "registered": (1, 2),
    "assigned": (1, 2),
    "accepted": (2, 2),
    "handling": (3, 2),
    "inspecting": (4, 0),
    "rework": (5, 0),
}
"""How many steps bring a case so far, and who helps, as bits."""
SAID: dict[str, dict[str, Any]] = {
    "case.annotate": {"note": "call first"},
    "case.reassign": {"department": "fire"},
    "case.correct": {"category": "E0112"},
    "case.add_co_handler": {"department": "water"},
    "case.drop_co_handler": {"department": "police"},
    "case.supervise": {"supervised_for": "the mayor"},
    "case.request": {"what": "suspension", "department": HOLDER, "until": 90},
    "case.merge": {"into": OTHER},
    "case.withdraw_request": {"request_id": 0},
    "case.approve": {"request_id": 0},
    "case.refuse": {"request_id": 0},
}


class TestModel:
    def test_has_a_row_for_every_command(self) -> None:
        assert RIGHTS.keys() == {*CommandKind}

    @pytest.mark.parametrize("state", STATES)
    def test_and_notifier_agree_on_every_command(self, world: type[Notifier], state: str) -> None:
        steps, others = STATES[state]
        choice = Choice(lead=2, others=others, same=False)
        for word, right in RIGHTS.items():
            life = world()
            life.begin(first="E0506", second="E0505", start=0, ahead=(steps, 2), choice=choice)
            case = life.played[0]
            if state == "assigned" and (offer := case.route(choice, life.now)) is not None:
                life.hear(offer)
            assert case.case.state == state
            said = {"reason": "it is so"} | SAID.get(word, {})
            for roles in (frozenset({"collector"}), right.roles or frozenset()):
                life.hear(case.command(word, roles, said, life.now))
            life.time_passes(1)  # what follows from it for the other case is told
            life.teardown()

    @pytest.mark.parametrize("unit", ["UH", "WH"])
    @pytest.mark.parametrize("granted", ["suspension", "extension"])
    def test_and_notifier_are_alike_while_clocks_rest(
        self, world: type[Notifier], unit: str, granted: str
    ) -> None:
        life = world()
        choice = Choice(lead=0, others=6, limit=(unit, 120), sign=60)
        life.begin(first="E0505", second="E0112", start=170, ahead=(3, 2), choice=choice)
        stays = (0, 0, choice)
        life.helps(stays, 1, ["accepted"], waits=True)
        life.time_passes(20)
        life.is_asked_for(stays, granted, "case.approve", 90)
        life.time_passes(10)
        life.helps(stays, 1, ["done"], waits=False)
        life.is_asked_for(stays, granted, "case.approve", 90)
        life.time_passes(100)
        for _ in range(8):
            life.nobody_moves(stays, 1, 0)
        life.goes_on(0, 3, choice)
        life.teardown()

    @pytest.mark.parametrize("steps", [1, 2, 3, 5])
    def test_and_notifier_are_alike_when_others_report(
        self, world: type[Notifier], steps: int
    ) -> None:
        life = world()
        limit = ("UH", 60) if steps == STATES["handling"][0] else ("WH", 480)
        choice = Choice(lead=1, same=False, others=4, limit=limit, sign=120, late=True)
        life.begin(first="E9999?", second="E0112", start=0, ahead=(steps, 0), choice=choice)
        stays, hurt = (0, 0, choice), ("E", "is hurt")
        is_offered = steps == STATES["assigned"][0]
        life.others_report(stays, [("U", None)], choice, routed=False, unsigned=is_offered)
        life.others_report(stays, [hurt, hurt], choice, routed=True, unsigned=is_offered)
        life.nobody_moves(stays, 2, 0)
        case = life.played[0]
        for fields in ({"urgency": "G"}, {"category": "E9999"}):
            said = {"reason": "nobody is hurt"} | fields
            life.hear(case.command("case.correct", frozenset({"acceptor"}), said, life.now))
            life.goes_on(0, 1, choice)
        life.is_asked_for((0, 1, choice), "suspension", "case.approve", 90)
        life.time_passes(20)
        life.others_report(stays, [hurt], choice, routed=False, unsigned=False)
        life.notifier_sleeps(130)
        life.others_report(stays, [("G", None)], choice, routed=False, unsigned=False)
        life.goes_on(0, 3, choice)
        life.time_passes(300)
        life.others_report(stays, [hurt], choice, routed=False, unsigned=False)
        life.teardown()

    @pytest.mark.parametrize("reported", sorted(UNNAMED))
    def test_and_notifier_are_alike_until_a_case_is_named(
        self, world: type[Notifier], reported: str
    ) -> None:
        life = world()
        choice = Choice(limit=("WH", 480))
        life.begin(first=reported, second="E0112", start=0, ahead=(1, 0), choice=choice)
        life.notifier_sleeps(300)
        life.goes_on(0, 1, choice)
        life.time_passes(1)
        life.nobody_moves((0, 0, choice), 3, 0)
        life.teardown()

    @pytest.mark.parametrize(("steps", "moves"), [(2, 1), (2, 4), (3, 1)])
    def test_and_notifier_are_alike_when_other_days_are_off(
        self, world: type[Notifier], steps: int, moves: int
    ) -> None:
        life = world()
        choice = Choice(lead=1, others=20, limit=("WH", 120), sign=120)
        life.begin(first="E0112", second="E0505", start=290, ahead=(steps, 3), choice=choice)
        stays = (0, 0, choice)
        life.helps(stays, 2, ["accepted"], waits=steps == STATES["handling"][0])
        life.nobody_moves(stays, moves, 0)
        life.plan_changes(stays, Terms(days_off=True, patient=True))
        life.nobody_moves(stays, 6, 0)
        life.plan_changes(stays, Terms())
        life.nobody_moves(stays, 2, 0)
        life.plan_changes(stays, Terms(days_off=True))  # what was counted stays so
        life.teardown()

    @pytest.mark.parametrize("steps", [2, 3])
    def test_and_notifier_are_alike_when_departments_leave(
        self, world: type[Notifier], steps: int
    ) -> None:
        life = world()
        choice = Choice(lead=1, others=20, limit=("WH", 120), sign=120)
        life.begin(first="E0112", second="E0505", start=0, ahead=(steps, 3), choice=choice)
        stays, case = (0, 0, choice), life.played[0]
        life.helps(stays, 2, ["accepted"], waits=True)
        life.plan_changes(stays, Terms(gone=frozenset({"fire"})))
        life.plan_changes(stays, Terms(gone=frozenset({"fire", "police", "water"})))
        life.is_said(stays, [(0, ("police", "done", 0, True))], choice, routed=True, again=0)
        said = {"department": "water", "reason": "it is theirs"}
        life.hear(case.command("case.reassign", frozenset({"dispatcher"}), said, life.now))
        for which in (0, 1):
            life.nobody_moves((which, 0, choice), 2, 0)
        life.plan_changes(stays, Terms())
        life.goes_on(0, 3, choice)
        life.nobody_moves(stays, 2, 0)
        life.teardown()

    def test_and_notifier_are_alike_when_limits_and_words_are_others(
        self, world: type[Notifier]
    ) -> None:
        life = world()
        choice = Choice(lead=1, others=4, limit=("WH", 480))
        life.begin(first="E0506", second="E0112", start=0, ahead=(3, 3), choice=choice)
        checked, waiting = (0, 0, choice), (1, 0, choice)
        life.helps(waiting, 1, ["accepted"], waits=True)
        life.plan_changes(checked, Terms(slow=True, wary=True, strict=True))
        life.others_report(waiting, [("E", "is hurt")], choice, routed=False, unsigned=False)
        life.goes_on(0, 3, choice)
        life.nobody_moves(checked, 1, 0)
        life.time_passes(40)
        life.nobody_moves(checked, 1, 0)
        life.plan_changes(checked, Terms())
        for moves in (checked, waiting):
            life.nobody_moves(moves, 2, 0)
        life.teardown()

    def test_and_notifier_are_alike_after_every_step(self, world: type[Notifier]) -> None:
        is_long = settings.get_current_profile_name() == "long"
        chosen = settings(
            max_examples=settings.get_profile("long").max_examples if is_long else 10,
            stateful_step_count=30,
            derandomize=not is_long,
            database=None,
            suppress_health_check=[*HealthCheck],
        )
        run_state_machine_as_test(world, settings=chosen)
