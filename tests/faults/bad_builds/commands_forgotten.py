"""A command that has to wait for its case, or for the router, is not kept."""

from typing import Any

from services.notifier.use_cases.hearing import Hearing
from services.notifier.use_cases.inputs import Command, Said
from tests.faults.bad_builds.swapping import swap


def spoil() -> None:
    """Park answers only."""
    park = Hearing._park

    def only_answers(self: Hearing, said: Said, **where: Any) -> None:
        if not isinstance(said, Command):
            park(self, said, **where)

    swap(Hearing, "_park", only_answers)
