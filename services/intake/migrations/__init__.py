"""The history of intake's tables: one revision per file in `versions`."""

from pathlib import Path

from services.intake.store.tables import INTAKE_METADATA
from services.kit.sql.declaring import merged_metadata
from services.kit.sql.revisions import History
from services.kit.stage.tables import PLUMBING

HISTORY = History("intake", Path(__file__).parent, merged_metadata(PLUMBING, INTAKE_METADATA))
