"""Every topic: its name, key, owner, readers, partitions, and what is on it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from pydantic import BaseModel

from schemas.case_facts import CASE_MESSAGES
from schemas.events import (
    assignment,
    case_file,
    commands,
    feedback,
    incident,
    key_use,
    notice,
    people,
    refusals,
)
from schemas.events.base import CaseFact
from schemas.vocabulary import DESK, INTAKE, NOTIFIER, ROUTER

INCIDENT_REPORTS: Final = "incident-reports.v1"
CASES: Final = "cases.v1"
NOTICES: Final = "notices.v1"
CASE_FILES: Final = "case-files.v1"
COMMANDS: Final = "commands.v1"
FEEDBACK_REFUSALS: Final = "feedback-refusals.v1"
INSTALLATIONS: Final = "installations.v1"
PEOPLE: Final = "people.v1"
KEY_USES: Final = "key-uses.v1"

SERVICES: Final = (INTAKE, ROUTER, NOTIFIER, DESK)

DEFAULT_PARTITIONS: Final = 12
"""Partitions of topics unless set; `cases.v1`, `commands.v1` and feedback always have the same."""

_DAY_MS: Final = 24 * 60 * 60 * 1000
_FOR_EVER: Final = -1
_LETTER_BYTES: Final = 2 * 1024 * 1024
"""Room for the largest record a broker takes by default, 1 MiB, and the reasons against it."""


def assignments(department: str) -> str:
    """Return the topic a department receives its work orders on."""
    return f"assignments.{department}.v1"


def feedback_of(party: str) -> str:
    """Return the topic a department, the supervision or the reporters answer on."""
    return f"feedback.{party}.v1"


def party_of(topic: str) -> str:
    """Return whose feedback topic this is; raises `ValueError` for another topic."""
    if not (topic.startswith("feedback.") and topic.endswith(".v1")):
        msg = f"{topic!r} is not a feedback topic"
        raise ValueError(msg)
    return topic.removeprefix("feedback.").removesuffix(".v1")


FEEDBACK_PATTERN: Final = r"feedback\.[a-z0-9-]+\.v1"
ASSIGNMENTS_PATTERN: Final = r"assignments\.[a-z0-9-]+\.v1"
_OURS: Final = re.compile(
    r"(incident-reports|cases|case-files|commands|notices|feedback-refusals|installations|people"
    rf"|key-uses|(assignments|feedback)\.[a-z0-9-]+|({'|'.join(SERVICES)})\.dead-letters)\.v[0-9]+"
)


def dead_letters(service: str) -> str:
    """Return the topic a service puts what it can never process on."""
    return f"{service}.dead-letters.v1"


def is_ours(topic: str) -> bool:
    """Return whether a topic has a name as Tongxin gives them, of whichever plan and version.

    >>> is_ours("assignments.closed-last-year.v1"), is_ours("cases.v2"), is_ours("payments.v1")
    (True, True, False)
    """
    return _OURS.fullmatch(topic) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic as it is declared: who writes it, who reads it, keyed by what, kept how long.

    `retention_ms` is -1 for one that is kept for ever; `partitions` is None for one that has as
    many as the installation's topics have.
    """

    name: str
    title: str
    key: str
    owner: str
    readers: tuple[str, ...]
    messages: tuple[type[BaseModel], ...]
    retention_ms: int
    compacted: bool = False
    max_bytes: int | None = None
    partitions: int | None = None

    def configs(self) -> dict[str, str]:
        """Return the broker's settings for the topic."""
        largest = {} if self.max_bytes is None else {"max.message.bytes": str(self.max_bytes)}
        policy = ",".join(self.cleanup_policy)
        return {"retention.ms": str(self.retention_ms), "cleanup.policy": policy, **largest}

    @property
    def cleanup_policy(self) -> tuple[str, ...]:
        """What the broker removes: all but the newest of each key, and what is older."""
        if not self.compacted:
            return ("delete",)
        return ("compact",) if self.retention_ms == _FOR_EVER else ("compact", "delete")


FEEDBACK_MESSAGES: Final = get_args(get_args(feedback.Feedback)[0])
CASE_FACTS: Final = {m.type: m for m in CASE_MESSAGES if issubclass(m, CaseFact)}
"""What an event on `cases.v1` is read as, by its type."""


def shared_topics() -> tuple[Topic, ...]:
    """Return the topics that every plan has."""
    return (
        Topic(
            name=INCIDENT_REPORTS,
            title="Reports from upstream systems",
            key="any; the report's source and id by preference",
            owner="upstream systems, intake (HTTP), desk",
            readers=("intake",),
            messages=(incident.IncidentReport,),
            retention_ms=7 * _DAY_MS,
        ),
        Topic(
            name=CASES,
            title="What happened to each case",
            key="case_id",
            owner="intake, router, notifier",
            readers=SERVICES,
            messages=CASE_MESSAGES,
            retention_ms=30 * _DAY_MS,
        ),
        Topic(
            name=CASE_FILES,
            title="The whole file of each case that ended, or that was asked for",
            key="case_id",
            owner="notifier",
            readers=("desk", "archives"),
            messages=(case_file.CaseFiled,),
            retention_ms=_FOR_EVER,
            compacted=True,
        ),
        Topic(
            name=COMMANDS,
            title="What people command to be done with a case",
            key="case_id",
            owner="desk, notifier (HTTP)",
            readers=("notifier",),
            messages=commands.KINDS,
            retention_ms=30 * _DAY_MS,
        ),
        Topic(
            name=NOTICES,
            title="What people must be told",
            key="case_id",
            owner="notifier",
            readers=("notifier", "desk", "reporters' systems", "departments", "supervision"),
            messages=(notice.Notice,),
            retention_ms=7 * _DAY_MS,
        ),
        Topic(
            name=FEEDBACK_REFUSALS,
            title="Answers and commands that changed nothing, and why",
            key="case_id",
            owner="notifier",
            readers=("desk", "departments", "supervision"),
            messages=(refusals.FeedbackRefused, refusals.CommandRefused),
            retention_ms=7 * _DAY_MS,
        ),
        Topic(
            name=PEOPLE,
            title="Who may come in: the newest state of each person and key",
            key="person/<id> or key/<id>",
            owner=DESK,
            readers=SERVICES,
            messages=people.KINDS,
            retention_ms=_FOR_EVER,
            compacted=True,
            partitions=1,
        ),
        Topic(
            name=KEY_USES,
            title="On which days keys were used",
            key="the key's id",
            owner=", ".join(SERVICES),
            readers=(DESK,),
            messages=(key_use.KeyUsed,),
            retention_ms=30 * _DAY_MS,
            partitions=1,
        ),
        *(
            Topic(
                name=dead_letters(service),
                title=f"What {service} can never process, with its raw bytes and the reason",
                key="<topic>/<partition>/<offset>/<mark> of the record",
                owner=service,
                readers=("ops", service),
                messages=(),
                retention_ms=30 * _DAY_MS,
                compacted=True,
                max_bytes=_LETTER_BYTES,
            )
            for service in SERVICES
        ),
    )


def department_topics(departments: Iterable[str], parties: Iterable[str]) -> tuple[Topic, ...]:
    """Return a work-order topic per department and a feedback topic per answering party."""
    orders = (
        Topic(
            name=assignments(code),
            title=f"Work orders for {code}",
            key="case_id",
            owner="router",
            readers=(code, DESK),
            messages=(assignment.WorkOrder,),
            retention_ms=30 * _DAY_MS,
        )
        for code in departments
    )
    answers = (
        Topic(
            name=feedback_of(code),
            title=f"Answers of {code}",
            key="case_id",
            owner=f"{code}, {DESK}",
            readers=("notifier",),
            messages=FEEDBACK_MESSAGES,
            retention_ms=30 * _DAY_MS,
        )
        for code in parties
    )
    return (*orders, *answers)


def all_topics(departments: Sequence[str], parties: Sequence[str]) -> tuple[Topic, ...]:
    """Return every topic of a plan with these departments and answering parties."""
    return (*shared_topics(), *department_topics(departments, parties))


def installation_topic() -> Topic:
    """Return the topic that says whose all the others are: no plan's, and no event is on it.

    The first record of a service that stands there counts, so it is never compacted.
    """
    return Topic(
        name=INSTALLATIONS,
        title="Which installation works with these topics",
        key="service",
        owner=", ".join(SERVICES),
        readers=SERVICES,
        messages=(),
        retention_ms=_FOR_EVER,
        partitions=1,
    )
