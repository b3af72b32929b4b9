"""Whatever happens to a case, the notifier does with it what the pages say.

`make test ARGS="-k test_model --hypothesis-profile long"` looks for longer, each time elsewhere.
"""

import asyncio
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from services.kit.sql.database import open_database
from services.notifier.migrations import HISTORY
from tests.model.bench import RememberingBench
from tests.model.machine import Notifier
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


class TestModel:
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
