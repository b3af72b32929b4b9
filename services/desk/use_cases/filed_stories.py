"""Whether the story in a whole file can be shown: its lines are what others wrote."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel, TypeAdapter, ValidationError

from schemas.events.case import CaseMerged
from schemas.events.case_file import CaseFiled
from schemas.topics import CASE_FACTS
from services.desk.domain.progress import TOLD_TYPES
from services.kit.records import Fault, Rejected
from services.kit.stage.decoding import faults_of


class _Acting(BaseModel):
    person: str | None = None


class _Told(BaseModel):
    """What is read of any line besides its sentence: who acted, and photos."""

    acting: _Acting | None = None
    media: tuple[str, ...] = ()


class _Joined(_Told):
    """What is read of a line that tells of a report that joined: which one that is."""

    merged_id: UUID


_TOLD: Final = TypeAdapter[object](_Told)
_FACTS: Final[Mapping[str, TypeAdapter[Any]]] = {
    **{type_: TypeAdapter(model) for type_, model in CASE_FACTS.items() if type_ in TOLD_TYPES},
    CaseMerged.type: TypeAdapter(_Joined),
}
"""What is read of lines of these types: events for whoever reported, and what joined."""


def check_story(filed: CaseFiled) -> None:
    """Refuse a file with a line whose `data` is not what its type says. Raises `Rejected`."""
    for index, line in enumerate(filed.story):
        adapters = (_TOLD, _FACTS.get(line.type, _TOLD))
        try:
            for adapter in dict.fromkeys(adapters):
                adapter.validate_json(line.data)
        except ValidationError as error:
            faults = (Fault(f"story.{index}.data.{f.field}", f.reason) for f in faults_of(error))
            raise Rejected("invalid", tuple(faults)) from error
