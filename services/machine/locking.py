"""Locking a broker: its users and what they may do, as the plan says, and what differs from that.

The file of a password is what counts: the broker is told what stands there each time.
"""

import asyncio
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient

from services.kit.kafka.acls import Acl, acls_found, allow, withdraw
from services.kit.kafka.scram import remove_users, set_passwords, users_found
from services.kit.private_folder import private_folder, write_private
from services.machine.bounds import HEED_SECONDS, LOCKED_SECONDS, SECRET_BYTES
from services.machine.rights import is_ours
from services.machine.secrets_kept import kept_secret

Users = Mapping[str, frozenset[Acl]]
"""Everybody who may connect, with what each may do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """What the broker lacks of the users of a plan and their rights, and what it has beyond them.

    Users and rights of others than ours are not looked at.
    """

    missing_users: frozenset[str]
    unplanned_users: frozenset[str]
    missing: frozenset[Acl]
    unplanned: frozenset[Acl]

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """Each of them: whose, what, and whether it is missing or unplanned; sorted."""
        found = [
            *((user, "user", "missing") for user in self.missing_users),
            *((user, "user", "unplanned") for user in self.unplanned_users),
            *((acl.user, acl.told, "missing") for acl in self.missing),
            *((acl.user, acl.told, "unplanned") for acl in self.unplanned),
        ]
        return sorted(found)


async def differences(admin: AIOKafkaAdminClient, users: Users) -> Differences:
    """Return how users and rights differ from those wanted. Raises UsersRefused, AclsRefused."""
    there = {user for user in await users_found(admin) if is_ours(user)}
    wanted = frozenset(acl for acls in users.values() for acl in acls)
    found = frozenset(acl for acl in await acls_found(admin) if is_ours(acl.user))
    return Differences(
        missing_users=frozenset(users.keys() - there),
        unplanned_users=frozenset(there - users.keys()),
        missing=wanted - found,
        unplanned=found - wanted,
    )


async def lock(
    admin: AIOKafkaAdminClient, users: Users, keys: "Passwords", *, anew: bool = False
) -> Differences:
    """Let the broker have these users and rights, and no others of ours; returns what differed.

    A user who is there and whose password is not known here keeps it, unless it is made `anew`. It
    returns when the broker
    heeds what it has accepted, which is a moment later. Raises UsersRefused, AclsRefused, and
    OSError for a folder that cannot be written to, TimeoutError among these.
    """
    differing = await differences(admin, users)
    known = {user: keys.known(user) for user in users}
    lacking = users.keys() if anew else differing.missing_users
    made = {user: keys.made(user) for user in lacking if not known[user]}
    await set_passwords(admin, {user: found for user, found in (known | made).items() if found})
    await allow(admin, differing.missing)
    await withdraw(admin, differing.unplanned)
    await remove_users(admin, differing.unplanned_users)
    async with asyncio.timeout(LOCKED_SECONDS):
        while (await differences(admin, users)).rows:  # noqa: ASYNC110 - the broker tells nobody
            await asyncio.sleep(HEED_SECONDS)
    return differing


@dataclass(frozen=True, slots=True)
class Passwords:
    """The passwords of users: a file each, named as the user, in a folder for its owner alone.

    `given` may have one as `TONGXIN_KAFKA_PASSWORD_<USER>`, in capitals, which is kept nowhere.
    """

    folder: Path
    given: Mapping[str, str] = field(default_factory=dict)

    def file(self, user: str) -> Path:
        """Return where a user's password is, once there is one."""
        return self.folder / user

    def is_given(self, user: str) -> bool:
        """Tell whether a variable gives a user's password."""
        return bool(self.given.get(given_by(user)))

    def known(self, user: str) -> str:
        """Return the password that is given or kept; empty for none. Raises OSError."""
        if self.is_given(user):
            return self.given[given_by(user)]
        file = self.file(user)
        return file.read_text(encoding="utf-8").strip() if file.exists() else ""

    def made(self, user: str) -> str:
        """Return the password that is kept, which is made where there is none. Raises OSError."""
        private_folder(self.folder)
        return kept_secret(self.file(user), _new_password)[0]

    def renew(self, users: Iterable[str]) -> None:
        """Make new passwords, which the broker does not know yet. Raises OSError."""
        for user in users:
            private_folder(self.folder)
            draft = self.folder / f".{user}.new"
            write_private(draft, _new_password())
            draft.replace(self.file(user))


def _new_password() -> str:
    return secrets.token_urlsafe(SECRET_BYTES)


def given_by(user: str) -> str:
    """Return the variable that may give a user's password.

    >>> given_by("dept-fire")
    'TONGXIN_KAFKA_PASSWORD_DEPT_FIRE'
    """
    return f"TONGXIN_KAFKA_PASSWORD_{user.upper().replace('-', '_').replace('.', '_')}"
