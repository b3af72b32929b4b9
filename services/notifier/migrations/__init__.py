"""The history of notifier's tables: one revision per file in `versions`."""

from pathlib import Path

from services.kit.sql.declaring import merged_metadata
from services.kit.sql.revisions import History
from services.kit.stage.tables import PLUMBING
from services.notifier.store.tables import NOTIFIER_METADATA

HISTORY = History("notifier", Path(__file__).parent, merged_metadata(PLUMBING, NOTIFIER_METADATA))
