"""Systems have keys."""

import sqlalchemy as sa
from alembic import op

revision = "1.2"
down_revision = "1.1"


def upgrade() -> None:
    table = "access_key"
    op.create_table(
        table,
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token_hmac", sa.String(), nullable=False, unique=True),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("scopes", "roles", "sources", "parties")
        ),
        sa.Column("everywhere", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("told_version", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_access_key_name", table, ["name"])
    untold = sa.text("told_version < version")
    op.create_index(
        "ix_access_key_untold", table, ["id"], sqlite_where=untold, postgresql_where=untold
    )
