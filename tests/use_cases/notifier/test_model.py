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
from tests.model.playing import HOLDER, Choice
from tests.model.rights import RIGHTS
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


STEPS = {"assigned": 2, "accepted": 3, "handling": 4, "inspecting": 5, "rework": 6}
"""How many steps bring a case so far."""
SAID: dict[str, dict[str, Any]] = {
    "case.annotate": {"note": "call first"},
    "case.reassign": {"department": "fire"},
    "case.correct": {"category": "E0506"},
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

    @pytest.mark.parametrize("state", STEPS)
    def test_and_notifier_agree_on_every_command(self, world: type[Notifier], state: str) -> None:
        for word, right in RIGHTS.items():
            life = world()
            choice = Choice(lead=1, others=2, same=False)
            life.begin(
                first="E0112", second="E0506", start=0, ahead=(STEPS[state], 2), choice=choice
            )
            said = {"reason": "it is so"} | SAID.get(word, {})
            for roles in (frozenset({"collector"}), right.roles or frozenset()):
                life.hear(life.played[0].command(word, roles, said, life.now))
            life.teardown()

    def test_and_notifier_are_alike_after_every_step(self, world: type[Notifier]) -> None:
        is_long = settings.get_current_profile_name() == "long"
        chosen = settings(
            max_examples=settings.get_profile("long").max_examples if is_long else 20,
            stateful_step_count=30,
            derandomize=not is_long,
            database=None,
            suppress_health_check=[*HealthCheck],
        )
        run_state_machine_as_test(world, settings=chosen)
