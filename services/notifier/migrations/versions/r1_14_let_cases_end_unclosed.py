"""Cases end that are not closed: dismissed, withdrawn, merged.

The check is widened; a process of the release before writes no such state. Open cases that others
reported before that was counted are counted now: one of them cannot take such a case back.
"""

from alembic import op

revision = "1.14"
down_revision = "1.13"

_NAME = "closed_when_it_says_so"
_JOINED = (
    "UPDATE follow_up SET joined = "
    "(SELECT count(*) FROM case_follower WHERE case_follower.case_id = follow_up.case_id) "
    "WHERE closed_at IS NULL AND joined = 0"
)
_ENDED = "('closed', 'force_closed', 'archived', 'not_accepted', 'merged', 'withdrawn')"


def upgrade() -> None:
    with op.batch_alter_table("follow_up") as batch:
        batch.drop_constraint(_NAME, type_="check")
        batch.create_check_constraint(_NAME, f"(closed_at IS NOT NULL) = (state IN {_ENDED})")
    op.execute(_JOINED)
