"""Cases end that are not closed: dismissed, withdrawn, merged.

The check is widened; a process of the release before writes no such state. And how many were
closed in time is a total of its own, of those that are closed already as well.
"""

from alembic import op

revision = "1.10"
down_revision = "1.9"

_NAME = "closed_when_it_says_so"
_CLOSED_IN_TIME = (
    "INSERT INTO case_total (partition, kind, count) "
    "SELECT partition, 'closed_in_time', count(*) FROM follow_up "
    "WHERE state IN ('closed', 'force_closed') AND overdue_at IS NULL AND NOT exercise "
    "GROUP BY partition"
)
_ENDED = "('closed', 'force_closed', 'archived', 'not_accepted', 'merged', 'withdrawn')"


def upgrade() -> None:
    with op.batch_alter_table("follow_up") as batch:
        batch.drop_constraint(_NAME, type_="check")
        batch.create_check_constraint(_NAME, f"(closed_at IS NOT NULL) = (state IN {_ENDED})")
    op.execute(_CLOSED_IN_TIME)
