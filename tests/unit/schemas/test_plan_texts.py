"""What a plan may say in its standard texts."""

import pytest

from schemas.plan import Act, CaseValue, Severity
from schemas.plan.texts import MOST_TEXTS
from schemas.vocabulary import CommandKind, RequestKind, Word
from tests.unit.schemas.plan_texts import changed, findings_of, line_of, plan_of

SAID = {
    "id": '"on-site"',
    "acts": '["progress"]',
    "title_zh": '"已到场"',
    "title_en": '"on site"',
    "text_zh": '"已到{place}"',
    "text_en": '"at {place}"',
}


def with_text(**changes: str) -> str:
    """Return a small plan with one text that has these differences."""
    lines = [f"{key} = {value}" for key, value in (SAID | changes).items()]
    return changed(end="\n".join(["[[texts]]", *lines, ""]))


class TestText:
    def test_is_filled_with_facts_alone(self) -> None:
        [text] = plan_of(with_text()).texts
        assert text.facts == {CaseValue.PLACE}
        assert text.filled({"place": "{title} %s"}) == ("已到{title} %s", "at {title} %s")

    def test_may_have_braces_of_its_own(self) -> None:
        [text] = plan_of(with_text(text_zh='"{{甲}}"', text_en='"{{a}}"')).texts
        assert text.filled({}) == ("{甲}", "{a}")

    def test_may_be_for_some_cases_and_parties(self) -> None:
        said = with_text(categories='["P0402"]', classes='["P04"]', parties='["supervision"]')
        assert findings_of(said) == []
        [text] = plan_of(said).texts
        assert text.is_for("P0402", "other")
        assert text.is_for("other", "P04")
        assert not text.is_for("other", "other")

    @pytest.mark.parametrize(
        ("key", "value", "message"),
        [
            ("text_zh", '"{plaec}"', "did you mean {place}?"),
            ("text_zh", '"{}"', "is no fact of a case"),
            ("text_zh", '"{0}"', "is no fact of a case"),
            ("text_zh", '"{place.__class__}"', "is no fact of a case"),
            ("text_zh", '"{place[0]}"', "is no fact of a case"),
            ("text_zh", '"{place!r}"', "is no fact of a case"),
            ("text_zh", '"{place:>99999999}"', "is no fact of a case"),
            ("text_zh", '"{place:{title}}"', "is no fact of a case"),
            ("text_zh", '"{description}"', "is no fact of a case"),
            ("text_en", '"a } b {place}"', "a brace stands alone"),
            ("text_en", '"{place"', "a brace stands alone"),
            ("text_en", '""', "at least 1 character"),
            ("text_en", f'"{"x" * 1_001}"', "at most 1000 characters"),
            ("title_en", f'"{"x" * 61}"', "at most 60 characters"),
            ("title_zh", r'"\u0007"', "control character"),
            ("acts", "[]", "name at least one act"),
            ("acts", '["accepted"]', "should be 'declined'"),
            ("acts", '["done", 1]', "should be 'declined'"),
            ("id", '"a b"', "pattern"),
            ("categories", '["P0403"]', "unknown category 'P0403'"),
            ("classes", '["P05"]', "unknown class 'P05'"),
            ("parties", '["fier"]', "unknown party 'fier'"),
            ("parties", '["reporters"]', "unknown party 'reporters'"),
        ],
    )
    def test_is_refused_on_its_line(self, key: str, value: str, message: str) -> None:
        text = with_text(**{key: value})
        [found] = findings_of(text)
        assert message in found.message + found.advice
        assert found.severity is Severity.ERROR
        assert found.line == line_of(text, f"{key} = {value}")

    def test_names_the_same_facts_in_both_languages(self) -> None:
        [found] = findings_of(with_text(text_en='"we are there"'))
        assert "lacks {place}" in found.message

    def test_has_a_key_that_is_known(self) -> None:
        [found] = findings_of(with_text(text_fr='"x"'))
        assert "unknown key `text_fr`" in found.message
        assert "text_" in found.advice

    def test_is_there_once_and_not_too_often(self) -> None:
        one = with_text()
        block = one[one.index("[[texts]]") :]
        [twice] = findings_of(f"{one}\n{block}")
        assert "'on-site' is declared twice" in twice.message
        many = "".join(block.replace("on-site", f"t{n}") for n in range(MOST_TEXTS + 1))
        [found] = findings_of(changed(end=many))
        assert f"at most {MOST_TEXTS} items" in found.message


class TestAct:
    def test_is_an_answer_a_command_or_a_request(self) -> None:
        commands = {kind.removeprefix("case.") for kind in CommandKind}
        assert {*Act} <= {*Word} | commands | {*RequestKind}
        assert {*RequestKind} <= {*Act}
        assert commands - {*Act} == {"request"}
