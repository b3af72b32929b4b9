"""What a row of the matrix is, and the list of all of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Final

from tests.faults.load.asked import Load
from tests.faults.stand import Engine, Setting, Stand


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How long and how hard: the short form is for every push, the long one for `make faults`."""

    long: bool = False

    def pick(self, short: float, long: float) -> float:
        """Return the short or the long value of a parameter."""
        return long if self.long else short


Inject = Callable[[Stand, Form], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row: its id in the reliability handbook, what it does, what it aims at, where it runs.

    `load` and `setting` are those of the short form, which is over soon; the long one reports
    `longer` times as much, and goes on if its load is steady. `truncated` are topics that lose
    records on purpose.
    """

    id: str
    title: str
    aims: str
    inject: Inject
    engines: tuple[Engine, ...] = ("postgres",)
    setting: Setting = field(default_factory=Setting)
    load: Load = field(default_factory=Load)
    longer: int = 10
    truncated: tuple[str, ...] = ()

    def load_of(self, form: Form) -> Load:
        """Return the load of a form."""
        if not form.long:
            return replace(self.load, steady=False)
        many = self.load.reports * self.longer
        return replace(self.load, reports=many, poison=self.load.poison * self.longer)


ROWS: Final[dict[str, Row]] = {}


def enter(*rows: Row) -> None:
    """Put rows on the list."""
    ROWS.update({row.id: row for row in rows})
