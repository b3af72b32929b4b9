"""Where the parts of a TOML text stand."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from schemas.plan.checking.lines import find_lines

TEXT = '''\
# [not.a.table]
top = """
[[not]]
a = "quote \\"""" # ] }
'lit' = \'\'\'
x = 1 \'\'\'

[a."b.c"]
d = { e = [1, 2], f = { g = "}" } }
h.i = 1979-05-27 07:32:00
list = [
  "[", # comment ]
  { x = 1,  y = 2 },
]
[[t]]
k = 1
[[t.u]]
[t.u.v]
w = true
[[t]]
[[t.u]]
k = 2
'''


class TestLines:
    def test_follow_tables_keys_and_elements(self) -> None:
        assert tomllib.loads(TEXT)
        lines = find_lines(TEXT)
        expected: dict[tuple[str | int, ...], int] = {
            ("top",): 2,
            ("lit",): 5,
            ("a", "b.c"): 8,
            ("a", "b.c", "d", "f", "g"): 9,
            ("a", "b.c", "d", "e", 1): 9,
            ("a", "b.c", "h", "i"): 10,
            ("a", "b.c", "list", 0): 12,
            ("a", "b.c", "list", 1, "y"): 13,
            ("t",): 15,
            ("t", 0, "k"): 16,
            ("t", 0, "u", 0): 17,
            ("t", 0, "u", 0, "v", "w"): 19,
            ("t", 1): 20,
            ("t", 1, "u", 0, "k"): 22,
        }
        assert {path: lines.of(*path) for path in expected} == expected

    def test_of_something_unknown_is_that_of_what_it_would_be_in(self) -> None:
        lines = find_lines(TEXT)
        assert lines.of("t", 1, "missing", "deep") == 20
        assert lines.of("nothing") == 1
        assert find_lines("").of("x") == 1

    @given(
        st.dictionaries(
            st.text(alphabet="abc-_9", min_size=1, max_size=4),
            st.one_of(
                st.text(alphabet="[]{}#,= ab").map(lambda text: f'"{text}"'),
                st.text(alphabet='[]{}#,="').map(lambda text: f"'{text}'"),
                st.integers().map(str),
                st.lists(st.text(alphabet="[]#,")).map(
                    lambda texts: "[\n" + "".join(f'"{text}", #]\n' for text in texts) + "]"
                ),
            ),
            max_size=8,
        )
    )
    def test_hold_for_any_values(self, values: dict[str, str]) -> None:
        text, expected = "", {}
        for key, value in values.items():
            text += "\n# ] = [\n"
            expected[key] = text.count("\n") + 1
            text += f"{key} = {value} # end\n"
        assert set(tomllib.loads(text)) == set(values)
        lines = find_lines(text)
        assert {key: lines.of(key) for key in values} == expected
