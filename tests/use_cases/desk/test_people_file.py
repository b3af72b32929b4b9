"""A table of people as CSV: taken whole, or not at all with each fault by line and field."""

from pathlib import Path

import pytest

from schemas.plan import load_plan
from schemas.roles import ActingRole
from services.desk.domain.people import Described, Membership
from services.desk.use_cases.people_file import FaultyFile, people_in

PLAN = load_plan(Path("deploy/plans/qingshanhu.toml"))
GRID = PLAN.grids[0].code
HEAD = "id,name,roles,departments,areas,shift\n"


def faults_in(text: str) -> list[str]:
    with pytest.raises(FaultyFile) as faulty:
        people_in(text.encode(), plan=PLAN)
    return str(faulty.value).splitlines()


class TestFile:
    def test_has_a_person_a_line(self) -> None:
        li = f"li.wei,李伟,handler; department,police fire,{GRID},night"
        text = f"{HEAD}{li}\nwang,Wang,operator,,,\n"
        found = people_in(text.encode(), plan=PLAN)
        assert found == [
            Described(
                id="li.wei",
                name="李伟",
                roles=frozenset({ActingRole.HANDLER, ActingRole.DEPARTMENT}),
                memberships=frozenset(
                    Membership(department=one, area=GRID, shift="night")
                    for one in ("police", "fire")
                ),
            ),
            Described(
                id="wang",
                name="Wang",
                roles=frozenset({ActingRole.OPERATOR}),
                memberships=frozenset(),
            ),
        ]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
    def test_may_have_chinese_heads_as_a_spreadsheet_saves_it(self, encoding: str) -> None:
        text = '编号,姓名,角色,部门\r\nli,"李, 伟",handler,police\r\n\r\n'
        (one,) = people_in(text.encode(encoding), plan=PLAN)
        assert (one.id, one.name) == ("li", "李, 伟")

    def test_is_read_as_whoever_brings_it_says(self) -> None:
        (one,) = people_in(
            "id,name,roles\nli,李偉,operator\n".encode("big5"), plan=PLAN, encoding="big5"
        )
        assert one.name == "李偉"

    @pytest.mark.parametrize(
        ("data", "encoding", "told"),
        [
            (b"id,name,roles\nli,\xff\xff,operator\n", "", "line 2: is neither UTF-8 nor GB"),
            (b"id,name,roles\nli,\xff,operator\n", "utf-8", "line 2: is not utf-8"),
            (b"id,name,roles\n", "klingon", "encoding: 'klingon' is none"),
        ],
    )
    def test_of_another_encoding_is_refused(self, data: bytes, encoding: str, told: str) -> None:
        with pytest.raises(FaultyFile, match=told):
            people_in(data, plan=PLAN, encoding=encoding)

    def test_without_anybody_is_one(self) -> None:
        assert people_in(b"id,name,roles\n", plan=PLAN) == []


class TestFaults:
    def test_are_all_told_by_line_and_field(self) -> None:
        text = (
            f"{HEAD}li,Li,handlr,police,,\n"
            "li,Li again,handler,polise,nowhere,\n"
            ",Nobody,handler,,,\n"
            "wang,,,,,\n"
            f"zhao,Zhao,handler,police,,{'x' * 101}\n"
            "short,Short\n"
        )
        assert faults_in(text) == [
            "line 2: roles: 'handlr' is unknown; did you mean handler?",
            "line 3: departments: 'polise' is unknown; did you mean police?",
            "line 3: areas: 'nowhere' is unknown",
            "line 3: id: 'li' stands on line 2 already",
            "line 4: id: is empty",
            "line 5: name: is empty",
            "line 5: roles: is empty",
            "line 6: shift: has more than 100 characters",
            "line 7: has 2 fields, the first line 6",
        ]

    def test_of_the_first_line_are_told(self) -> None:
        assert faults_in("id,nam,id\n") == [
            "line 1: 'nam' is no column; there are id, name, roles, departments, areas, shift",
            "line 1: the column name is missing",
            "line 1: the column roles is missing",
            "line 1: id stands twice",
        ]

    @pytest.mark.parametrize(
        ("odd", "told"),
        [
            (b"", "the column id is missing"),
            (b"\xff\xff\xff", "neither UTF-8 nor GB 18030"),
            (b'id,name,roles\nli,"Li,handler\n', "is no CSV"),
            (b"id,name,roles\nli\x00,Li,handler\n", "id"),
            (b"id,name,roles\nli,L\x1b[31mi,handler\n", "name"),
            (b"id,name,roles\n../../li,Li,handler\n", "id"),
            ("id,name,roles\nli,Key：hotline,handler\n".encode(), "name: .* name of a machine"),
            (b"id,name,roles\n" + b"x" * 200_000 + b",Li,handler\n", "is no CSV"),
        ],
    )
    def test_of_hostile_bytes_are_told(self, odd: bytes, told: str) -> None:
        with pytest.raises(FaultyFile, match=told):
            people_in(odd, plan=PLAN)

    def test_that_are_many_are_told_in_part(self) -> None:
        text = "id,name,roles\n" + "".join(f"p{n},P,king\n" for n in range(500))
        told = faults_in(text)
        assert (len(told), told[-1]) == (51, "and 450 more")

    def test_control_characters_do_not_reach_the_terminal(self) -> None:
        told = faults_in("id,name,roles\nli,Li,\x1b[31mking\n")
        assert "\x1b" not in "".join(told)
