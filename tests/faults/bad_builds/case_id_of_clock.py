"""A case's id is made of the wall clock: the same report again is another case."""

import time
from uuid import UUID

from schemas.events import incident
from schemas.vocabulary import derived_id
from tests.faults.bad_builds.swapping import swap


def spoil() -> None:
    """Derive nothing from the report."""

    def of_clock(_source: str, _id: str) -> UUID:
        return derived_id("case", time.time_ns())

    swap(incident, "case_id_for", of_clock)
