"""People of the desk, and what signing in needs in tests: real hashes, made with little work."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher

from schemas.roles import ActingRole
from services.desk.domain.people import Described, Membership
from services.desk.domain.totp import STEP_SECONDS, code_at
from services.desk.use_cases import accounts
from services.desk.use_cases.hashing import Hashing
from services.desk.use_cases.identity import Browser, Identity, known_bad_passwords
from services.desk.use_cases.lasting import SignedIn, signed_in
from services.desk.use_cases.people import record
from services.desk.use_cases.sealing import Sealer
from services.kit.sql.database import Database

START = datetime(2026, 11, 28, 9, tzinfo=UTC)
GOOD = "correct horse battery"
BETTER = "four quite other words"
BROWSER = Browser(address="192.0.2.1", device="a browser")
SECRET = "of-an-installation-in-tests"  # noqa: S105 - of nobody


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, time: timedelta) -> None:
        self.now += time


@dataclass
class Desk:
    """A desk's identity part on one database, and a clock to move."""

    identity: Identity
    clock: Clock = field(default_factory=Clock)

    @property
    def database(self) -> Database:
        return self.identity.database

    async def add(self, id_: str, *roles: ActingRole, departments: Iterable[str] = ()) -> None:
        """Record a person."""
        async with self.database.write() as conn:
            await record(conn, described(id_, *roles, departments=departments), now=self.clock())

    async def link(self, id_: str) -> str:
        """Return the token of a new one-time link."""
        async with self.database.write() as conn:
            return await accounts.invite(conn, id_, now=self.clock())

    async def let_in(
        self,
        id_: str,
        *roles: ActingRole,
        password: str = GOOD,
        departments: Iterable[str] = (),
    ) -> str:
        """Record a person, set their password by a link, and return their session's token."""
        await self.add(id_, *roles, departments=departments)
        link = await self.link(id_)
        return await accounts.first_password(link, password, BROWSER, identity=self.identity)

    async def who(self, token: str) -> SignedIn:
        """Return who a token proves, which must be somebody."""
        found = await signed_in(token, identity=self.identity)
        assert found is not None
        return found

    async def with_factor(self, token: str) -> tuple[str, bytes]:
        """Set a second factor up; returns the token of the session after it, and the secret."""
        who = await self.who(token)
        secret = await accounts.begin_factor(who, GOOD, BROWSER, identity=self.identity)
        code = self.code_of(secret)
        token = await accounts.confirm_factor(who, code, BROWSER, identity=self.identity)
        return token, secret

    def code_of(self, secret: bytes) -> str:
        """Return the code that an app shows now."""
        return code_at(secret, int(self.clock().timestamp()) // STEP_SECONDS)


def desk_on(database: Database, *, secrets: str = SECRET) -> Desk:
    """Return a desk's identity part on a database."""
    clock = Clock()
    return Desk(identity_on(database, clock=clock, secrets=secrets), clock)


def identity_on(database: Database, *, clock: Clock, secrets: str = SECRET) -> Identity:
    """Return what signing in needs."""
    return Identity(
        database=database,
        clock=clock,
        hashing=Hashing(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)),
        sealer=Sealer(secrets.encode().split(), purpose="second factors"),
        known_bad=known_bad_passwords(),
    )


def described(id_: str, *roles: ActingRole, departments: Iterable[str] = ()) -> Described:
    """Return a person as somebody describes them."""
    return Described(
        id=id_,
        name=f"{id_} by name",
        roles=frozenset(roles),
        memberships=frozenset(Membership(department=one) for one in departments),
    )


def forms_of(page: str) -> list[str]:
    """Return where the forms of a page's content lead; empty for where the page came from."""
    _, _, content = page.partition("<main")
    return re.findall(r'<form method="post"(?: action="([^"]*)")?[^>]*>', content)
