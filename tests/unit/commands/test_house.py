"""What a house does when a process of a service ends."""

import gc
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.kit.exits import BUG_EXIT, REFUSED_EXIT
from services.kit.kafka.brokers import Brokers
from services.machine.children import Children, warm_context
from services.machine.first_key import FirstKey
from services.machine.house import CannotGoOn, House

REASON = '{"level": "critical", "message": "not started: run `tongxin db upgrade`"}\n'


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Return a house without servers, whose one service has a log."""
    (tmp_path / "intake.log").write_text(REASON)
    children = Children(warm_context(()))
    yield House(
        brokers=Brokers(bootstrap=""),
        ports={"intake": 1},
        logs=tmp_path,
        children=children,
        environment={},
        own_broker=None,
        key=FirstKey("", is_new=False),
        postgres=None,
    )
    children.stop()


def let_end(house: House, name: str, code: int) -> None:
    """Let a process end with an exit code, and see that it did."""
    house.children.start(name, sys.exit, code)
    wait_for_end(house, name)


def wait_for_end(house: House, name: str) -> None:
    process = house.children._children[name].process
    assert process is not None
    process.join()
    assert name in house.children.ended()


def end_as_what_is_inherited_is_spared() -> None:
    """End well if garbage is looked for, but not among what the fork server imported."""
    sys.exit(not (gc.isenabled() and gc.get_freeze_count()))


class TestChild:
    def test_looks_for_garbage_among_its_own_alone(self, house: House) -> None:
        house.children.start("intake", end_as_what_is_inherited_is_spared)
        wait_for_end(house, "intake")
        assert house.children.ended() == {"intake": 0}


class TestProcessThatEnds:
    def test_is_started_again_at_once_and_then_after_a_pause(self, house: House) -> None:
        let_end(house, "intake", BUG_EXIT)
        (told,) = house.revive()
        assert told.startswith("intake ended and was started again; see ")
        wait_for_end(house, "intake")
        (told,) = house.revive()
        assert told.startswith("intake ended again and is started in 1 s. not started: run")
        assert house.revive() == []

    def test_because_it_can_never_start_ends_the_house_with_its_reason(self, house: House) -> None:
        let_end(house, "intake", REFUSED_EXIT)
        with pytest.raises(CannotGoOn, match="not started: run `tongxin db upgrade`"):
            house.revive()

    def test_and_is_no_service_is_left_alone(self, house: House) -> None:
        let_end(house, "reporters", 0)
        assert house.revive() == []
