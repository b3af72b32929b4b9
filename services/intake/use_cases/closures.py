"""Note which cases no longer, or again, take in further reports of the same thing."""

from services.case_events import check_turn
from services.intake.bounds import MOST_AHEAD
from services.intake.domain.closure import Closure, latest
from services.intake.store import closures as store
from services.kit.records import Rejected
from services.kit.stage.batch import Batch


async def note_closures(batch: Batch[Closure]) -> None:
    """Save the last closing or reopening of each case in a batch.

    One whose number cannot be true is put aside.
    """
    known = await store.closure_sequences(batch.conn, {i.event.case_id for i in batch.incoming})
    taken = []
    for incoming in batch.incoming:
        closure = incoming.event
        last = known.get(closure.case_id, closure.sequence)
        try:
            check_turn(closure.sequence, last=last, most=MOST_AHEAD)
        except Rejected as rejected:
            batch.reject(incoming, rejected)
        else:
            taken.append(closure)
    await store.save_closures(batch.conn, latest(taken).values())
