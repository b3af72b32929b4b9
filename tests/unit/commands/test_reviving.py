"""What a house does with a server of its own that ends."""

from dataclasses import dataclass, field
from pathlib import Path

from services.machine.children import Restarts
from services.machine.embedded import NodeFailed
from services.machine.reviving import OwnServer, ended_again


@dataclass
class Broker:
    """A server that ends when it is told to, and cannot be started while its port is taken."""

    log_file: Path = Path("kafka.log")
    has_ended: bool = False
    port_is_taken: bool = False
    starts: int = 0

    def exited(self) -> int | None:
        return 1 if self.has_ended else None

    def start_again(self) -> None:
        self.has_ended = False
        if self.port_is_taken:
            raise NodeFailed("port 9092 cannot be used")
        self.starts += 1


@dataclass
class Yard:
    """One broker of a house whose time the test moves."""

    seconds: float = 0.0
    broker: Broker = field(default_factory=Broker)
    own: OwnServer = field(init=False)

    def __post_init__(self) -> None:
        restarts = Restarts(now=lambda: self.seconds)
        self.own = OwnServer("The broker", self.broker, restarts)

    def after(self, seconds: float) -> str:
        self.seconds += seconds
        return self.own.revive()


class TestServer:
    def test_that_runs_is_left_alone(self) -> None:
        yard = Yard()
        assert yard.after(1) == ""
        assert yard.broker.starts == 0

    def test_that_ended_is_started_and_told_once(self) -> None:
        yard = Yard()
        yard.broker.has_ended = True
        assert yard.after(1) == "The broker ended and was started again; see kafka.log.1"
        assert yard.after(1) == ""
        assert yard.broker.starts == 1

    def test_that_ends_again_waits_and_is_told_once(self) -> None:
        yard = Yard()
        yard.broker.has_ended = True
        yard.after(1)
        yard.broker.has_ended = True
        told = [yard.after(0.25) for _ in range(6)]
        assert told[0] == "The broker ended again and is started in 1 s. See kafka.log"
        assert told[1:] == [""] * 5
        assert yard.broker.starts == 2

    def test_that_cannot_be_started_is_tried_until_it_can(self) -> None:
        yard = Yard()
        yard.broker.has_ended = yard.broker.port_is_taken = True
        told = [line for _ in range(20) if (line := yard.after(1))]
        assert told[0] == "The broker could not be started: port 9092 cannot be used"
        assert 1 < told.count(told[0]) < 8
        yard.broker.port_is_taken = False
        for _ in range(40):
            yard.after(1)
        assert yard.broker.starts == 1


class TestProcess:
    def test_that_ends_again_is_told_with_its_reason(self) -> None:
        told = ended_again("intake", 4.0, log=Path("a.log"), reason="no such role\nmore")
        assert told == "intake ended again and is started in 4 s. no such role See a.log"
