"""A command that is read is carried out twice."""

from services.kit.records import Incoming
from services.notifier.use_cases import follow, inputs
from services.notifier.use_cases.inputs import Command, Input
from tests.faults.bad_builds.swapping import swap


def spoil() -> None:
    """Hear each command of a batch once more at its end."""
    in_order = inputs.in_order

    def and_again(incoming: list[Incoming[Input]]) -> list[Incoming[Input]]:
        commands = [one for one in incoming if isinstance(one.event, Command)]
        return [*in_order(incoming), *commands]

    swap(follow, "in_order", and_again)
