"""Whether a consumer has read what was there when it got its partitions.

Deadlines that ran out while nobody read must not fire before what was said in time is heard.
"""

from collections.abc import Container
from typing import Any

from aiokafka import TopicPartition

from services.kit.kafka.patches.fetching import position_of


class CatchUp:
    """Follows one consumer; asks the broker nothing, since every fetch tells how far a topic is.

    What stands behind a transaction that is still open was not said yet: nobody waits for it.
    """

    def __init__(self) -> None:
        """Begin with a consumer that has read nothing."""
        self._assigned: frozenset[TopicPartition] = frozenset()
        self._ends: dict[TopicPartition, int | None] = {}

    def is_done(self, consumer: Any, *, without: Container[TopicPartition] = ()) -> bool:  # noqa: ANN401 - aiokafka has no types
        """Tell whether everything that was there at the assignment has been handed out.

        Nobody waits for the partitions of `without`: they stand, and that is told elsewhere.
        """
        assigned = consumer.assignment()
        if assigned != self._assigned:
            self._assigned = assigned
            self._ends = dict.fromkeys(assigned)
        self._ends = {
            tp: end
            for tp, end in self._marked(consumer).items()
            if end is None or (position_of(consumer, tp) or 0) < end
        }
        return bool(assigned) and all(tp in without for tp in self._ends)

    def _marked(self, consumer: Any) -> dict[TopicPartition, int | None]:  # noqa: ANN401 - aiokafka has no types
        """Return how far each partition went when that was first known."""
        return {
            tp: consumer.last_stable_offset(tp) if end is None else end
            for tp, end in self._ends.items()
        }
