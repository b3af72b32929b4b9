"""Who may do what at a locked broker: a user for each service and party, and nothing else allowed.

A reader of a topic never learns who wrote a record, so the topic is the identity: a party has one
of its own to answer on, and only that party may write there.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from schemas.plan import Plan
from schemas.topics import (
    CASE_FILES,
    CASES,
    COMMANDS,
    FEEDBACK_REFUSALS,
    INCIDENT_REPORTS,
    INSTALLATIONS,
    KEY_USES,
    NOTICES,
    PEOPLE,
    SERVICES,
    assignments,
    dead_letters,
    feedback_of,
)
from schemas.vocabulary import DESK, INTAKE, NOTIFIER, REPORTERS, ROUTER, SUPERVISION
from services.kit.kafka.acls import Acl, Operation, Pattern, Resource
from services.machine.services import REGISTRY

OPERATOR: Final = "operator"
"""Whoever runs the machines, and gives `tongxin` commands: it may do everything."""

DEPARTMENT: Final = "dept-"
PARTY: Final = "party-"
SOURCE: Final = "source-"
_PREFIXES: Final = (DEPARTMENT, PARTY, SOURCE)
_ALL: Final = "*"
_EVERY_ORDER: Final = "assignments."
_EVERY_ANSWER: Final = "feedback."
_A_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """The topics that a service reads and writes; a name that ends with a dot is all that begin so.

    What it says of a case it reads as well, once its database is an older copy.
    """

    reads: tuple[str, ...]
    writes: tuple[str, ...]


USES: Final[Mapping[str, Use]] = {
    INTAKE: Use(reads=(INCIDENT_REPORTS, CASES), writes=(INCIDENT_REPORTS, CASES)),
    ROUTER: Use(reads=(CASES,), writes=(CASES, _EVERY_ORDER)),
    NOTIFIER: Use(
        reads=(CASES, COMMANDS, _EVERY_ANSWER, NOTICES, FEEDBACK_REFUSALS),
        writes=(CASES, NOTICES, CASE_FILES, FEEDBACK_REFUSALS, COMMANDS, _EVERY_ANSWER),
    ),
    DESK: Use(
        reads=(CASES, CASE_FILES, _EVERY_ORDER, NOTICES, FEEDBACK_REFUSALS, KEY_USES),
        writes=(INCIDENT_REPORTS, COMMANDS, PEOPLE),
    ),
}
"""What each service reads and writes, beside what all services do."""

_OF_EVERY_SERVICE: Final = Use(reads=(INSTALLATIONS, PEOPLE), writes=(INSTALLATIONS, KEY_USES))


def users(plan: Plan) -> dict[str, frozenset[Acl]]:
    """Return every user that a plan needs, with what it may do."""
    parties = (party for party in plan.feedback_parties() if party not in plan.departments)
    return {
        OPERATOR: frozenset(_of_operator()),
        **{service: frozenset(_of_service(service)) for service in SERVICES},
        DESK: frozenset((*_of_service(DESK), *_of_people(plan))),
        **{
            f"{DEPARTMENT}{code}": frozenset(_of_department(code))
            for code in sorted(plan.departments)
        },
        **{f"{PARTY}{code}": frozenset(_of_party(code)) for code in parties},
        **{f"{SOURCE}{name}": frozenset(_of_source(name)) for name in sources(plan)},
    }


def sources(plan: Plan) -> list[str]:
    """Return the plan's sources that can have a user: letters, digits, `.`, `_` and `-`."""
    return [name for name in plan.sources if _A_NAME.fullmatch(name)]


def sources_without(plan: Plan) -> list[str]:
    """Return the plan's sources whose names no user can have."""
    return [name for name in plan.sources if not _A_NAME.fullmatch(name)]


def is_ours(user: str) -> bool:
    """Tell whether a user is one that a plan has, had or may have: others are left alone.

    >>> is_ours("router"), is_ours("dept-closed-last-year"), is_ours("kafka-ui")
    (True, True, False)
    """
    return user in {OPERATOR, *SERVICES} or user.startswith(_PREFIXES)


def _of_operator() -> Iterator[Acl]:
    for resource in (Resource.TOPIC, Resource.GROUP):
        yield Acl(OPERATOR, Operation.ALL, resource, _ALL)
    yield Acl(OPERATOR, Operation.ALL, Resource.CLUSTER, "kafka-cluster")


def _of_service(service: str) -> Iterator[Acl]:
    for use in (USES[service], _OF_EVERY_SERVICE):
        yield from (_topic(service, Operation.READ, name) for name in use.reads)
        yield from (_topic(service, Operation.WRITE, name) for name in use.writes)
    for operation in (Operation.READ, Operation.WRITE):
        yield _topic(service, operation, dead_letters(service))
    for group in sorted({*REGISTRY[service].groups.values()}):
        yield Acl(service, Operation.READ, Resource.GROUP, group)


def _of_people(plan: Plan) -> Iterator[Acl]:
    """Yield what the desk may for those who sign in there, and for who reported by their link."""
    reporters = (REPORTERS,) if plan.residents.status_page else ()
    for party in (*sorted(plan.departments), SUPERVISION, *reporters):
        yield _topic(DESK, Operation.WRITE, feedback_of(party))


def _of_department(code: str) -> Iterator[Acl]:
    user = f"{DEPARTMENT}{code}"
    yield _topic(user, Operation.READ, assignments(code))
    yield _topic(user, Operation.WRITE, feedback_of(code))
    # With the dot: `dept-fire.` is no beginning of a group of `dept-fire-x`.
    yield Acl(user, Operation.READ, Resource.GROUP, f"{user}.", Pattern.PREFIXED)


def _of_party(code: str) -> Iterator[Acl]:
    yield _topic(f"{PARTY}{code}", Operation.WRITE, feedback_of(code))


def _of_source(name: str) -> Iterator[Acl]:
    yield _topic(f"{SOURCE}{name}", Operation.WRITE, INCIDENT_REPORTS)


def _topic(user: str, operation: Operation, name: str) -> Acl:
    pattern = Pattern.PREFIXED if name.endswith(".") else Pattern.LITERAL
    return Acl(user, operation, Resource.TOPIC, name, pattern)
