"""Parts keep until when they are to be signed for, as it was told; of older ones nobody told it."""

import sqlalchemy as sa
from alembic import op

revision = "1.28"
down_revision = "1.27"


def upgrade() -> None:
    for name in ("sign_by", "expires_at"):
        op.add_column("case_part", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
