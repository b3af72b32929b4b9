"""What each fact does to a file, by part of the life; `evolve.py` puts the tables together."""

from collections.abc import Callable
from typing import Any, TypeAlias

from services.notifier.domain.case import CaseFile
from services.notifier.domain.facts import Fact
from services.notifier.domain.part import Part

Evolves: TypeAlias = dict[type[Fact], Callable[[CaseFile, Any], list[Part]]]
"""A table of what facts change; each returns the parts that it changed or brought."""
