"""Who works at a case may see its reporters' contacts, and each look is kept."""

import sqlalchemy as sa
from alembic import op

revision = "1.11"
down_revision = "1.10"


def upgrade() -> None:
    op.create_table(
        "case_holding",
        sa.Column("case_id", sa.Uuid(), primary_key=True),
        sa.Column("lead", sa.String(), nullable=True),
        sa.Column("parts", sa.Text(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("offered", sa.Integer(), nullable=False),
    )
    op.create_table(
        "contact_look",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("departments", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    for columns in (["case_id", "at", "id"], ["person", "at", "id"], ["at", "id"]):
        op.create_index(f"ix_contact_look_{columns[0]}", "contact_look", columns)
    merged = sa.text("ended_into IS NOT NULL")
    op.create_index(
        "ix_report_ended_into",
        "report",
        ["ended_into"],
        sqlite_where=merged,
        postgresql_where=merged,
    )
