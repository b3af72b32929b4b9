"""Sign in by the city's identity provider: there, back, and who that is here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.ext.asyncio import AsyncConnection

from schemas.events.people import GivenName, GivenPersonId
from schemas.plan import OpenIdConnect
from services.desk.bounds import VISIT_LASTS
from services.desk.domain.audit import Doer
from services.desk.domain.people import Described, granted
from services.desk.store import accounts, people, sessions
from services.desk.store.people import Known
from services.desk.store.sessions import Visit
from services.desk.use_cases.identity import (
    Browser,
    How,
    Identity,
    begin_session,
    hash_of,
    new_token,
)
from services.desk.use_cases.people import Vouched, record
from services.desk.use_cases.provider import Asked, NotBelieved, Provider

_ID: Final[TypeAdapter[str]] = TypeAdapter(GivenPersonId)
_NAME: Final[TypeAdapter[str]] = TypeAdapter(GivenName)


class NoRight(Exception):
    """The provider knows somebody who has no right here; the message says why, for the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure:
    """Where a browser is sent, and the state that it must bring back."""

    url: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """What came back: state, code and issuer, if that was told; and the state the browser kept."""

    state: str
    code: str
    issuer: str | None
    kept_state: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """Somebody who is let in: their id here, their session's token, where they wanted to go."""

    person_id: str
    token: str
    leads_to: str


async def depart(
    leads_to: str, *, redirect_uri: str, provider: Provider, identity: Identity
) -> Departure:
    """Begin a sign-in at the provider. Raises `ProviderAway`."""
    state = new_token()
    visit = Visit(nonce=new_token(), verifier=new_token(), leads_to=leads_to)
    url = await provider.way_there(_asked(state, visit, redirect_uri))
    ends_at = identity.clock() + VISIT_LASTS
    async with identity.database.write() as conn:
        await sessions.add_visit(conn, hash_of(state), visit, ends_at=ends_at)
    return Departure(url=url, state=state)


async def arrive(
    arrival: Arrival,
    browser: Browser,
    *,
    redirect_uri: str,
    terms: OpenIdConnect,
    provider: Provider,
    identity: Identity,
) -> Arrived:
    """Return a new session's token, whose it is, and where the person wanted to go.

    A state is good once, in the browser that was given it. Raises `NotBelieved`, `NoRight` and
    `ProviderAway`.
    """
    if arrival.kept_state is None or hash_of(arrival.kept_state) != hash_of(arrival.state):
        raise NotBelieved("the state is not the one that this browser was given")
    if not arrival.code or arrival.issuer not in {None, provider.issuer}:
        raise NotBelieved("no code came back, or another issuer's")
    async with identity.database.write() as conn:
        visit = await sessions.take_visit(conn, hash_of(arrival.state), now=identity.clock())
    if visit is None:
        raise NotBelieved("the state was used, or is too old")
    claims = await provider.who_came(arrival.code, _asked(arrival.state, visit, redirect_uri))
    id_, token = await _let_in(claims, browser, terms=terms, provider=provider, identity=identity)
    return Arrived(person_id=id_, token=token, leads_to=visit.leads_to)


async def end_by_provider(logout_token: str, *, provider: Provider, identity: Identity) -> int:
    """End what the provider says has ended; returns how many sessions that were.

    Raises `NotBelieved` and `ProviderAway`.
    """
    session, subject = await provider.signed_out(logout_token)
    async with identity.database.write() as conn:
        if session is not None:
            return await sessions.end_at_provider(conn, session)
        if subject is None:
            raise NotBelieved("its logout token names neither a session nor a subject")
        known = await people.vouched_for(conn, issuer=provider.issuer, subject=subject)
        return 0 if known is None else await sessions.end_all(conn, known.id)


async def _let_in(
    claims: Mapping[str, Any],
    browser: Browser,
    *,
    terms: OpenIdConnect,
    provider: Provider,
    identity: Identity,
) -> tuple[str, str]:
    """Return who came, by their id here, and the token of their new session."""
    vouched = Vouched(issuer=provider.issuer, subject=str(claims["sub"]))
    described = _described(claims, terms)
    how = _how(claims, terms)
    now = identity.clock()
    async with identity.database.write() as conn:
        before = await people.vouched_for(conn, issuer=vouched.issuer, subject=vouched.subject)
        if before is None:
            await _check_is_free(conn, described.id, vouched)
        else:
            described = _as_known(described, before)
        nobody = not described.roles
        if before is not None or not nobody:
            by = Doer("", vouched.issuer)
            await record(conn, described, now=now, vouched=vouched, by=by)
        person = await people.person_of(conn, described.id, locked=True)
        let_in = not nobody and person is not None and person.disabled_at is None
        token = None
        if let_in:
            token = await begin_session(conn, described.id, how=how, browser=browser, now=now)
    if token is None:
        why = "no group of theirs has a role in the plan" if nobody else "is disabled"
        raise NoRight(f"{described.id!r}: {why}")
    return described.id, token


async def _check_is_free(conn: AsyncConnection, id_: str, vouched: Vouched) -> None:
    """Refuse an id that is somebody else's: nobody becomes another by what a claim says."""
    known = await people.person_of(conn, id_, locked=True)
    if known is None or (known.issuer, known.subject) == (vouched.issuer, vouched.subject):
        return  # the latter by another tab of theirs, a moment ago
    if known.subject is not None or await accounts.account_of(conn, id_) is not None:
        raise NoRight(f"{id_!r} is somebody else here already")


def _as_known(described: Described, before: Known) -> Described:
    """Return somebody under the id that they have here, whatever a claim says by now."""
    return Described(
        id=before.id,
        name=described.name,
        roles=described.roles,
        memberships=described.memberships,
    )


def _described(claims: Mapping[str, Any], terms: OpenIdConnect) -> Described:
    groups = claims.get(terms.groups_claim)
    held = [one for one in groups if isinstance(one, str)] if isinstance(groups, list) else []
    roles, memberships = granted(held, terms.groups)
    id_ = claims.get(terms.person_claim)
    try:
        id_ = _ID.validate_python(id_, strict=True)
    except ValidationError as invalid:
        raise NoRight(f"the claim {terms.person_claim} is no id of a person") from invalid
    try:
        name = _NAME.validate_python(claims.get(terms.name_claim), strict=True)
    except ValidationError:
        name = id_
    return Described(id=id_, name=name, roles=roles, memberships=memberships)


def _how(claims: Mapping[str, Any], terms: OpenIdConnect) -> How:
    methods = claims.get("amr")
    shown = set(methods) if isinstance(methods, list) else set()
    session = claims.get("sid")
    return How(
        second_factor=not terms.second_factor or not shown.isdisjoint(terms.second_factor),
        by_provider=True,
        provider_session=session if isinstance(session, str) else None,
    )


def _asked(state: str, visit: Visit, redirect_uri: str) -> Asked:
    return Asked(state=state, nonce=visit.nonce, verifier=visit.verifier, redirect_uri=redirect_uri)
