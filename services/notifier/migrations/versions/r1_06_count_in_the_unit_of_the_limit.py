"""A handling clock knows the unit of its limit; those that run already run on as they began.

What a process of the release before begins meanwhile runs through nights.
"""

import sqlalchemy as sa
from alembic import op

revision = "1.6"
down_revision = "1.5"


def upgrade() -> None:
    op.add_column("follow_up", sa.Column("handling_unit", sa.String(), nullable=True))
