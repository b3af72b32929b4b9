"""Which installation the database is of."""

from services.kit.stage.table_revisions import create_installation

revision = "1.5"
down_revision = "1.4"


def upgrade() -> None:
    create_installation()
