"""How far each stage has taken its topics."""

from services.kit.stage.table_revisions import create_positions

revision = "1.2"
down_revision = "1.1"


def upgrade() -> None:
    create_positions()
