"""Who a session's token proves, for as long as it lasts; and how sessions end."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial

from schemas.person_ids import is_a_machines
from services.access.actor import Actor
from services.desk.bounds import FORGOTTEN_AT_ONCE
from services.desk.domain.lasting import LONGEST, SEEN_EVERY, is_over
from services.desk.domain.pauses import OF_ACCOUNT
from services.desk.domain.people import roles_in_force
from services.desk.store import accounts, failures, people, sessions
from services.desk.store.people import Known
from services.desk.store.sessions import Session
from services.desk.use_cases.identity import Identity, hash_of
from services.kit.sql.database import Database
from services.kit.sql.retention import forget


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person who is signed in, and the session that proves it."""

    person: Known
    session: Session

    @property
    def actor(self) -> Actor:
        """What they may do, by this session."""
        described = self.person.described
        roles = roles_in_force(described.roles, second_factor=self.session.second_factor)
        belongs = described.memberships
        return Actor.of_person(
            described.id,
            described.name,
            roles=roles,
            departments=(m.department for m in belongs if m.department),
            areas=(m.area for m in belongs if m.area),
        )


async def signed_in(token: str, *, identity: Identity, by_itself: bool = False) -> SignedIn | None:
    """Return who a token proves; None when its session is over, or was ended.

    What a page asks for `by_itself` does not make a session last: nobody may be there.
    """
    now = identity.clock()
    async with identity.database.read() as conn:
        session = await sessions.session_of(conn, hash_of(token))
        if session is None:
            return None
        person = await people.person_of(conn, session.person_id)
    over = is_over(began_at=session.began_at, seen_at=session.seen_at, now=now)
    if over or person is None or person.disabled_at is not None or is_a_machines(person.id):
        return None
    if not by_itself and now - session.seen_at >= SEEN_EVERY:
        async with identity.database.write() as conn:
            await sessions.seen(conn, session.token_hash, now=now)
    return SignedIn(person=person, session=session)


async def sign_out(token: str, *, identity: Identity) -> None:
    """End the session of a token."""
    async with identity.database.write() as conn:
        await sessions.end(conn, hash_of(token))


async def own_sessions(who: SignedIn, *, identity: Identity) -> list[Session]:
    """Return the sessions of somebody that last, the newest first."""
    async with identity.database.read() as conn:
        found = await sessions.sessions_of(conn, who.person.id)
    now = identity.clock()
    return [
        one for one in found if not is_over(began_at=one.began_at, seen_at=one.seen_at, now=now)
    ]


async def end_own(who: SignedIn, token_hash: str, *, identity: Identity) -> None:
    """End one of somebody's own sessions; another's is not touched."""
    async with identity.database.write() as conn:
        await sessions.end(conn, token_hash, person_id=who.person.id)


async def end_others(who: SignedIn, *, identity: Identity) -> None:
    """End every session of somebody but the one they ask by."""
    async with identity.database.write() as conn:
        await sessions.end_all(conn, who.person.id, but=who.session.token_hash)


async def forget_what_is_over(database: Database, *, now: datetime) -> None:
    """Forget the sessions, links, visits and failures that count no more."""
    most = FORGOTTEN_AT_ONCE
    for prune in (
        partial(sessions.forget_sessions, before=now - LONGEST, most=most),
        partial(sessions.forget_visits, before=now, most=most),
        partial(accounts.forget_links, before=now, most=most),
        partial(failures.forget_failures, before=now - OF_ACCOUNT.forgotten, most=most),
    ):
        await forget(database, prune, portion=most)
