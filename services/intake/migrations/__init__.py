"""The history of intake's tables: one revision per file in `versions`."""

from pathlib import Path

from services.intake.store import INTAKE_METADATA
from services.kit.plumbing import PLUMBING
from services.kit.revisions import History
from services.kit.tables import merged_metadata

HISTORY = History("intake", Path(__file__).parent, merged_metadata(PLUMBING, INTAKE_METADATA))
