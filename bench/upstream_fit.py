"""How many rows of a city's export get the responsible department by category rules alone.

    python bench/upstream_fit.py deploy/plans/nyc.toml deploy/upstreams/nyc-311.toml FILE

The export says itself who was responsible (`agency`); the mapping does not read that column.
It is read here only, after the fact, to judge what the category and the plan decided.
For another city, correct `AGENCY_COLUMNS` and `DEPARTMENTS`: who is who in its export.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from schemas.plan import Plan, load_plan
from schemas.vocabulary import FALLBACK_CATEGORY
from services.upstream.columns import find
from services.upstream.header import unknown_codes
from services.upstream.mapping import UpstreamMapping, load_mapping
from services.upstream.opening import read_rows
from services.upstream.outcomes import BadRow, Row, Translated
from services.upstream.translate import translate

AGENCY_COLUMNS: Final = ("agency", "Agency")
DEPARTMENTS: Final = {
    "NYPD": "police",
    "FDNY": "fire",
    "HPD": "housing",
    "DOB": "housing",
    "DSNY": "urban-management",
    "DOT": "urban-management",
    "DPR": "urban-management",
    "DEP": "urban-management",
    "DOITT": "urban-management",
    "DOHMH": "health",
    "DCA": "consumer-affairs",
    "EDC": "economic-development",
    "TLC": "taxi-commission",
    "DHS": "homeless-services",
    "HRA": "human-resources",
    "DFTA": "aging",
    "NYCEM": "emergency-management",
}


@dataclass(slots=True)
class Fit:
    """The rows of each responsible department: all, those that got it, and the misses."""

    rows: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    misses: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    refused: int = 0

    def lines(self) -> Iterator[str]:
        """Yield the report."""
        for department, rows in self.rows.most_common():
            yield f"{department:24} {self.right[department]:>6} of {rows:>6}"
        total, right = self.rows.total(), self.right.total()
        share = right / total if total else 0.0
        yield f"{'all':24} {right:>6} of {total:>6}  {share:.2%}   refused rows: {self.refused}"
        for (wanted, got, kind), count in self.misses.most_common():
            yield f"  miss: {count} x {kind!r}: {wanted}, got {got}"


def measure(plan: Plan, mapping: UpstreamMapping, file: Path) -> Fit:
    """Return how well the plan's categories decide for a file's rows; a refused row is a miss."""
    fit = Fit()
    with file.open("rb") as stream:
        for row in read_rows(stream, mapping.file, on_header=lambda _names: None):
            _judge(row, plan, mapping, fit)
    return fit


def _judge(row: Row | BadRow, plan: Plan, mapping: UpstreamMapping, fit: Fit) -> None:
    cells: Mapping[str, object] = row.cells if isinstance(row, Row) else {}
    agency = next(filter(None, (find(cells, name) for name in AGENCY_COLUMNS)), "unknown")
    wanted = DEPARTMENTS.get(str(agency), f"({agency})")
    outcome = translate(row, mapping) if isinstance(row, Row) else row
    fit.rows[wanted] += 1
    if not isinstance(outcome, Translated):
        fit.refused += 1
        fit.misses[wanted, "nobody", str(getattr(outcome, "reason", ""))] += 1
        return
    code = outcome.report.category or FALLBACK_CATEGORY
    got = plan.category(code).lead if outcome.report.category else "no category"
    if got == wanted:
        fit.right[wanted] += 1
    else:
        fit.misses[wanted, got, (outcome.report.description or "")[:80]] += 1


def main() -> None:
    """Print the fit of each file."""
    if len(sys.argv) < 4:  # noqa: PLR2004 - plan, mapping, and a file at least
        sys.exit(__doc__)
    plan, mapping = load_plan(Path(sys.argv[1])), load_mapping(Path(sys.argv[2]))
    for key, code in unknown_codes(mapping, plan):
        sys.exit(f"{key!r} = {code!r} is no category of the plan")
    for name in sys.argv[3:]:
        print(Path(name).name)
        print("\n".join(measure(plan, mapping, Path(name)).lines()))


if __name__ == "__main__":
    main()
