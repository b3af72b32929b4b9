"""People keep lists under names of their own."""

import sqlalchemy as sa
from alembic import op

revision = "1.14"
down_revision = "1.13"


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("person", sa.String(), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.UniqueConstraint("person", "name", name="uq_saved_view_name"),
    )
