"""Which installation the database is of."""

from services.kit.stage.table_revisions import create_installation

revision = "1.3"
down_revision = "1.2"


def upgrade() -> None:
    create_installation()
