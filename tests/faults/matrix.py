"""The rows of the fault matrix."""

from tests.faults.rows import (
    brokers,
    databases,
    deliveries,
    files,
    foreign,
    kills,
    members,
    put_back,
    rewound,
)
from tests.faults.rows.row import ROWS, Row

ALL_ROWS = dict(sorted(ROWS.items()))
"""Every row that runs, by its id."""


def in_turn(row: Row) -> tuple[int, int, str]:
    """Return where a row stands when several share their servers: few brokers and members first.

    A static member that was not there for the row before keeps its lanes for a session.
    """
    return row.setting.nodes, row.setting.processes, row.id


__all__ = [
    "ALL_ROWS",
    "brokers",
    "databases",
    "deliveries",
    "files",
    "foreign",
    "in_turn",
    "kills",
    "members",
    "put_back",
    "rewound",
]
