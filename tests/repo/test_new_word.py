"""`docs/how-to-add-a-word.md`, followed on a copy of the code: its steps are all that it takes."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.sources import ROOT

PAGE = ROOT / "docs" / "how-to-add-a-word.md"
COPIED = ("schemas", "services", "tests/support", "tests/unit/notifier", "deploy/plans")
LIFE = """
import asyncio, json
from pathlib import Path

from services.kit.sql.database import open_database, sqlite_url
from services.kit.sql.migrations import upgrade
from services.notifier.migrations import HISTORY
from tests.support.notifier import NEEDS, NotifierBench, assigned, registered


async def main() -> None:
    url = sqlite_url(Path("notifier.sqlite"))
    await upgrade(HISTORY, url)
    bench = NotifierBench(open_database(url))
    until = "2026-01-05T14:00:00+08:00"
    NEEDS["consult"] = {"reason": "the pipe is nobody's", "until": until}
    await bench.tell(registered(), assigned())
    refused = await bench.say("supervision", "consult")
    await bench.say("urban-management", "declined")
    told = await bench.say("supervision", "consult")
    print(json.dumps({
        "refused": refused.reasons,
        "kinds": told.kinds,
        "texts": [[n.recipient, n.text_en, n.text_zh] for n in told.notices("consulted")],
        "timers": {kind: at.isoformat() for kind, at in (await bench.timers()).items()},
    }, ensure_ascii=False))
    await bench.database.close()


asyncio.run(main())
"""


def steps() -> Iterator[tuple[str, str, str]]:
    """Yield the file of each step of the page, the text that stands there, and what it becomes."""
    for file, block in re.findall(r"```diff\n# (\S+)\n(.*?)```", PAGE.read_text(), re.DOTALL):
        lines = block.splitlines()
        yield (
            file,
            "\n".join(line[1:] for line in lines if line[:1] != "+"),
            "\n".join(line[1:] for line in lines if line[:1] != "-"),
        )


def follow(folder: Path) -> None:
    for file, before, after in steps():
        path = folder / file
        text = path.read_text() if path.exists() else ""
        if before:
            assert text.count(before) == 1, f"{file} does not have once:\n{before}"
        path.write_text(text.replace(before, after, 1) if before else f"{after}\n")


def run(folder: Path, *arguments: str) -> str:
    """Run Python on the copy; returns what it says."""
    done = subprocess.run(
        [sys.executable, *arguments], cwd=folder, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class TestPage:
    def test_is_all_that_a_new_word_takes(self, tmp_path: Path) -> None:
        for part in COPIED:
            shutil.copytree(
                ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        follow(tmp_path)
        (tmp_path / "life.py").write_text(LIFE)
        lived = json.loads(run(tmp_path, "life.py"))
        assert lived["refused"] == ["wrong_state"]
        assert lived["kinds"] == ["consultation.opened"]
        [[to, en, zh]] = lived["texts"]
        assert to == "supervision"
        assert "whose case" in en
        assert en.endswith("the pipe is nobody's.")
        assert "正在会商:the pipe is nobody's" in zh
        assert lived["timers"] == {"check": "2026-01-05T06:00:00+00:00"}
        # Each sentence is there, in both languages, and finds its values.
        run(
            tmp_path,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "tests/unit/notifier/test_words.py",
        )
