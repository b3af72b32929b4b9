"""Revisions as names: their order, what code can work with, and files that say the same."""

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData

from schemas.topics import SERVICES
from services.kit.sql.revisions import History, Revision
from services.machine.services import REGISTRY


def history(folder: Path, *names: str) -> History:
    (folder / "versions").mkdir()
    for name in names:
        (folder / "versions" / name).touch()
    return History("toys", folder, MetaData())


class TestHistory:
    def test_is_in_the_order_of_generation_and_number(self, tmp_path: Path) -> None:
        found = history(
            tmp_path, "r2_00_c.py", "r1_10_b.py", "r1_02_a.py", "r1_00_first.py", "__init__.py"
        )
        assert [str(one) for one in found.revisions] == ["1.0", "1.2", "1.10", "2.0"]
        assert str(found.head) == "2.0"

    def test_needs_the_newest_that_adds(self, tmp_path: Path) -> None:
        found = history(tmp_path, "r1_00_a.py", "r1_01_b.py", "r2_00_c.py", "r3_00_d.py")
        assert str(found.least) == "1.1"

    def test_refuses_a_file_that_does_not_say_what_it_is(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"r<generation>_<number>"):
            _ = history(tmp_path, "add_a_column.py").revisions

    @pytest.mark.parametrize(
        ("found", "refused"),
        [
            (None, "no tables yet"),
            ("1.0", "run `tongxin db upgrade`"),
            ("1.1", ""),
            ("1.7", ""),
            ("2.0", ""),
            ("2.3", ""),
            ("3.0", "run a newer release"),
        ],
    )
    def test_says_which_databases_will_do(
        self, tmp_path: Path, found: str | None, refused: str
    ) -> None:
        code = history(tmp_path, "r1_00_a.py", "r1_01_b.py", "r2_00_c.py")
        told = code.refusal(Revision.parse(found) if found else None)
        assert (refused in told) if refused else not told


class TestServiceHistory:
    @pytest.mark.parametrize("service", SERVICES)
    def test_is_one_line_whose_files_are_named_after_their_revisions(self, service: str) -> None:
        known = REGISTRY[service].history
        scripts = list(ScriptDirectory(str(known.folder)).walk_revisions())
        assert [s.revision for s in reversed(scripts)] == [str(r) for r in known.revisions]
        for script in scripts:
            one = Revision.parse(script.revision)
            assert Path(script.path).name.startswith(f"r{one.generation}_{one.number:02}_")
