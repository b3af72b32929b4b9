"""`[residents]`: what people who are no staff see. Nothing, unless the plan says so."""

import re
from datetime import timedelta
from typing import Annotated, Final

from pydantic import AfterValidator, BeforeValidator, Field

from schemas.plan.base import Table, Text
from schemas.plan.limits import parse_duration

_LONGEST: Final = 200
"""Characters: an address is sent in a short message."""
_HOST: Final = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*)(:[0-9]{1,5})?/?"
)
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1"})


def _address(text: str) -> str:
    found = _HOST.fullmatch(text)
    if found is None:
        raise ValueError("must be https://HOST alone, under which residents reach the desk")
    if found["scheme"] == "http" and found["host"] not in _THIS_MACHINE:
        raise ValueError("must begin with https://; http:// only for this machine")
    return text.rstrip("/")


class Residents(Table):
    """What residents see at the desk without signing in.

    `address` is where they reach it: with it links are handed out. `status_page` shows whoever
    reported what becomes of it, until `shown_for` after its end. `public_page` shows everybody how
    many cases there were, by grid and by category: numbers of `public_k` at the least, each of
    `public_days` days; cases of the categories `public_without` are in none.
    """

    address: Annotated[str, Field(max_length=_LONGEST), AfterValidator(_address)] | None = None
    status_page: Annotated[bool, Field(strict=True)] = False
    shown_for: Annotated[
        timedelta,
        Field(ge=timedelta(days=1), le=timedelta(days=366)),
        BeforeValidator(parse_duration),
    ] = timedelta(days=90)
    public_page: Annotated[bool, Field(strict=True)] = False
    public_k: Annotated[int, Field(strict=True, ge=5, le=1000)] = 10
    public_days: Annotated[int, Field(strict=True, ge=7, le=366)] = 30
    public_without: tuple[Text, ...] = ()
