"""The tables desk began with."""

from services.kit.stage.table_revisions import (
    add_moved_and_skipped_records,
    create_installation,
    create_plumbing,
    create_positions,
)

revision = "1.0"
down_revision = None


def upgrade() -> None:
    create_plumbing()
    add_moved_and_skipped_records()
    create_positions()
    create_installation()
