"""Cases are counted by what became of them: their number grows, and the question stays quick.

No release had these tables; what is shown already is counted by `tongxin desk rebuild`.
"""

import sqlalchemy as sa
from alembic import op

revision = "1.5"
down_revision = "1.4"


def upgrade() -> None:
    took_in = sa.Column("took_in", sa.Integer(), server_default="0", nullable=False)
    op.add_column("case_view", took_in)
    op.create_table(
        "case_total",
        sa.Column("lane", sa.Integer(), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
    )
