"""The history of router's tables: one revision per file in `versions`."""

from pathlib import Path

from services.kit.sql.declaring import merged_metadata
from services.kit.sql.revisions import History
from services.kit.stage.tables import PLUMBING
from services.router.store import ROUTER_METADATA

HISTORY = History("router", Path(__file__).parent, merged_metadata(PLUMBING, ROUTER_METADATA))
