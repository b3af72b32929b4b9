"""What is due is claimed for one receiver at a time.

The older index stays while processes of the release before may run: they claim by it.
"""

import sqlalchemy as sa
from alembic import op

revision = "1.3"
down_revision = "1.2"

_WAITING = "sent_at IS NULL AND given_up_at IS NULL"


def upgrade() -> None:
    op.create_index(
        "ix_delivery_receiver",
        "delivery",
        ["url", "attempt_at"],
        sqlite_where=sa.text(_WAITING),
        postgresql_where=sa.text(_WAITING),
    )
