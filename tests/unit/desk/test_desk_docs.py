"""docs/desk: what the pages for people call things is what they read on the screen."""

import re

import pytest

from schemas.vocabulary import RequestKind
from schemas.words import labels
from services.desk.pages.words import WORDS
from tests.support.sources import ROOT

SAID = "\n".join(
    [words.zh for words in WORDS.values()]
    + [words.zh for words in labels.CLOCK.values()]
    + [words.zh for words in labels.URGENCY.values()]
)


@pytest.mark.parametrize("name", ["handle-a-case", "take-a-report", "what-a-resident-sees"])
def test_names_things_as_the_screen_does(name: str) -> None:
    page = (ROOT / "docs" / "desk" / f"{name}.md").read_text(encoding="utf-8")
    found = {*re.findall(r"[\u4e00-\u9fff]+", page)}
    assert len(found) > 10
    # "申请{what}" is filled in with what is asked for.
    asked = (WORDS[f"about.{what}"].zh for what in RequestKind)
    filled = SAID + "".join(f"申请{what}\n" for what in asked)
    assert {one for one in found if one not in filled} == set()
