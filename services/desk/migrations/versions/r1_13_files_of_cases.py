"""Cases have photos and papers."""

import sqlalchemy as sa
from alembic import op

revision = "1.13"
down_revision = "1.12"


def upgrade() -> None:
    table = "uploaded_file"
    op.create_table(
        table,
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("brought_by", sa.String(), nullable=False),
        sa.Column("brought_at", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("media_type", "original")),
        sa.Column("whole", sa.String(), nullable=False),
        sa.Column("small", sa.String(), nullable=True),
        sa.Column("bytes", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=True) for name in ("width", "height")),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("lat", "lon")),
    )
    op.create_index("ix_uploaded_file_case", table, ["case_id", "brought_at"])
    op.create_index("ix_uploaded_file_by", table, ["brought_by", "brought_at"])
