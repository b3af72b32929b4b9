"""`tongxin topics apply --acls`: the broker's users and what they may do, as the plan says."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from aiokafka.errors import KafkaError
from rich.console import Console

from schemas.plan import Plan
from services.commands.options import print_rows, stop_with
from services.kit.kafka.acls import AclsRefused
from services.kit.kafka.brokers import Brokers
from services.kit.kafka.scram import UsersRefused
from services.kit.kafka.topics import administered
from services.machine.locking import Differences, Passwords, differences, given_by, lock
from services.machine.rights import sources_without, users

_DONE = {"missing": "made", "unplanned": "taken away"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What was asked: where passwords are kept, who gets a new one, and whether only to look."""

    passwords: Passwords
    renew: Sequence[str]
    check: bool


def apply_rights(brokers: Brokers, plan: Plan, asked: Rights) -> bool:
    """Make it so, or only look; print what differs, and tell whether something still does."""
    wanted = users(plan)
    _check_names(asked, wanted)
    try:
        if not asked.check:
            asked.passwords.renew(asked.renew)
        found = asyncio.run(_applied(brokers, plan, asked))
    except (UsersRefused, AclsRefused) as refused:
        stop_with(str(refused))
    except (KafkaError, OSError) as error:
        stop_with(f"The broker {brokers} does not answer as it should: {error}")
    _tell(found, asked, count=len(wanted))
    if unfit := sources_without(plan):
        told = "no user, for its name has more than letters, digits, `.`, `_` and `-`"
        Console(stderr=True).print(f"{', '.join(unfit)}: {told}.", markup=False, soft_wrap=True)
    return asked.check and bool(found.rows)


def _check_names(asked: Rights, wanted: Collection[str]) -> None:
    for user in asked.renew:
        if user not in wanted:
            stop_with(f"--new-password {user}: the plan has users {', '.join(wanted)}.", code=2)
        if asked.passwords.is_given(user):
            stop_with(f"--new-password {user}: {given_by(user)} gives its password.", code=2)


async def _applied(brokers: Brokers, plan: Plan, asked: Rights) -> Differences:
    async with administered(brokers) as admin:
        if asked.check:
            return await differences(admin, users(plan))
        return await lock(admin, users(plan), asked.passwords)


def _tell(found: Differences, asked: Rights, *, count: int) -> None:
    if not found.rows:
        print(f"{count} users, and what each may do, all as the plan says.")
    rows = [(*row, "" if asked.check else _DONE[row[-1]]) for row in found.rows]
    print_rows(("user", "what", "found", "done"), rows)
    if asked.check or not (found.missing_users or asked.renew):
        return
    made = ", ".join(sorted({*found.missing_users, *asked.renew}))
    Console(stderr=True).print(
        f"New passwords, a file for each user, are in {asked.passwords.folder}: {made}. Whoever "
        "is not on this machine is to be given its own, and none other.",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
