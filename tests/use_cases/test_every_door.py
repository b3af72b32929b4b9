"""Every operation of every service, asked what its OpenAPI document allows, and what it does not.

Whoever asks: nothing is our fault, nothing is said or done without right, and each answer is as
the document says. `FUZZ_EXAMPLES=500` asks each operation so often, at random.
"""

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from schemas.roles import ActingRole
from schemas.topics import SERVICES
from schemas.vocabulary import DESK
from services.access.door import HEALTH
from services.desk.http.entrance import OPEN_BELOW, OPEN_PATHS
from tests.support.databases import Place
from tests.support.every_door import (
    HIDDEN,
    KNOWN,
    OWN_PARTY,
    Answer,
    Service,
    every_service,
    session_on,
)

EXAMPLES: Final = int(os.environ.get("FUZZ_EXAMPLES", "0"))
_OFTEN: Final = settings(
    max_examples=EXAMPLES or 6,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    phases=[Phase.generate, *([Phase.shrink] if EXAMPLES else [])],
    suppress_health_check=list(HealthCheck),
)
_CHECKS: Final = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_LET_NOBODY_IN: Final = {401, 403, 404, 405, 421, 429}

pytestmark = pytest.mark.timeout(600 + 60 * EXAMPLES)
Come = Callable[[Service, int], Coroutine[None, None, dict[str, str]]]
Asked = Case[Any]
Operation = APIOperation[Any, Any, Any, Any]


async def with_every_right(service: Service, _: int) -> dict[str, str]:
    return service.let_in()


async def of_a_department(service: Service, _: int) -> dict[str, str]:
    return service.let_in(parties=(OWN_PARTY,), roles=(ActingRole.DEPARTMENT,))


async def signed_in(service: Service, number: int) -> dict[str, str]:
    return await session_on(service.runtime.database, f"handler-{number}")


async def as_nobody(_service: Service, _number: int) -> dict[str, str]:
    return {}


_EVERYWHERE: Final = [
    (name, come) for name in SERVICES for come in (with_every_right, of_a_department, as_nobody)
]


def whatever(operation: Operation) -> st.SearchStrategy[Asked]:
    """Return requests that the document allows and that it does not, some of them of a case."""
    known = {name: KNOWN[name] for name in KNOWN if f"{{{name}}}" in operation.path}
    paths = [None, known] if known else [None]
    every = [
        operation.as_strategy(generation_mode=mode, path_parameters=path)
        for mode in GenerationMode
        for path in paths
    ]
    return st.one_of(*every)


def judged(service: Service, case: Asked, come: Come, answer: Answer) -> None:
    """Raise what is wrong with an answer."""
    response = answer.response
    case.validate_response(response, checks=_CHECKS, excluded_checks=_excused(case))
    if come is not with_every_right:
        assert HIDDEN not in response.text
    if come is as_nobody:
        assert answer.published == []
        assert is_public(service, case) or response.status_code in _LET_NOBODY_IN
    elif come is not with_every_right:
        assert {m.topic for m in answer.published} <= {f"feedback.{OWN_PARTY}.v1"}


def _excused(case: Asked) -> list[Any]:
    """Return what need not be: that a house is ready of which nothing runs."""
    return [not_a_server_error] if case.operation.path in HEALTH else []


def is_public(service: Service, case: Asked) -> bool:
    path = case.operation.path
    pages = service.name == DESK and (path in OPEN_PATHS or path.startswith(OPEN_BELOW))
    return path in HEALTH or pages


@pytest.mark.parametrize(("name", "come"), [*_EVERYWHERE, (DESK, signed_in)])
class TestEveryDoor:
    def test_answers_whatever_is_asked(
        self, name: str, come: Come, postgres_place: Place, tmp_path: Path
    ) -> None:
        with asyncio.Runner() as runner:
            opened = every_service(postgres_place, tmp_path)
            service = runner.run(opened.__aenter__())[name]
            try:
                for number, operation in enumerate(operations_of(service)):
                    headers = runner.run(come(service, number))
                    ask_often(runner, service, operation, come, headers)
            finally:
                runner.run(opened.__aexit__(None, None, None))


def operations_of(service: Service) -> list[Operation]:
    """Return what the service's document says can be asked."""
    document = schemathesis.openapi.from_dict(service.http.openapi())
    found = [*document.get_all_operations()]
    read = [one.ok() for one in found if isinstance(one, Ok)]
    assert len(read) == len(found)
    return read


def ask_often(
    runner: asyncio.Runner,
    service: Service,
    operation: Operation,
    come: Come,
    headers: Mapping[str, str],
) -> None:
    """Ask one operation again and again."""

    @_OFTEN
    @given(whatever(operation))
    def ask(case: Asked) -> None:
        judged(service, case, come, runner.run(service.asked(case, headers)))

    ask()
