"""`tongxin person` on a folder whose services rest: the keys, and what it refuses."""

import re
from pathlib import Path
from typing import Final

import pytest

from services.intake.migrations import HISTORY as INTAKE
from services.intake.use_cases.persons import Who, held_of
from services.kit.sealing.keys import KeyFile
from services.kit.sql.database import open_database, sqlite_url
from services.kit.sql.migrations import upgrade
from services.machine.secrets_kept import PRIVACY_KEY_FILE
from services.notifier.migrations import HISTORY as NOTIFIER
from tests.support.command import Said, tongxin
from tests.support.intake import NOON, recorded, report

PAGE: Final = Path("docs/a-person-asks-for-their-data.md").read_text(encoding="utf-8")
ROTATE, FORGET = re.findall(r"\$ tongxin person (rotate-key|forget-keys)$", PAGE, re.MULTILINE)
PHONE: Final = "13800138000"


class Folder:
    """A house's folder with one report in it."""

    def __init__(self, data: Path) -> None:
        self.data = data

    @property
    def keys(self) -> KeyFile:
        return KeyFile.read(self.data / "privacy.key")

    async def fill(self) -> None:
        keys = KeyFile.made(self.data / "privacy.key", now=NOON)
        for history in (INTAKE, NOTIFIER):
            await upgrade(history, sqlite_url(self.data / f"{history.name}.sqlite"))
        database = open_database(sqlite_url(self.data / "intake.sqlite"))
        await recorded(database, [report(1, contact={"phone": PHONE})], ring=keys.ring)
        await database.close()

    async def given(self, *words: str, **environment: str) -> Said:
        return await tongxin(
            "person", *words, environment={"TONGXIN_DATA": str(self.data), **environment}
        )

    async def phones(self) -> list[str | None]:
        """Return the numbers that can be read by what is in the file now."""
        database = open_database(sqlite_url(self.data / "intake.sqlite"))
        try:
            held = await held_of(database, Who(phone=PHONE), keys=self.keys)
        finally:
            await database.close()
        return [None if one.contact is None else one.contact.phone for one in held]


@pytest.fixture
async def folder(tmp_path: Path) -> Folder:
    found = Folder(tmp_path / "house")
    await found.fill()
    return found


class TestMasterKey:
    async def test_is_rotated_and_the_old_one_forgotten_as_the_page_shows(
        self, folder: Folder
    ) -> None:
        (first,) = folder.keys.ring.keys

        rotated = await folder.given(ROTATE)
        assert rotated.code == 0
        second = folder.keys.ring.current
        assert second in rotated.text
        assert [*folder.keys.ring.keys] == [first, second]

        forgotten = await folder.given(FORGET)
        assert forgotten.code == 0, forgotten.text
        assert [*folder.keys.ring.keys] == [second]
        assert await folder.phones() == [PHONE]

    async def test_that_lacks_is_told(self, folder: Folder, tmp_path: Path) -> None:
        nowhere = {PRIVACY_KEY_FILE: str(tmp_path / "none")}

        said = await folder.given("export", "--phone", PHONE, **nowhere)

        assert said.code == 1
        assert PRIVACY_KEY_FILE in said.text


class TestPersonCommand:
    async def test_says_that_no_broker_was_asked(self, folder: Folder) -> None:
        said = await folder.given("export", "--phone", PHONE)

        assert said.code == 0
        assert "was not looked through" in said.text

    async def test_asks_before_it_erases(self, folder: Folder) -> None:
        said = await folder.given("erase", "--phone", PHONE, "--reason", "asked")

        assert said.code == 1
        assert "1 reports" in said.text
        assert await folder.phones() == [PHONE]

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["export"], "one of --phone"),
            (["export", "--phone", "1", "--mail", "a@b"], "one of --phone"),
            (["export", "--report", "hotline"], "SOURCE/ID"),
            (["erase", "--phone", "1", "--reason", " "], "--reason is empty"),
        ],
    )
    async def test_names_what_is_wrong(self, folder: Folder, words: list[str], told: str) -> None:
        said = await folder.given(*words)

        assert said.code == 2
        assert told in said.text

    async def test_of_nobody_says_so(self, folder: Folder) -> None:
        for words in (["export", "--mail", "x@y.z"], ["erase", "--mail", "x@y.z", "--reason", "r"]):
            said = await folder.given(*words)
            assert said.code == 1
            assert "Nothing is held" in said.text
