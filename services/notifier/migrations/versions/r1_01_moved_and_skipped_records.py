"""Records on their way to another lane, and records that were passed over."""

from services.kit.stage.table_revisions import add_moved_and_skipped_records

revision = "1.1"
down_revision = "1.0"


def upgrade() -> None:
    add_moved_and_skipped_records()
