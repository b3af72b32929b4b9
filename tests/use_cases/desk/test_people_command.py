"""`tongxin people`, and the link that a first start shows."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from schemas.roles import ActingRole
from services.commands.first_sign_in import first_link, links_of_a_city
from services.desk.migrations import HISTORY
from services.desk.use_cases.accounts import first_password
from services.kit.clock import system_clock
from services.kit.process.settings import database_variable
from services.kit.sql.database import open_database
from tests.support.command import Said, tongxin
from tests.support.databases import Place
from tests.support.desk import BROWSER, GOOD, Desk, desk_on
from tests.support.pages import PEOPLE, blocks


@pytest.fixture
async def url(place: Place, monkeypatch: pytest.MonkeyPatch) -> str:
    found = await place.url_of(HISTORY)
    monkeypatch.setenv(database_variable("desk"), found)
    return found


@pytest.fixture
async def desk(url: str) -> AsyncIterator[Desk]:
    """Return the desk of that database, whose clock is the machine's, as the command's is."""
    database = open_database(url)
    found = desk_on(database)
    found.clock.now = system_clock()
    yield found
    await database.close()


async def people(*arguments: str) -> Said:
    return await tongxin("people", *arguments)


def token_in(said: Said) -> str:
    return said.text.strip().rpartition("/first/")[2]


@pytest.mark.usefixtures("url")
class TestPeople:
    async def test_are_added_listed_disabled_and_let_in_again(self) -> None:
        added = await people(
            *("add", "li", "--name", "Li Wei", "--role", "handler", "--department", "police")
        )
        assert (added.code, added.text) == (0, "1 added, 0 changed, 0 as they were\n")
        assert (await people("list")).text == "li\tLi Wei\thandler\tpolice\t\t\n"
        assert (await people("disable", "li")).text == "li is disabled.\n"
        assert (await people("disable", "li")).text == "li is disabled already.\n"
        assert (await people("list")).text.endswith("disabled\n")
        assert (await people("link", "li")).code == 1
        assert (await people("enable", "li")).text == "li is let in.\n"

    async def test_that_cannot_be_added_are_told_why(self) -> None:
        said = await people("add", "li", "--name", "Li", "--role", "king", "--area", "nowhere")
        assert said.code == 2
        assert said.text.splitlines() == [
            "roles: 'king' is unknown",
            "areas: 'nowhere' is unknown",
        ]
        assert (await people("list")).text == ""
        unknown = await people("disable", "li")
        assert (unknown.code, "Nobody of the id li" in unknown.text) == (1, True)

    async def test_of_the_page_are_imported_as_it_says(self, tmp_path: Path) -> None:
        file = tmp_path / "people.csv"
        file.write_text(blocks(PEOPLE, "csv")[0], encoding="utf-8")
        said = await people("import", str(file))
        assert said.text in blocks(PEOPLE, "console")[0]
        again = await people("import", str(file))
        assert again.text == "0 added, 0 changed, 3 as they were\n"

    async def test_of_a_file_that_is_not_utf_8_are_to_be_looked_at(self, tmp_path: Path) -> None:
        file = tmp_path / "people.csv"
        file.write_bytes("id,name,roles\nli,李偉,operator\n".encode("big5"))
        assert "was read as GB 18030" in (await people("import", str(file))).text
        said = await people("import", str(file), "--encoding", "big5")
        assert said.text == "0 added, 1 changed, 0 as they were\n"
        assert "李偉" in (await people("list")).text

    async def test_of_a_faulty_file_are_none(self, tmp_path: Path) -> None:
        file = tmp_path / "people.csv"
        file.write_text("id,name,roles\nli,Li,handler\nwang,Wang,king\n", encoding="utf-8")
        said = await people("import", str(file))
        assert (said.code, said.text.splitlines()[1:]) == (2, ["line 3: roles: 'king' is unknown"])
        assert (await people("list")).text == ""

    async def test_of_the_plan_are_imported_once(self) -> None:
        said = await people("import", "--from-plan")
        assert (said.code, " 0 changed, 0 as they were" in said.text) == (0, True)
        again = await people("import", "--from-plan")
        assert again.text.startswith("0 added, 0 changed, ")

    async def test_are_imported_from_one_place(self, tmp_path: Path) -> None:
        assert (await people("import")).code == 2
        assert (await people("import", str(tmp_path / "x.csv"), "--from-plan")).code == 2


class TestLink:
    async def test_sets_a_password_once(self, desk: Desk) -> None:
        await desk.add("li", ActingRole.HANDLER)
        said = await people("link", "li", "--url", "https://desk.example/")
        assert said.text.startswith("https://desk.example/first/")
        session = await first_password(token_in(said), GOOD, BROWSER, identity=desk.identity)
        assert (await desk.who(session)).actor.id == "li"

    async def test_of_a_first_start_is_shown_until_somebody_can_sign_in(
        self, url: str, desk: Desk
    ) -> None:
        before, token = [await first_link(url, now=desk.clock()) for _ in range(2)]
        assert before != token
        assert token is not None
        await first_password(token, GOOD, BROWSER, identity=desk.identity)
        assert await first_link(url, now=desk.clock()) is None

    async def test_of_a_demo_lets_somebody_in_for_each_work(self, url: str, desk: Desk) -> None:
        links = dict(await links_of_a_city(url, "fire", now=desk.clock()))
        assert [*links] == ["handler", "acceptor", "dispatcher", "shift_lead", "supervisor"]
        token = links[ActingRole.HANDLER]
        session = await first_password(token, GOOD, BROWSER, identity=desk.identity)
        assert (await desk.who(session)).actor.departments == {"fire"}


class TestDatabase:
    async def test_that_is_not_there_is_told(self, tmp_path: Path) -> None:
        said = await people("list", "--data", str(tmp_path))
        assert (said.code, "tongxin db upgrade" in said.text) == (1, True)
        assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 - a folder of the test
