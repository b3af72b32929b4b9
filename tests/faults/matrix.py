"""The rows of the fault matrix."""

from tests.faults.rows import brokers, databases, deliveries, kills, members, rewound
from tests.faults.rows.row import ROWS

ALL_ROWS = dict(sorted(ROWS.items()))
"""Every row that runs, by its id."""

__all__ = ["ALL_ROWS", "brokers", "databases", "deliveries", "kills", "members", "rewound"]
