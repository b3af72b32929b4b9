"""Note what is told of cases: which take in others, what they are, by when they end, whose."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from services.case_events import check_turn
from services.intake.bounds import MOST_AHEAD
from services.intake.domain.closure import Closure, latest
from services.intake.domain.correction import Correction, corrected
from services.intake.domain.holding import Holding, HoldingNews, Lead, Offered, Part
from services.intake.domain.promise import Promise
from services.intake.store import closures, corrections, holdings
from services.intake.store.promises import save_promises
from services.kit.records import Rejected
from services.kit.stage.batch import Batch

CaseNews = Closure | Correction | Promise | HoldingNews


async def note_news(batch: Batch[CaseNews]) -> None:
    """Save the last closing or reopening of each case in a batch, what it is, and whose.

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
    await _note_holdings(batch.conn, taken)


async def _note_holdings(conn: AsyncConnection, taken: Iterable[CaseNews]) -> None:
    """Note who works at the cases of a batch; at one that ended or begins anew nobody does."""
    news: dict[UUID, list[HoldingNews]] = {}
    over = set()
    for one in taken:
        match one:
            case Closure():
                news.pop(one.case_id, None)
                over.add(one.case_id)
            case Correction():
                lost = Lead(case_id=one.case_id, department=None, sequence=one.sequence)
                news.setdefault(one.case_id, []).append(lost)
            case Lead() | Part() | Offered():
                news.setdefault(one.case_id, []).append(one)
            case Promise():
                pass
    known = await holdings.holdings_of(conn, news.keys() - over)
    await holdings.forget_holdings(conn, over)
    await holdings.save_holdings(
        conn, {id_: known.get(id_, Holding()).after(told) for id_, told in news.items()}
    )


async def _in_turn(batch: Batch[CaseNews]) -> list[CaseNews]:
    """Return the news of a batch but for those whose number cannot be true."""
    last = await closures.last_heard(batch.conn, {i.event.case_id for i in batch.incoming})
    taken: list[CaseNews] = []
    for incoming in batch.incoming:
        news = incoming.event
        if isinstance(news, Offered):
            taken.append(news)  # the router's: it has numbers of its own
            continue
        try:
            check_turn(news.sequence, last=last.get(news.case_id, news.sequence), most=MOST_AHEAD)
        except Rejected as rejected:
            batch.reject(incoming, rejected)
        else:
            taken.append(news)
    return taken
