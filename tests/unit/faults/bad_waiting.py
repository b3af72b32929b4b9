"""Broken histories: ends of parts that a lead waits for, moved for nothing, untold, forgotten."""

from typing import Final

from tests.faults.checker.anomalies import Kind
from tests.unit.faults.bad import Broken, entering
from tests.unit.faults.house import House
from tests.unit.faults.house_case import HouseCase

BAD: Final[Broken] = {}
bad = entering(BAD)


def waiting(house: House) -> HouseCase:
    """Return a case whose lead waits for a part, for 600 seconds."""
    case = house.case("1")
    case.assign("fire", "water")
    case.accept()
    case.start()
    case.wait_for("water", seconds=600)
    return case


@bad(Kind.UNASKED)
def a_part_moved_that_nobody_waits_for(house: House) -> None:
    case = waiting(house)
    case.wait_no_more(cause=case.say("unblocked"))
    case.move_part("water", seconds=900)


@bad(Kind.UNASKED)
def another_part_moved_than_is_waited_for(house: House) -> None:
    waiting(house).move_part("police", seconds=900)


@bad(Kind.UNASKED)
def a_part_moved_without_a_cause(house: House) -> None:
    case = waiting(house)
    case.move_part("water", seconds=900, cause=case.say("progress"))


@bad(Kind.EARLY_DEADLINE)
def a_part_that_moved_was_late_when_it_had_been_due_before(house: House) -> None:
    case = waiting(house)
    case.move_part("water", seconds=900)
    house.wait(600)
    case.wait_no_more()


@bad(Kind.LOST_FEEDBACK)
def a_part_moved_and_nobody_told_whose_it_is(house: House) -> None:
    waiting(house).move_part("water", seconds=900, told=0)


@bad(Kind.DUP_EFFECT)
def a_part_moved_once_and_was_told_twice(house: House) -> None:
    waiting(house).move_part("water", seconds=900, told=2)
