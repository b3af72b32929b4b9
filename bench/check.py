"""The checker: did each report of job J end as it must? A pure function over what was recorded."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from typing_extensions import override

from bench.job import Kind, Planned


@dataclass(frozen=True, slots=True)
class Result:
    """One recorded assignment; the same `id` again is the same one, told twice."""

    case: bytes
    department: str
    id: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How many reports went wrong, and how many results were told again under the same id."""

    lost: int
    doubled: int
    wrong: int
    repeated: int

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled or wrong."""
        return not (self.lost or self.doubled or self.wrong)

    @override
    def __str__(self) -> str:
        told = f"{self.lost} lost, {self.doubled} doubled, {self.wrong} wrong"
        return told if not self.repeated else f"{told} ({self.repeated} told again, same id)"


def judge(
    planned: Iterable[Planned], results: Iterable[Result], *, merged: Collection[bytes] = ()
) -> Verdict:
    """Compare what was planned with the recorded assignments.

    Lost: a fresh report that was neither assigned nor merged into another's case. Doubled: an
    assignment beyond a case's first. Wrong: one to somebody else than the plan says, or of a report
    that had to be refused, or of a merged one.
    """
    due = {one.case: one.department for one in planned if one.kind is Kind.FRESH}
    told = Counter((r.case, r.department, r.id) for r in results)
    by_case = Counter(case for case, _, _ in told)
    gone = set(merged)
    return Verdict(
        lost=len(due.keys() - by_case.keys() - gone),
        doubled=sum(count - 1 for count in by_case.values()),
        wrong=sum(1 for case, who, _ in told if due.get(case) != who or case in gone),
        repeated=sum(count - 1 for count in told.values()),
    )
