"""The history of router's tables: one revision per file in `versions`."""

from pathlib import Path

from services.kit.plumbing import PLUMBING
from services.kit.revisions import History
from services.kit.tables import merged_metadata
from services.router.store import ROUTER_METADATA

HISTORY = History("router", Path(__file__).parent, merged_metadata(PLUMBING, ROUTER_METADATA))
