"""What is shown of a case tells whose move it is, and for whom a lead waits.

No release had these tables, so the column that is replaced is kept for none.
"""

import sqlalchemy as sa
from alembic import op

revision = "1.4"
down_revision = "1.3"


def upgrade() -> None:
    with op.batch_alter_table("case_view") as batch:
        batch.add_column(sa.Column("watcher", sa.String(), nullable=True))
        batch.add_column(sa.Column("dispatch_by", sa.DateTime(timezone=True), nullable=True))
        batch.add_column(sa.Column("blocked", sa.JSON(), nullable=True))
        batch.drop_column("blocked_by")
