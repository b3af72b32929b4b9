"""The history of desk's tables: one revision per file in `versions`."""

from pathlib import Path

from services.desk.store.file_table import FILE_METADATA
from services.desk.store.identity_tables import IDENTITY_METADATA
from services.desk.store.key_table import KEY_METADATA
from services.desk.store.live_tables import LIVE_METADATA
from services.desk.store.public_tables import PUBLIC_METADATA
from services.desk.store.tables import DESK_METADATA
from services.desk.store.work_tables import WORK_METADATA
from services.kit.sql.declaring import merged_metadata
from services.kit.sql.revisions import History
from services.kit.stage.tables import PLUMBING

HISTORY = History(
    "desk",
    Path(__file__).parent,
    merged_metadata(
        *(PLUMBING, DESK_METADATA, IDENTITY_METADATA, KEY_METADATA),
        *(WORK_METADATA, LIVE_METADATA, FILE_METADATA, PUBLIC_METADATA),
    ),
)
