"""What no database can keep is refused in the addresses of administrators' pages, too."""

import pytest

from schemas.roles import ActingRole
from services.desk.migrations import HISTORY
from tests.support.databases import Place
from tests.support.desk_town import asked, sent
from tests.support.shown import DeskBench, person


@pytest.mark.both_engines
@pytest.mark.parametrize(
    "address",
    [
        "/people/",
        "/people?text=",
        "/people?after=",
        "/open-sessions?person=",
        "/audit?about=",
        "/audit?after=",
        "/keys/",
        "/keys?after=",
        "/deliveries?receiver=",
        "/deliveries?after=",
    ],
)
async def test_with_what_no_database_keeps_are_no_fault_of_ours(place: Place, address: str) -> None:
    administrator = person(ActingRole.ADMINISTRATOR)
    async with place.opened(HISTORY) as database:
        answer = await asked(DeskBench(database), f"{address}x%00", administrator)
    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/people/x%00", "/keys/x%00"])
async def test_nor_are_they_where_a_form_goes(place: Place, path: str) -> None:
    administrator = person(ActingRole.ADMINISTRATOR)
    async with place.opened(HISTORY) as database:
        form = {"do": "revoke" if "keys" in path else "disable"}
        answer = await sent(DeskBench(database), path, form, administrator)
    assert answer.status_code == 422
