"""What processes cost: CPU seconds and memory, by group."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import psutil

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds used so far; resident memory now in bytes, shared pages counted by share."""

    cpu: float
    memory: int
    resident: int = 0

    def since(self, before: "Cost") -> "Cost":
        """Return what was used since; the memory is now's."""
        return Cost(self.cpu - before.cpu, self.memory, self.resident)


Costs = Mapping[str, Cost]


def measured(groups: Mapping[str, Iterable[int]]) -> Costs:
    """Return what each group's processes and all their descendants cost."""
    return {name: _cost(pids) for name, pids in groups.items()}


def since(before: Costs, after: Costs) -> Costs:
    """Return what each group used between two measurements."""
    return {name: cost.since(before[name]) for name, cost in after.items() if name in before}


def _cost(pids: Iterable[int]) -> Cost:
    cpu, memory, resident = 0.0, 0, 0
    for root in pids:
        for process in _family(root):
            try:
                times = process.cpu_times()
                full = process.memory_full_info()
            except psutil.Error:
                continue
            # What ended children used, such as database sessions, is with their parent.
            memory, resident = memory + full.pss, resident + full.rss
            cpu += times.user + times.system + times.children_user + times.children_system
    return Cost(cpu, memory, resident)


def _family(root: int) -> list[psutil.Process]:
    try:
        process = psutil.Process(root)
        return [process, *process.children(recursive=True)]
    except psutil.Error:
        return []


def told(costs: Costs, *, seconds: float) -> str:
    """Return the share of a core and the memory of each group, for people.

    >>> told({"a": Cost(0.5, 10 * MIB)}, seconds=2)
    'a 25 % 10 MiB'
    """
    return ", ".join(
        f"{name} {cost.cpu / seconds * 100:.0f} %"
        + (f" {cost.memory / MIB:.0f} MiB" if cost.memory else "")
        for name, cost in costs.items()
    )
