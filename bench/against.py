"""Compares a job with what another commit does: `python -m bench.against COMMIT JOB [--turns 5]`.

Both run in turns on this machine, so that its speed of the hour is the same for both; a ratio is
told with its spread. The other commit stands in a worktree of its own, with an environment of its
own where it pins other libraries.
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.table import Table

from schemas.topics import SERVICES

ROOT = Path(__file__).parents[1]
_LOCK = "requirements-dev.lock"
_NUMBER = re.compile(r"(?:\b([a-z][a-z0-9]*) )?(\d[\d,]*(?:\.\d+)?)(?: ?(ms|s|%|/s|cases/s))?\b")
_CPU = re.compile(rf"\b({'|'.join(SERVICES)}) (\d+) %")

Numbers = dict[str, float]
"""What one run of a job found, by the row and what the number is."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a job of both commits in turns and print how they compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("commit", help="what to compare with, as git names it")
    parser.add_argument("job", help="a job of bench.city that both have")
    parser.add_argument("--turns", type=int, default=5, help="runs of each (default: 5)")
    parser.add_argument("--quick", action="store_true", help="only prove that it runs")
    asked = parser.parse_args(arguments)
    flags = ("--quick",) if asked.quick else ()
    console = Console()
    before: list[Numbers] = []
    now: list[Numbers] = []
    with standing(asked.commit) as other:
        for turn in range(asked.turns):
            sides = [(other, before), (ROOT, now)]
            for tree, found in sides if turn % 2 == 0 else reversed(sides):
                found.append(_run(tree, asked.job, flags))
            console.print(f"turn {turn + 1} of {asked.turns} is done")
    console.print(_table(f"{asked.job}: now against {asked.commit}", compared(before, now)))


@contextmanager
def standing(commit: str) -> Iterator[Path]:
    """Let a commit stand in a folder of its own, ready to run, until the end."""
    with tempfile.TemporaryDirectory(prefix="tongxin-against-") as scratch:
        Path(scratch).chmod(0o755)  # root's PostgreSQL runs as another user, who must get in
        tree = Path(scratch) / "tree"
        _git("worktree", "add", "--detach", str(tree), commit)
        try:
            if (tree / _LOCK).read_bytes() != (ROOT / _LOCK).read_bytes():
                subprocess.run(["make", "setup"], cwd=tree, check=True)  # noqa: S607 - as on any fresh clone
            yield tree
        finally:
            _git("worktree", "remove", "--force", str(tree))


def _git(*arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=ROOT, check=True)  # noqa: S603, S607 - our own words


def _run(tree: Path, job: str, flags: Sequence[str]) -> Numbers:
    own = tree / ".venv" / "bin" / "python"
    program = own if own.exists() else Path(sys.executable)
    subprocess.run(  # noqa: S603 - our own program
        [program, "-m", "bench.city", job, *flags], cwd=tree, check=True, stdout=subprocess.DEVNULL
    )
    return numbers_of((tree / "bench" / "results" / f"{job}.md").read_text(encoding="utf-8"))


def numbers_of(table: str) -> Numbers:
    """Return the numbers of a job's table: what each row found, and what CPU our services took.

    >>> row = "| 25/s for 20 s | p50 50 ms | | intake 22 % 89 MiB, kafka 24 % |"
    >>> numbers_of(f"|---{chr(10)}{row}")
    {'25/s for 20 s: p50 ms': 50.0, '25/s for 20 s: intake %': 22.0}

    Where cases are counted it also says what CPU one takes, which is steadier beside other work.

    >>> row = "| report to closure | 200 cases/s | | intake 22 % 89 MiB |"
    >>> numbers_of(f"|---{chr(10)}{row}")["report to closure: intake CPU ms a case"]
    1.1
    """
    found: Numbers = {}
    for line in table.partition("|---")[2].splitlines()[1:]:
        what, told, _, more = (cell.strip() for cell in line.strip("|").split("|"))
        row = what.partition(";")[0]
        for label, number, unit in _NUMBER.findall(told):
            found[f"{row}: {' '.join(filter(None, (label, unit)))}"] = float(
                number.replace(",", "")
            )
        for service, share in _CPU.findall(more):
            found[f"{row}: {service} %"] = float(share)
            if rate := found.get(f"{row}: cases/s"):
                found[f"{row}: {service} CPU ms a case"] = round(float(share) * 10 / rate, 3)
    return found


def compared(
    before: Sequence[Numbers], now: Sequence[Numbers]
) -> Mapping[str, tuple[float, float, list[float]]]:
    """Return for each number that every run has both medians, and the ratio of each turn.

    >>> compared([{"a": 2.0, "b": 1.0}, {"a": 4.0}], [{"a": 3.0}, {"a": 4.0}])
    {'a': (3.0, 3.5, [1.5, 1.0])}
    """
    names = [name for name in now[0] if all(name in one for one in (*before, *now))]
    return {
        name: (
            statistics.median(one[name] for one in before),
            statistics.median(one[name] for one in now),
            [new[name] / old[name] for old, new in zip(before, now, strict=True) if old[name]],
        )
        for name in names
    }


def _table(title: str, found: Mapping[str, tuple[float, float, list[float]]]) -> Table:
    table = Table(title=title)
    for heading in ("measured", "before", "now", "ratio", "from", "to"):
        table.add_column(heading)
    for name, (old, new, ratios) in found.items():
        spread = (statistics.median(ratios), min(ratios), max(ratios)) if ratios else ()
        table.add_row(name, f"{old:,g}", f"{new:,g}", *(f"{ratio:.2f}" for ratio in spread))
    return table


if __name__ == "__main__":
    main()
