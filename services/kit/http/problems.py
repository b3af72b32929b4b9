"""Answers that say what is wrong (RFC 9457)."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from pydantic import BaseModel
from starlette.responses import JSONResponse

from services.kit.http.bounds import RETRY_SECONDS
from services.kit.records import Fault

PROBLEM: Final = "application/problem+json"


class FieldError(BaseModel):
    """What is wrong with a field."""

    field: str
    reason: str


class IndexedFieldError(FieldError):
    """What is wrong with a field of the index-th thing of a list; None: with the request."""

    index: int | None


class Refused(Exception):
    """The request is answered with a problem."""

    def __init__(
        self,
        status: int,
        title: str,
        *,
        errors: Sequence[Fault | IndexedFieldError] = (),
        retry: int | None = None,
        headers: Mapping[str, str] | None = None,
        beside: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep what the answer says, more of it `beside` what every problem says.

        `retry` is after how many seconds to come again.
        """
        super().__init__(title)
        self._beside = beside or {}
        self._status = status
        self._title = title
        self._errors = errors
        self._headers = dict(headers or {})
        if retry is not None:
            self._headers["Retry-After"] = str(retry)

    def answer(self) -> JSONResponse:
        """Return the problem as a response."""
        problem = {"title": self._title, "status": self._status, **self._beside}
        if self._errors:
            problem["errors"] = [_told(error) for error in self._errors]
        return JSONResponse(
            problem, status_code=self._status, headers=self._headers, media_type=PROBLEM
        )


def unreachable(what: str) -> Refused:
    """Return the refusal of a request that needs what is away now: the log, the database."""
    title = f"{what} cannot be reached; send the same request again."
    return Refused(503, title, retry=RETRY_SECONDS)


def _told(error: Fault | IndexedFieldError) -> dict[str, Any]:
    return asdict(error) if isinstance(error, Fault) else error.model_dump()


def problem(description: str, *, error: type[FieldError] = FieldError) -> dict[str, Any]:
    """Return how OpenAPI describes such an answer; `error` is what stands for each fault."""
    schema = {
        "type": "object",
        "required": ["title", "status"],
        "properties": {
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "errors": {"type": "array", "items": error.model_json_schema()},
        },
    }
    return {"description": description, "content": {PROBLEM: {"schema": schema}}}
