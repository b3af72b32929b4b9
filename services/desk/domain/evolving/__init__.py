"""What each fact does to what is shown, by part of the life; `evolve.py` puts them together."""

from collections.abc import Callable
from typing import Any, TypeAlias

from schemas.events.base import CaseFact
from services.desk.domain.view import View

Evolves: TypeAlias = dict[type[CaseFact], Callable[[View, Any], None]]
"""A table of what facts change."""
