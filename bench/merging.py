"""How well reports of one thing are told from others: precision and recall on a city's own file.

    python -m bench.merging FILE --parent parent_sr_number
    python -m bench.merging FILE --same bbl --same descriptor --plan P --upstream M

With `--parent` a row names the row that it repeats; with `--same` rows are of one thing where all
these columns are filled and equal, which is only as good as the columns. The mapping reads neither:
they judge what the plan decided, after the fact. Rows are taken by time, and no case ends.
"""

import argparse
import timeit
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Final

from schemas.plan import load_plan
from services.assessment.plan_index import PlanIndex
from services.intake.domain.dedup import Match, OpenCases
from services.intake.use_cases.judging import Judged, judge
from services.kit.records import Incoming, Record
from services.upstream.columns import Cells, find
from services.upstream.mapping import UpstreamMapping, load_mapping
from services.upstream.opening import read_rows
from services.upstream.outcomes import Row, Translated
from services.upstream.translate import translate

PLAN: Final = Path("deploy/plans/nyc.toml")
UPSTREAM: Final = Path("deploy/upstreams/nyc-311.toml")
_NO_RECORD: Final = Record(
    topic="", partition=0, offset=0, key=None, value=None, headers=(), timestamp_ms=0
)
_APART: Final = (("24 h", timedelta(hours=24)), ("7 d", timedelta(days=7)))


@dataclass(frozen=True, slots=True)
class Labelled:
    """A report, and the thing that its file says it tells of."""

    judged: Judged
    thing: str


@dataclass(slots=True)
class Score:
    """What was merged and what ought to have been."""

    rows: int = 0
    repeats: int = 0
    merged: int = 0
    right: int = 0
    missed: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)

    def lines(self) -> Iterator[str]:
        """Yield the report."""
        yield f"{self.rows:>6} reports, {self.repeats} of a thing that one before told of"
        yield f"{self.merged:>6} merged, {self.right} of them rightly"
        precision, recall = _share(self.right, self.merged), _share(self.right, self.repeats)
        yield f"precision {precision}  recall {recall}"
        for what, counted in (("missed", self.missed), ("wrongly merged", self.wrong)):
            yield from (f"  {what}: {count} x {kind}" for kind, count in counted.most_common(12))


def score(reports: Sequence[Labelled]) -> Score:
    """Return how well the plan merges these reports."""
    found, cases = Score(), OpenCases()
    first_seen: dict[str, Judged] = {}
    things: dict[object, str] = {}
    for one in sorted(reports, key=lambda one: one.judged.report.reported_at):
        judged, before = one.judged, first_seen.setdefault(one.thing, one.judged)
        match = _match(judged, cases)
        things[judged.case_id] = one.thing
        found.rows += 1
        found.repeats += before is not judged
        if match is None:
            if judged.search is not None:
                cases.add(judged.search.sighting, place=judged.search.place)
            if before is not judged:
                found.missed[_apart(before, judged)] += 1
            continue
        found.merged += 1
        if things[match.case.case_id] == one.thing:
            found.right += 1
        else:
            found.wrong[judged.classified.category.code] += 1
    return found


def labelled(
    file: Path, mapping: UpstreamMapping, index: PlanIndex, *, parent: str | None, same: list[str]
) -> list[Labelled]:
    """Return the reports of a file that can be read; what is refused or skipped is left out."""
    with file.open("rb") as stream:
        rows = [
            (row.cells, translated.report)
            for row in read_rows(stream, mapping.file, on_header=lambda _names: None)
            if isinstance(row, Row)
            and isinstance(translated := translate(row, mapping), Translated)
        ]
    parents = {r.id: str(find(cells, parent) or r.id) for cells, r in rows} if parent else {}
    return [
        Labelled(
            judge(
                Incoming(report.case_id, report, _NO_RECORD), index=index, now=report.reported_at
            ),
            _thing(cells, report.id, parents, same),
        )
        for cells, report in rows
    ]


def _thing(cells: Cells, row: str, parents: dict[str, str], same: list[str]) -> str:
    values = [str(find(cells, column) or "") for column in same]
    if values and all(values):
        return "\t".join(values)
    seen = {row}
    while (above := parents.get(row, row)) not in seen:
        seen.add(above)
        row = above
    return row


def _match(judged: Judged, cases: OpenCases) -> Match | None:
    search = judged.search
    if search is None:
        return None
    return cases.nearest(search.sighting, places=search.around.places, merging=search.merging)


def _apart(before: Judged, judged: Judged) -> str:
    if judged.search is None:
        return "never merged: no point, or the category is not"
    apart = judged.report.reported_at - before.report.reported_at
    within = next((name for name, longest in _APART if apart <= longest), None)
    category = "same" if before.classified.category == judged.classified.category else "another"
    return f"{category} category, " + (f"within {within}" if within else "more than 7 d")


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def main() -> None:
    """Print the score of a file, and what a search costs."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--parent", help="column with the id of the row that a row repeats")
    parser.add_argument("--same", action="append", default=[], help="column; all must be equal")
    parser.add_argument("--plan", type=Path, default=PLAN)
    parser.add_argument("--upstream", type=Path, default=UPSTREAM)
    given = parser.parse_args()
    if not given.parent and not given.same:
        parser.error("say with --parent or --same which columns name the duplicates")
    index = PlanIndex(load_plan(given.plan))
    mapping = load_mapping(given.upstream)
    reports = labelled(given.file, mapping, index, parent=given.parent, same=given.same)
    print("\n".join(score(reports).lines()))
    took = min(timeit.repeat(lambda: score(reports), number=1, repeat=5))
    print(f"{took / max(1, len(reports)) * 1e6:.1f} us a report, looking for its case and counting")


if __name__ == "__main__":
    main()
