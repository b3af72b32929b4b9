"""How somebody wants pages to be: how close lines stand, whether keys act. Browsers keep it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

from starlette.requests import Request
from starlette.responses import Response

from services.desk.http.site import Site

_YEAR: Final = 365 * 24 * 3600


class Density(StrEnum):
    """How close the lines of a page stand."""

    COMFORTABLE = "comfortable"
    COMPACT = "compact"

    @property
    def other(self) -> "Density":
        """The density one click away."""
        return Density.COMPACT if self is Density.COMFORTABLE else Density.COMFORTABLE


class Keys(StrEnum):
    """Whether single keys act (WCAG 2.1.4)."""

    ON = "on"
    OFF = "off"

    @property
    def other(self) -> "Keys":
        """What one click makes of it."""
        return Keys.OFF if self is Keys.ON else Keys.ON


CHOICES: Final[Mapping[str, type[StrEnum]]] = {"density": Density, "keys": Keys}
"""By the field of a form, what can be chosen; the first is what nobody chose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a browser keeps; what it has of no use is as if nobody had chosen."""

    density: Density
    keys: Keys

    @classmethod
    def of(cls, request: Request) -> Self:
        """Return those of whoever asks."""
        kept = {name: request.cookies.get(cookie_of(name)) for name in CHOICES}
        chosen = {
            name: next((one for one in kinds if one == kept[name]), next(iter(kinds)))
            for name, kinds in CHOICES.items()
        }
        return cls(density=Density(chosen["density"]), keys=Keys(chosen["keys"]))


def cookie_of(name: str) -> str:
    """Return the name of the cookie that keeps a choice."""
    return f"tongxin-{name}"


def remember(site: Site, request: Request, answer: Response, name: str, value: str) -> None:
    """Let a browser keep a choice for a year."""
    answer.set_cookie(
        cookie_of(name),
        value,
        max_age=_YEAR,
        secure=site.is_secure(request),
        httponly=True,
        samesite="lax",
    )
