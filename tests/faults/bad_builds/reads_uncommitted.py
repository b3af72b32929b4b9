"""What stands on a topic counts, also when its client took it back."""

from typing import Any

from faststream.kafka import KafkaBroker

from tests.faults.bad_builds.swapping import swap


def spoil() -> None:
    """Read all records of every transaction."""
    subscriber = KafkaBroker.subscriber

    def careless(self: KafkaBroker, *topics: str, **options: Any) -> object:
        return subscriber(self, *topics, **options | {"isolation_level": "read_uncommitted"})

    swap(KafkaBroker, "subscriber", careless)
