"""No administrator reads a code where it has a title, in either language, on whichever page."""

from typing import Final

import pytest

from schemas.roles import ActingRole
from schemas.scopes import Scope
from services.desk.domain.audit import Deed, Doer
from services.desk.domain.keys import Asked
from services.desk.domain.people import Described, Membership
from services.desk.pages.places import places_of
from services.desk.store import audit
from services.desk.use_cases import keys, people
from tests.support.desk import SECRET, Desk
from tests.support.desk_town import pages_app
from tests.support.naked_codes import naked_codes, read_on
from tests.support.notifier import the_plan
from tests.support.shown import DeskBench, person
from tests.support.web import talking_to

ADMINISTRATOR = person(ActingRole.ADMINISTRATOR, id_="admin")
GRID: Final = "36011100300103"
EVERYBODY: Final = Described(
    id="wang.fang",
    name="王芳",
    roles=frozenset(ActingRole),
    memberships=frozenset(
        Membership(department=one, area=area)
        for one in the_plan().feedback_parties()
        for area in (GRID, the_plan().districts[0].code)
    ),
)
TOLD: Final = {
    Deed.LETTER_REPLAYED: ("cases.v1/1/7/0", "router notifier"),
    Deed.LETTER_DISMISSED: ("cases.v1/1/7/0", "desk"),
    Deed.SESSIONS_ENDED: ("wang.fang", "3"),
    Deed.FILE_TAKEN_AWAY: ("5bf09164-a81f-50ab-8402-27aeb7de0236", "file 7, SHA-256 0f"),
}
"""What deeds were about, and their details."""
PAGES: Final = (
    *(place.path for place in places_of(ADMINISTRATOR)),
    *("/new-person", "/people/wang.fang", "/new-key", "/keys/all", "/keys/bound"),
    *("/keys?ended=true", "/deliveries?state=waiting", "/deliveries?state=sent", "/shortcuts"),
)
FORMS: Final = {
    "/new-person": {"id": "li.wei", "name": "李伟", "department.1": "polcie"},
    "/new-key": {"name": "line", "scope.reports.write": "1", "days": "1"},
    "/keys/bound": {"do": "rotate", "days": "x"},
    "/people/wang.fang": {"do": "change", "name": "王芳", "role.handler": "true", "version": "0"},
}
"""What is not taken, by the page that says so."""

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
async def shown(desk: Desk) -> DeskBench:
    """Return the pages of a desk where somebody is in every office, and everything was done."""
    await desk.let_in("admin", ActingRole.ADMINISTRATOR)
    now, by = desk.clock(), Doer("admin", "何军")
    parties = frozenset(the_plan().feedback_parties())
    few = frozenset({Scope.CASES_READ, Scope.ANSWERS_WRITE})
    asked = [
        Asked(name="all", scopes=frozenset(Scope), roles=frozenset(ActingRole), everywhere=True),
        Asked(name="bound", scopes=few, parties=parties),
    ]
    async with desk.database.write() as conn:
        await people.record(conn, EVERYBODY, now=now, by=by)
        for one in asked:
            await keys.create(conn, one, secret=SECRET.encode(), now=now, by=by)
        for deed in Deed:
            about, detail = TOLD.get(deed, ("wang.fang", ""))
            await audit.note(conn, deed, about, by=by, now=now, detail=detail)
    return DeskBench(desk.database, now=now)


@pytest.mark.parametrize("language", ["zh", "en"])
class TestPage:
    async def test_has_titles_for_codes(self, shown: DeskBench, language: str) -> None:
        headers = {"Accept": "text/html", "Accept-Language": language}
        headers["Sec-Fetch-Site"] = "same-origin"
        found: dict[str, list[str]] = {}
        async with talking_to(pages_app(shown, ADMINISTRATOR), token="") as browser:
            answers = [await browser.get(path, headers=headers) for path in PAGES]
            assert {one.status_code for one in answers} == {200}
            for path, form in FORMS.items():
                answers.append(await browser.post(path, data=form, headers=headers))
                assert answers[-1].status_code in {409, 422}
        for answer in answers:
            text = read_on(answer.text)
            codes = naked_codes(text, chinese=language == "zh", plan=the_plan())
            found |= {answer.url.path: codes} if codes else {}
        assert found == {}
