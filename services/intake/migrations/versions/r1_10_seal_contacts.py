"""Contacts are sealed; those of the release before are by a running service, in portions."""

import sqlalchemy as sa
from alembic import op

revision = "1.10"
down_revision = "1.9"


def upgrade() -> None:
    table = "reporter_contact"
    op.add_column(table, sa.Column("key_id", sa.String(), nullable=True))
    for name in ("data_key", "sealed", "phone_mark", "mail_mark"):
        op.add_column(table, sa.Column(name, sa.LargeBinary(), nullable=True))
    op.add_column(table, sa.Column("belongs_to", sa.Uuid(), nullable=True))
    op.add_column(table, sa.Column("kept_from", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_reporter_contact_key_id", table, ["key_id"])
    op.create_index("ix_reporter_contact_belongs_to", table, ["belongs_to"])
    for name in ("phone_mark", "mail_mark", "kept_from"):
        there = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"ix_reporter_contact_{name}",
            table,
            [name],
            sqlite_where=there,
            postgresql_where=there,
        )
