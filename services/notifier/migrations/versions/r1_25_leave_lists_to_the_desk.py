"""Lists of cases are read at the desk: what only they needed costs each write no more.

A process of the release before still answers lists, slower.
"""

from alembic import op

revision = "1.25"
down_revision = "1.24"

_OF_LISTS = (
    *("department", "source", "overdue", "triage", "watched"),
    *("supervised", "requested", "undecided"),
)


def upgrade() -> None:
    for name in _OF_LISTS:
        op.drop_index(f"ix_follow_up_{name}", table_name="follow_up")
