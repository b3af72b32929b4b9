"""Note which cases no longer, or again, take in further reports of the same thing."""

from services.intake import store
from services.intake.domain.closure import Closure, latest
from services.kit.batch import Batch


async def note_closures(batch: Batch[Closure]) -> None:
    """Save the last closing or reopening of each case in a batch."""
    await store.save_closures(batch.conn, latest(i.event for i in batch.incoming).values())
