"""What works but probably is not meant: gaps in duty, odd grids, categories nobody can find."""

from collections.abc import Iterator
from typing import Final

from schemas.folding import fold
from schemas.plan.checking.findings import Finding, Severity
from schemas.plan.checking.lines import Lines, Path
from schemas.plan.checking.schema_errors import dotted
from schemas.plan.departments import Department, duty_gaps
from schemas.plan.duty import DAYS, DutyGap, format_clock
from schemas.plan.model import Plan
from schemas.plan.titles import titles_of
from schemas.vocabulary import FALLBACK_CATEGORY, MAX_LEVEL

_MOST_NAMED: Final = 3
HOUSEHOLDS: Final = range(300, 501)
"""The size of an urban grid (domain handbook 1.1)."""


class Advisories:
    """The warnings of one plan."""

    def __init__(self, plan: Plan, lines: Lines) -> None:
        """Take the plan and where its parts stand."""
        self._plan = plan
        self._lines = lines

    def findings(self) -> Iterator[Finding]:
        """Yield everything an operator should look at once."""
        yield from self._grids()
        for department in self._plan.departments.values():
            yield from self._duty(department)
        yield from self._heads()
        yield from self._keywords()
        yield from self._promises()
        yield from self._residents()

    def _warning(self, path: Path, message: str, advice: str) -> Finding:
        return Finding(Severity.WARNING, self._lines.of(*path), dotted(path), message, advice)

    def _grids(self) -> Iterator[Finding]:
        for number, grid in enumerate(self._plan.grids):
            if grid.households not in HOUSEHOLDS:
                message = f"grid {grid.code} has {grid.households} households, not 300 to 500"
                advice = "split or join grids, or leave it if the count is right"
                yield self._warning(("grids", number, "households"), message, advice)

    def _duty(self, department: Department) -> Iterator[Finding]:
        gaps = [] if department.tier.is_staffed else duty_gaps(department)
        if not gaps:
            return
        path: Path = ("departments", department.code, "duty")
        message = f"nobody of {department.code!r} is on duty {describe_gaps(gaps)}"
        if department.head is not None:
            yield self._warning(
                path, f"{message}: covered by the head", "add a shift unless the head wants it so"
            )
        else:
            yield self._warning(
                path, f"{message}: `duty.unfilled` will be raised", "add a shift or a `head`"
            )

    def _heads(self) -> Iterator[Finding]:
        """Yield the levels at which a case of some department has nobody with a name."""
        alone: dict[tuple[str, ...], list[int]] = {}
        for level in range(1, MAX_LEVEL + 1):
            if self._plan.supervision.head_at(level) is None:
                nobody = (d.code for d in self._plan.departments.values() if not d.head_at(level))
                alone.setdefault(tuple(nobody), []).append(level)
        for codes, levels in alone.items():
            if codes:
                told, of = ", ".join(map(str, levels)), _listed(codes)
                message = f"nobody is told by name when a case of {of} rises to level {told}"
                advice = "name somebody in `heads` of [supervision], or a `head` of the department"
                yield self._warning(("departments", codes[0]), message, advice)

    def _promises(self) -> Iterator[Finding]:
        """Yield the promises that no department has to keep."""
        for code, category in self._plan.categories.items():
            told = self._plan.promise_of(code, urgency=category.urgency)
            if told.continuous() < category.limit.continuous():
                own = category.promise is not None
                path: Path = ("categories", code) if own else ("limits", "promise")
                message = (
                    f"reporters of {code} are promised {told}, its department has {category.limit}"
                )
                yield self._warning(path, message, "promise more, or give the department less")

    def _residents(self) -> Iterator[Finding]:
        """Yield pages that nobody finds, that end too soon, that say nothing or too much."""
        residents = self._plan.residents
        if residents.status_page and residents.address is None:
            yield self._warning(
                ("residents", "status_page"),
                "residents have pages, and no link to them is given",
                "say in `address` under which https address residents reach the desk",
            )
        if residents.status_page and residents.shown_for < self._plan.limits.reopen_within:
            yield self._warning(
                ("residents", "shown_for"),
                "a report's page is over before its case may no longer be opened again",
                "show it for as long as `reopen_within` of [limits], or longer",
            )
        if residents.public_page and not self._plan.grids:
            yield self._warning(
                ("residents", "public_page"),
                "numbers are told by grid, and the plan has no grids",
                "declare [[grids]], or leave the page off",
            )
        if residents.public_page and not residents.public_without:
            yield self._warning(
                ("residents", "public_page"),
                "cases of every category are in numbers that everybody sees",
                "name in `public_without` those that touch on somebody's private life",
            )

    def _keywords(self) -> Iterator[Finding]:
        owners: dict[str, str] = {}
        for code, category in self._plan.categories.items():
            keywords = (*category.keywords_zh, *category.keywords_en)
            path: Path = ("categories", code)
            if not keywords and code != FALLBACK_CATEGORY:
                message = f"category {code} has no keyword: only its code and its titles lead to it"
                yield self._warning(path, message, "add keywords_zh and keywords_en")
            for keyword in keywords:
                owner = owners.setdefault(fold(keyword), code)
                if owner != code:
                    message = f"keyword {keyword!r} belongs to {owner} already"
                    yield self._warning(path, message, "keep it in one of the two")
        yield from self._titles(owners)

    def _titles(self, owners: dict[str, str]) -> Iterator[Finding]:
        """Yield the titles that lead elsewhere or nowhere; `owners` is of folded keywords."""
        bearers: dict[str, str] = {}
        for code, category in self._plan.categories.items():
            path: Path = ("categories", code)
            for title in titles_of(category):
                first = bearers.setdefault(fold(title), code)
                owner = owners.get(fold(title), code)
                if owner != code:
                    message = (
                        f"title {title!r} is a keyword of {owner}: text that has it leads there"
                    )
                    yield self._warning(path, message, "call it otherwise, or move the keyword")
                elif first != code:
                    message = f"title {title!r} is {first}'s too: it leads text to neither"
                    yield self._warning(path, message, "give each category a title of its own")


def _listed(codes: tuple[str, ...]) -> str:
    named = ", ".join(repr(code) for code in codes[:_MOST_NAMED])
    return named if len(codes) <= _MOST_NAMED else f"{named} and {len(codes) - _MOST_NAMED} others"


def describe_gaps(gaps: list[DutyGap]) -> str:
    """Write gaps with the days that share them together: `mon-fri 18:00-24:00, sun 00:00-24:00`."""
    days_of: dict[str, list[int]] = {}
    for gap in gaps:
        hours = f"{format_clock(gap.start)}-{format_clock(gap.end)}"
        days_of.setdefault(hours, []).append(gap.day)
    return ", ".join(f"{_days(days)} {hours}" for hours, days in days_of.items())


def _days(days: list[int]) -> str:
    """Write days as `mon-fri`, or one by one when they are not in a row.

    >>> _days([0, 1, 2]), _days([0, 5])
    ('mon-wed', 'mon+sat')
    """
    if len(days) > 1 and days == list(range(days[0], days[-1] + 1)):
        return f"{DAYS[days[0]]}-{DAYS[days[-1]]}"
    return "+".join(DAYS[day] for day in days)
