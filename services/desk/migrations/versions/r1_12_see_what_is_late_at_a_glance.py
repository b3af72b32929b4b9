"""Whose turn it is and what ended when are found, and days are counted.

No release had these tables; what is shown already has them after `tongxin desk rebuild`.
"""

import sqlalchemy as sa
from alembic import op

revision = "1.12"
down_revision = "1.11"

_AWAITED = sa.text("turn_by IS NOT NULL")
_ENDED = sa.text("closed_at IS NOT NULL")


def upgrade() -> None:
    op.add_column("case_view", sa.Column("turn_who", sa.String(), nullable=True))
    op.add_column("case_view", sa.Column("turn_clock", sa.String(), nullable=True))
    op.add_column("case_view", sa.Column("turn_by", sa.DateTime(timezone=True), nullable=True))
    _index("ix_case_view_turn", "turn_by", _AWAITED)
    _index("ix_case_view_ended", "closed_at", _ENDED)
    op.create_table(
        "case_day",
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("kind", sa.String(), primary_key=True),
        sa.Column("lane", sa.Integer(), primary_key=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
    )


def _index(name: str, column: str, where: sa.TextClause) -> None:
    op.create_index(name, "case_view", [column], sqlite_where=where, postgresql_where=where)
