"""docs/desk: what the pages for people call things is what they read on the screen."""

import re

import pytest

from schemas.vocabulary import RequestKind
from schemas.words import labels
from services.desk.pages.words import WORDS
from tests.support.browser.doc_pictures import FOLDER, PICTURES
from tests.support.browser.every_page import EVERY_PAGE
from tests.support.sources import ROOT

SAID = "\n".join(
    [words.zh for words in WORDS.values()]
    + [words.zh for words in labels.CLOCK.values()]
    + [words.zh for words in labels.URGENCY.values()]
)


PAGES = sorted(path.stem for path in (ROOT / "docs" / "desk").glob("*.md"))
FOR_PEOPLE = [name for name in PAGES if name != "design"]


@pytest.mark.parametrize("name", FOR_PEOPLE)
def test_names_things_as_the_screen_does(name: str) -> None:
    page = (ROOT / "docs" / "desk" / f"{name}.md").read_text(encoding="utf-8")
    found = {*re.findall(r"[\u4e00-\u9fff]+", page)}
    assert len(found) > 10
    # "申请{what}" is filled in with what is asked for.
    asked = (WORDS[f"about.{what}"].zh for what in RequestKind)
    filled = SAID + "".join(f"申请{what}\n" for what in asked)
    assert {one for one in found if one not in filled} == set()


class TestPictures:
    """They are drawn by a command; that each is there and used is held, not how it looks."""

    def test_are_those_that_the_command_draws(self) -> None:
        assert {path.name for path in FOLDER.iterdir()} == {f"{name}.png" for name in PICTURES}

    def test_each_shows_a_page_that_is_checked(self) -> None:
        assert {picture.page for picture in PICTURES.values()} <= EVERY_PAGE.keys()

    def test_each_is_shown_and_described_by_a_page(self) -> None:
        pages = [ROOT / "README.md", *(ROOT / "docs" / "desk").glob("*.md")]
        text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
        shown = re.findall(r"!\[([^]]+)]\((?:docs/desk/)?pictures/([a-z-]+)\.png\)", text)
        assert {name for _, name in shown} == PICTURES.keys()
        assert all(len(told) > 8 for told, _ in shown)

    @pytest.mark.parametrize("name", PICTURES)
    def test_is_small(self, name: str) -> None:
        assert (FOLDER / f"{name}.png").stat().st_size < 80_000

    def test_every_page_for_people_has_one(self) -> None:
        texts = {
            n: (ROOT / "docs" / "desk" / f"{n}.md").read_text(encoding="utf-8") for n in FOR_PEOPLE
        }
        assert [name for name, text in texts.items() if "](pictures/" not in text] == []
