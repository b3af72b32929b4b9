"""What one transaction of a stage takes, and how the one item that fails in it is found."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from services.kit.records import Fault, Incoming, Record, Rejected
from services.kit.sql.faults import cause_of
from services.kit.stage.positions import Place
from services.kit.stage.timers import Deadline

E = TypeVar("E")

UNFORESEEN = "unforeseen"
"""The code of a dead letter of which nobody foresaw that it could fail."""
SKIPPED = "skipped"
"""The code of a dead letter that an operator told the service to pass over."""


class Letter(NamedTuple):
    """A record to be put aside, why, and the row it came by if it was moved to its lane."""

    record: Record
    rejected: Rejected
    moved: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Load(Generic[E]):
    """What one transaction takes.

    `strays` are events of lanes that others own, each with its own lane. In the lanes `due_of`
    deadlines are fired: all that are due, or only those of `due`. `taken` is how far the stage has
    taken the topics once all of it is done. `at` is the instant it is decided at, None for now.
    """

    incoming: tuple[Incoming[E], ...] = ()
    letters: tuple[Letter, ...] = ()
    strays: tuple[tuple[Incoming[E], int], ...] = ()
    due_of: frozenset[int] = frozenset()
    due: frozenset[Deadline] | None = None
    taken: Mapping[Place, int] = field(default_factory=dict)
    at: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to do."""
        return not (self.incoming or self.letters or self.strays or self.due_of)

    @property
    def moved(self) -> list[UUID]:
        """The rows by which parts of it were brought to their lane."""
        found = (*(i.moved for i in self.incoming), *(letter.moved for letter in self.letters))
        return [id_ for id_ in found if id_ is not None]


class Undecided(Exception, Generic[E]):
    """A transaction failed in a way that trying again does not help; nothing was written."""

    def __init__(self, load: Load[E], due: list[Deadline], cause: Exception) -> None:
        """Take what it had, the deadlines it found, and what was raised."""
        super().__init__(str(cause))
        self.load = load
        self.items: list[Incoming[E] | Deadline] = [*load.incoming, *due]
        self.cause = cause

    def halves(self) -> Iterator[Load[E]]:
        """Yield what it had as two loads, in the same order; all but the items go first.

        How far the topics are taken is noted last: it must not be ahead of what is done.
        """
        middle = len(self.items) // 2
        for first, items in ((True, self.items[:middle]), (False, self.items[middle:])):
            due = frozenset(i for i in items if isinstance(i, Deadline))
            yield Load(
                incoming=tuple(i for i in items if isinstance(i, Incoming)),
                letters=self.load.letters if first else (),
                strays=self.load.strays if first else (),
                due_of=self.load.due_of if due else frozenset(),
                due=due,
                taken={} if first else self.load.taken,
                at=self.load.at,
            )


class TooManyUnforeseen(Exception):
    """So many records in a row failed as nobody foresaw that it is not the records' fault."""


class Unforeseen:
    """How many records in a row were put aside as unforeseen, without one that was decided.

    Only these are counted: what cannot be read is its sender's fault, and one sender may send any
    number of that. The count begins anew with the process, so that a restart gets on, loudly.
    """

    def __init__(self, limit: int) -> None:
        """Take how many may follow each other."""
        self._limit = limit
        self._in_a_row = 0

    def check(self) -> None:
        """Raise `TooManyUnforeseen` if no further record may be put aside."""
        if self._in_a_row >= self._limit:
            raise TooManyUnforeseen(
                f"{self._in_a_row} records in a row failed as nobody foresaw, none was decided "
                "between them (TONGXIN_UNFORESEEN_LIMIT): it is this release or its surroundings, "
                "not the records. Mend it, then `tongxin dead-letters replay` what was put aside."
            )

    def note(self, *, aside: int, decided: int) -> None:
        """Count what a transaction put aside as unforeseen, and what it decided."""
        self._in_a_row = 0 if decided else self._in_a_row + aside


def unforeseen(cause: Exception) -> Rejected:
    """Return the reason against a record that failed as nobody foresaw."""
    told = f"{type(cause).__name__}: {cause_of(cause)}"
    return Rejected(UNFORESEEN, (Fault("record", told),))
