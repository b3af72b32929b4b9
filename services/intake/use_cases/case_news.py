"""Note what is told of cases: which take in others, what they really are, by when they end."""

from services.case_events import check_turn
from services.intake.bounds import MOST_AHEAD
from services.intake.domain.closure import Closure, latest
from services.intake.domain.correction import Correction, corrected
from services.intake.domain.promise import Promise
from services.intake.store import closures, corrections
from services.intake.store.promises import save_promises
from services.kit.records import Rejected
from services.kit.stage.batch import Batch

CaseNews = Closure | Correction | Promise


async def note_news(batch: Batch[CaseNews]) -> None:
    """Save the last closing or reopening of each case in a batch, what it is, and by when it ends.

    News whose number cannot be true are put aside.
    """
    taken = await _in_turn(batch)
    closed = (news for news in taken if isinstance(news, Closure))
    await closures.save_closures(batch.conn, latest(closed).values())
    promises = (news for news in taken if isinstance(news, Promise))
    await save_promises(batch.conn, promises)
    known = await corrections.known_cases(
        batch.conn, {news.case_id for news in taken if isinstance(news, Correction)}
    )
    real = {
        id_: corrected(case, (n for n in taken if isinstance(n, Correction) and n.case_id == id_))
        for id_, case in known.items()
    }
    await corrections.save_corrected(batch.conn, real)


async def _in_turn(batch: Batch[CaseNews]) -> list[CaseNews]:
    """Return the news of a batch but for those whose number cannot be true."""
    last = await closures.last_heard(batch.conn, {i.event.case_id for i in batch.incoming})
    taken = []
    for incoming in batch.incoming:
        news = incoming.event
        try:
            check_turn(news.sequence, last=last.get(news.case_id, news.sequence), most=MOST_AHEAD)
        except Rejected as rejected:
            batch.reject(incoming, rejected)
        else:
            taken.append(news)
    return taken
