"""Deliveries that ended are listed by receiver, and replayed by somebody."""

import sqlalchemy as sa
from alembic import op

revision = "1.26"
down_revision = "1.25"


def upgrade() -> None:
    op.add_column("delivery", sa.Column("replayed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("delivery", sa.Column("replayed_by", sa.String(), nullable=True))
    for end in ("sent", "given_up"):
        condition = sa.text(f"{end}_at IS NOT NULL")
        for name, columns in (("", []), ("_receiver", ["url"])):
            op.create_index(
                f"ix_delivery_{end}{name}",
                "delivery",
                [*columns, f"{end}_at", "id"],
                sqlite_where=condition,
                postgresql_where=condition,
            )
