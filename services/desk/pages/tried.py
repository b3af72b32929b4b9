"""What a form of one case or of many said that was not taken, on its way back to the page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from services.desk.domain.changes import Change
from services.desk.pages.actions import Action, Field, Widget
from services.desk.pages.standard_texts import put_in
from services.desk.use_cases.saying import MayNot, MovedOn
from services.kit.records import Fault, Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What somebody said that was not taken: what they typed, and why not.

    `changes` happened since they opened the page. Where it `uses` a standard text, nothing was to
    be taken.
    """

    given: Mapping[str, str]
    status: int
    faults: Sequence[Fault] = ()
    changes: Sequence[Change] = ()
    barred: MayNot | None = None
    uses: bool = False

    def is_of(self, action: Action) -> bool:
        """Tell whether it was this that was tried."""
        hidden = (one for one in action.fields if one.widget is Widget.HIDDEN)
        same = all(self.given.get(one.name) == one.value for one in hidden)
        return same and self.given.get("kind") == action.kind

    @classmethod
    def using(cls, given: Mapping[str, str]) -> Self:
        """Return what was typed when a standard text was chosen."""
        return cls(given=given, status=200, uses=True)

    def filled(self, actions: Iterable[Action]) -> Self:
        """Return it with the text that it uses in the box of what was tried."""
        return self.in_boxes(field for one in actions if self.is_of(one) for field in one.fields)

    def in_boxes(self, fields: Iterable[Field]) -> Self:
        """Return it with the text that it uses in the box that offers it."""
        return replace(self, given=put_in(self.given, fields)) if self.uses else self

    @classmethod
    def of(cls, given: Mapping[str, str], why: Exception) -> Self:
        """Return what was tried in vain."""
        match why:
            case Rejected():
                return cls(given=given, status=422, faults=why.faults)
            case MovedOn():
                return cls(given=given, status=409, changes=why.changes)
            case MayNot():
                return cls(given=given, status=403, barred=why)
            case _:
                return cls(given=given, status=503)
