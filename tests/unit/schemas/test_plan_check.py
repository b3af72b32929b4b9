"""Every mistake an operator can make, provoked once, found on its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.plan import InvalidPlan, Severity, check_plan, parse_plan
from tests.unit.schemas.plan_texts import SMALL, changed, findings_of, line_of, plan_of

RULE = """
[[rules]]
id = "later"
{when}
lead = "fire"
reason_en = "x"
reason_zh = "x"
"""

GRID_2 = """
[[grids]]
code = "g2"
title_en = "grid 2"
title_zh = "第2网格"
district = "360111"
households = 300
"""

ERRORS = {
    "unknown contact of exercises": (
        changed(end='[exercises]\ncontacts = ["fire", "supervision", "reporters", "fir"]\n'),
        "contacts",
        "unknown party 'fir'did you mean 'fire'?",
    ),
    "toml syntax": (changed(('lead = "fire"', 'lead = = "fire"')), "lead = =", "Invalid value"),
    "declared twice as a table": (
        changed(end="[departments.fire]\ntier = '3'\n"),
        "[departments.fire]",
        "twice",
    ),
    "unknown key": (
        changed(("households = 400", "housholds = 400\nhouseholds = 400")),
        "housholds",
        "unknown key `housholds`",
    ),
    "missing lead": (
        changed(('class = "E99"\nlead = "urban-management"\n', 'class = "E99"\n')),
        "[categories.E9999]",
        "categories.E9999 has no `lead`",
    ),
    "bad limit": (changed(('"1 WD"', '"1 XX"')), "1 XX", "is no limit"),
    "bad urgency": (changed(('urgency = "U"', 'urgency = "X"')), 'urgency = "X"', "'E', 'U'"),
    "bad time zone": (
        changed(("Asia/Shanghai", "Asia/Shangri-La")),
        "timezone",
        "unknown time zone",
    ),
    "bad time of day": (changed(('"24:00"', '"25:00"')), "25:00", "no time of day"),
    "bad day": (changed(('days = "all"', 'days = ["moon"]')), "moon", "unknown day 'moon'"),
    "unknown person": (
        changed(('person = "em-duty-1"', 'person = "em-duty-9"')),
        "em-duty-9",
        "unknown person 'em-duty-9'",
    ),
    "reserved code": (
        changed(("[departments.fire]", "[departments.supervision]"), ('["fire"]', "[]")),
        "[departments.supervision]",
        "reserved",
    ),
    "code not kebab-case": (
        changed(("[departments.fire]", "[departments.Fire_1]")),
        "[departments.Fire_1]",
        "pattern",
    ),
    "version written by hand": ('version = "1"\n' + SMALL, "version", "comp"),
    "fallback missing": (
        changed(
            (
                '[fallback]\nowner = "urban-management"\ndeputy = "emergency-management"\n',
                "",
            )
        ),
        'title_en = "Test district"',
        "plan has no `fallback`",
    ),
    "fallback owner is deputy": (
        changed(('deputy = "emergency-management"', 'deputy = "urban-management"')),
        "deputy",
        "the same",
    ),
    "fallback unknown": (
        changed(('owner = "urban-management"', 'owner = "urban-managment"')),
        "owner",
        "unknown department",
    ),
    "unknown lead": (
        changed(('lead = "urban-management"', 'lead = "urban"')),
        'lead = "urban"',
        "unknown department 'urban'",
    ),
    "unknown co-handler": (
        changed(('co_handlers = ["fire"]', 'co_handlers = ["fires"]')),
        "co_handlers",
        "unknown department 'fires'",
    ),
    "lead is its own co-handler": (
        changed(('["fire"]', '["urban-management"]')),
        "co_handlers",
        "named twice",
    ),
    "quorum too large": (changed(('"all"\n\n', '"3 of n"\n\n')), "3 of n", "asks for 3"),
    "unknown district": (changed(('district = "360111"', 'district = "1"')), "district = ", "'1'"),
    "duplicate grid": (changed(end=GRID_2 + GRID_2), "[[grids]]", "'g2' is declared twice"),
    "duplicate person": (
        changed(('{ id = "em-head"', '{ id = "em-duty-1"'), ('head = "em-head"\n', "")),
        '{ id = "em-duty-1", title_en = "head"',
        "declared twice",
    ),
    "a key's name": (changed(('id = "em-head"', 'id = "KEY:head"')), "KEY:head", "a machine does"),
    "tier N without duty and head": (
        changed(('tier = "3"', 'tier = "N"'), ('head = "fire-head"\n', "")),
        "[departments.fire]",
        "neither duty nor head",
    ),
    "rule names unknown category": (
        changed(('when.category = ["P0402"]', 'when.category = ["P0403"]')),
        "when.category",
        "unknown category 'P0403'",
    ),
    "rule names unknown grid": (
        changed(end=RULE.format(when='when.grid = ["g9"]')),
        "when.grid",
        "unknown grid 'g9'",
    ),
    "rule names unknown class": (
        changed(end=RULE.format(when='when.class = ["P05"]')),
        "when.class",
        "unknown class 'P05'",
    ),
    "rule names unknown source": (
        changed(end=RULE.format(when='when.source = ["fax"]')),
        "when.source",
        "unknown source 'fax'",
    ),
    "rule leads to unknown department": (
        changed(('lead = "fire"', 'lead = "fires"')),
        'lead = "fires"',
        "unknown department 'fires'",
    ),
    "rule matches nothing": (
        changed(end=RULE.format(when='when.category = ["P0402"]\nwhen.class = ["E99"]')),
        "[[rules]]",
        "matches nothing",
    ),
    "other category missing": (
        changed(("[categories.E9999]", "[categories.E9998]")),
        "[categories.P0402]",
        "E9999",
    ),
    "other category not led by the fallback owner": (
        changed(('class = "E99"\nlead = "urban-management"', 'class = "E99"\nlead = "fire"')),
        'lead = "fire"',
        "not by the fallback owner",
    ),
    "a point off the earth": (
        changed(("households = 400", "households = 400\npolygon = [[1, 2], [3, 4], [28, 115]]")),
        "polygon",
        "is not a [longitude, latitude]",
    ),
}

# Where the spoilt line is not the first that contains the text.
OCCURRENCE = {"declared twice as a table": 2, "duplicate grid": 3, "rule matches nothing": 2}

WARNINGS = {
    "households": (changed(("400", "501")), "households", "501 households"),
    "gap covered by the head": (
        changed(('"24:00"', '"18:00"')),
        "duty = [",
        "mon-sun 18:00-24:00: covered by the head",
    ),
    "gap with no head": (
        changed(
            ('days = "all"', 'days = ["weekdays"]'),
            ('head = "em-head"', 'heads = { 1 = "em-head", 2 = "em-head", 3 = "em-head" }'),
        ),
        "duty = [",
        "sat-sun 00:00-24:00: `duty.unfilled` will be raised",
    ),
    "level with nobody": (
        changed(('head = "fire-head"', 'heads = { 2 = "fire-head" }')),
        "[departments.fire]",
        "nobody is told by name when a case of 'fire' rises to level 1, 3",
    ),
    "promise that no department has to keep": (
        changed(('limit = "1 WD"', 'limit = "1 WD"\npromise = "4 UH"')),
        "[categories.P0402]",
        "reporters of P0402 are promised 4 UH, its department has 1 WD",
    ),
    "no keyword": (
        changed(('keywords_en = ["fallen tree"]\n', "")),
        "[categories.P0402]",
        "no keyword",
    ),
    "shared keyword": (
        changed(('limit = "5 WD"', 'limit = "5 WD"\nkeywords_zh = ["Fallen Tree"]')),
        "[categories.E9999]",
        "belongs to P0402",
    ),
    "title that is another's keyword": (
        changed(
            ('title_en = "fallen tree"', 'title_en = "tree"'),
            ('title_en = "other"', 'title_en = "Fallen Tree"'),
        ),
        "[categories.E9999]",
        "is a keyword of P0402",
    ),
    "shared title": (
        changed(
            ('title_en = "other"', 'title_en = "Fallen Tree"'), ('["fallen tree"]', '["tree"]')
        ),
        "[categories.E9999]",
        "leads text to neither",
    ),
}


class TestSmallPlan:
    def test_is_clean(self) -> None:
        assert findings_of(SMALL) == []

    def test_is_clean_as_windows_writes_it(self) -> None:
        assert check_plan(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode(), "x") == []

    @given(
        line=st.integers(0, SMALL.count("\n") - 1),
        value=st.sampled_from(
            [
                "1",
                "-0.5",
                "nan",
                "true",
                '""',
                "'x'",
                "[]",
                "[1]",
                '["fire"]',
                "{}",
                "[{}]",
                "{ a = 1 }",
                "1979-05-27",
                '[["x"], {}]',
                '"""x\ny"""',
                '"24:00"',
                '"4 UH"',
            ]
        ),
    )
    def test_is_never_spoilt_so_that_the_check_breaks(self, line: int, value: str) -> None:
        lines = SMALL.splitlines()
        key, equals, _ = lines[line].partition(" = ")
        lines[line] = f"{key}{equals}{value}" if equals else f"{key} = {value}"
        assert all(found.line >= 1 for found in findings_of("\n".join(lines)))

    @given(first=st.integers(0, SMALL.count("\n")), count=st.integers(1, 9))
    def test_without_some_lines_still_gets_an_answer(self, first: int, count: int) -> None:
        lines = SMALL.splitlines()
        findings_of("\n".join(lines[:first] + lines[first + count :]))


class TestError:
    @pytest.mark.parametrize("case", ERRORS)
    def test_is_found_on_its_line_and_refused(self, case: str) -> None:
        text, part, message = ERRORS[case]
        found = [one for one in findings_of(text) if message in one.message + one.advice]
        assert [one.severity for one in found] == [Severity.ERROR]
        expected = line_of(text, part, nth=OCCURRENCE.get(case, 1))
        assert found[0].line == expected
        assert found[0].advice
        with pytest.raises(InvalidPlan) as refused:
            plan_of(text)
        assert f"plan.toml:{expected}: " in str(refused.value)
        assert all(one.severity is Severity.ERROR for one in refused.value.findings)

    def test_gives_the_nearest_key_as_advice(self) -> None:
        found = findings_of(changed(("households = 400", "housholds = 400\nhouseholds = 400")))
        assert found[0].advice == "did you mean `households`?"

    def test_lists_the_known_keys_when_none_is_near(self) -> None:
        found = findings_of(changed(("households = 400", "households = 400\nzzz = 1")))
        assert "known keys: code, district, households, polygon" in found[0].advice

    def test_is_listed_with_all_the_others(self) -> None:
        text = changed(('deputy = "emergency-management"', 'deputy = "x"'), ('["fire"]', '["y"]'))
        with pytest.raises(InvalidPlan) as refused:
            plan_of(text)
        assert [line.split(": ")[1] for line in str(refused.value).splitlines()] == [
            "unknown department 'x' (declare the department first)",
            "unknown department 'y' (declare the department first)",
        ]

    def test_names_the_line_where_the_encoding_breaks(self) -> None:
        found = check_plan(b'title_en = "a"\ntitle_zh = "\xc7\xe0"\n', "plan.toml")
        assert (found[0].line, found[0].advice) == (2, "save it as UTF-8")

    def test_stands_at_the_end_when_the_text_ends_too_early(self) -> None:
        text = SMALL + 'x = "'
        assert findings_of(text)[0].line == text.count("\n") + 1


class TestWarning:
    @pytest.mark.parametrize("case", WARNINGS)
    def test_is_found_on_its_line_and_does_not_refuse(self, case: str) -> None:
        text, part, message = WARNINGS[case]
        (found,) = findings_of(text)
        assert message in found.message
        assert found.severity is Severity.WARNING
        assert found.line == line_of(text, part)
        assert plan_of(text).title_en == "Test district"


class TestRuleBehindAnother:
    @pytest.mark.parametrize(
        "when",
        [
            'when.category = ["P0402"]\nwhen.between = "23:00-05:00"',
            'when.class = ["P04"]\nwhen.between = "22:00-06:00"\nwhen.grid = ["g1"]',
            'when.category = ["P0402"]\nwhen.between = "22:00-23:00"\nwhen.text = ["x"]',
        ],
    )
    def test_is_unreachable(self, when: str) -> None:
        text = changed(end=RULE.format(when=when))
        (found,) = findings_of(text)
        assert "'later' is unreachable: rule 'night-tree' on line" in found.message
        assert str(line_of(text, "[[rules]]")) in found.message
        assert found.line == line_of(text, "[[rules]]", nth=2)
        with pytest.raises(InvalidPlan):
            parse_plan(text.encode(), name="plan.toml")

    @pytest.mark.parametrize(
        "when",
        [
            'when.category = ["P0402"]\nwhen.between = "21:00-05:00"',
            'when.category = ["P0402"]',
            'when.class = ["P04", "E99"]\nwhen.between = "22:00-06:00"',
        ],
    )
    def test_is_reachable_when_it_asks_for_less(self, when: str) -> None:
        assert findings_of(changed(end=RULE.format(when=when))) == []

    def test_is_unreachable_when_its_words_contain_earlier_ones(self) -> None:
        first = 'when.text = ["TREE"]\nwhen.channel = ["app", "phone"]'
        second = 'when.text = ["a tree fell"]\nwhen.channel = ["app"]'
        rules = RULE.format(when=first) + RULE.format(when=second).replace("later", "last")
        (found,) = findings_of(changed(end=rules))
        assert "'last' is unreachable: rule 'later'" in found.message

    def test_is_reachable_when_one_word_is_new(self) -> None:
        first, second = 'when.text = ["tree"]', 'when.text = ["a tree fell", "branch"]'
        rules = RULE.format(when=first) + RULE.format(when=second).replace("later", "last")
        assert findings_of(changed(end=rules)) == []

    def test_is_a_duplicate_when_it_has_the_same_id(self) -> None:
        text = changed(end=RULE.format(when="when.grid = ['g1']").replace("later", "night-tree"))
        (found,) = findings_of(text)
        assert "'night-tree' is declared twice, first on line" in found.message


class TestValueOfAnotherType:
    @pytest.mark.parametrize("value", ["5", "true", "[1]", "2026-01-01"])
    @pytest.mark.parametrize(
        ("old", "new", "advice"),
        [
            ('limit = "1 WD"', "limit = {}", "write 30 min, 2 UH, 4 WH, 5 WD or 15 ND"),
            ('closing = "all"', "closing = {}", "write lead, all or 2 of n"),
            ('timezone = "Asia/Shanghai"', "timezone = {}", "unknown time zone"),
            ('start = "00:00"', "start = {}", "write HH:MM from 00:00 to 24:00"),
        ],
    )
    def test_is_told_what_to_write(self, value: str, old: str, new: str, advice: str) -> None:
        found = findings_of(changed((old, new.format(value))))
        assert advice in " ".join(one.message for one in found)

    @pytest.mark.parametrize("value", ["5", "[1]"])
    @pytest.mark.parametrize(
        ("table", "advice"),
        [
            ("[working]\nperiods = [{}]", "write 08:00-12:00"),
            ("[webhooks]\nallow = [{}]", "write 10.1.2.3, 10.1.0.0/16 or fd00::/8"),
            ("[merging]\nwithin = {}", "write a text such as '5 min', '2 h' or '14 d'"),
        ],
    )
    def test_is_told_so_in_a_table_of_the_plan(self, value: str, table: str, advice: str) -> None:
        found = findings_of(f"{SMALL}\n{table.format(value)}\n")
        assert advice in " ".join(f"{one.message} {one.advice}" for one in found)

    def test_is_told_so_of_a_limit_of_nothing(self) -> None:
        [found] = findings_of(changed(('"1 WD"', '"0 UH"')))
        assert "'0 UH' is no limit" in found.message
