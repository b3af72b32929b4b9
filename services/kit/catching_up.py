"""Whether a consumer has read what was there when it got its partitions.

Deadlines that ran out while nobody read must not fire before what was said in time is heard.
"""

from typing import Any

from aiokafka import TopicPartition


class CatchUp:
    """Follows one consumer; asks the broker nothing, since every fetch tells how far a topic is.

    What stands behind a transaction that is still open was not said yet: nobody waits for it.
    """

    def __init__(self) -> None:
        """Begin with a consumer that has read nothing."""
        self._assigned: frozenset[TopicPartition] = frozenset()
        self._ends: dict[TopicPartition, int] = {}

    async def is_done(self, consumer: Any) -> bool:  # noqa: ANN401 - aiokafka has no types
        """Tell whether everything that was there at the assignment has been handed out."""
        assigned = consumer.assignment()
        if assigned != self._assigned:
            self._assigned = assigned
            self._ends = dict.fromkeys(assigned, -1)
        for tp in [tp for tp, end in self._ends.items() if end < 0]:
            mark = consumer.last_stable_offset(tp)
            if mark is None:
                return False
            self._ends[tp] = mark
        for tp, end in [*self._ends.items()]:
            if await consumer.position(tp) < end:
                return False
            del self._ends[tp]
        return bool(assigned)
