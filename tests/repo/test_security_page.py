"""What `docs/security.md` says is shown by a test is, and the page is found."""

import re
from pathlib import Path

PAGE = Path("docs/security.md")
NAMED = re.compile(r"`(tests/[\w/]+(?:\.py)?)(?:::(\w+))?`")


class TestShownBy:
    def test_is_a_test_that_there_is(self) -> None:
        named = NAMED.findall(PAGE.read_text(encoding="utf-8"))
        assert len(named) > 20
        missing = [
            (file, name)
            for file, name in named
            if not Path(file).exists()
            or (name and f"class {name}" not in Path(file).read_text(encoding="utf-8"))
        ]
        assert missing == []

    def test_stands_beside_every_row(self) -> None:
        table = PAGE.read_text(encoding="utf-8").partition("level 2\n\n")[2].partition("\n\n")[0]
        rows = [line.split("|")[1:-1] for line in table.splitlines()[2:]]
        assert len(rows) > 20
        assert [row[0] for row in rows if not row[-1].strip()] == []
