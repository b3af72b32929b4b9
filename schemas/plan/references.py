"""Whether everything a plan names exists, once, and makes sense together."""

import difflib
from collections.abc import Iterable, Iterator

from schemas.plan.findings import Finding, Severity
from schemas.plan.lines import Lines, Path
from schemas.plan.model import Category, Department, Plan
from schemas.plan.rules import Rule
from schemas.plan.schema_errors import dotted
from schemas.vocabulary import FALLBACK_CATEGORY


class References:
    """The cross-checks of one plan; each finding is an error."""

    def __init__(self, plan: Plan, lines: Lines) -> None:
        """Take the plan and where its parts stand."""
        self._plan = plan
        self._lines = lines

    def findings(self) -> Iterator[Finding]:
        """Yield every reference that leads nowhere, and everything declared twice."""
        yield from self._duplicates()
        yield from self._fallback()
        for grid_number, grid in enumerate(self._plan.grids):
            districts = [district.code for district in self._plan.districts]
            yield from self._known(
                "district", [grid.district], districts, ("grids", grid_number, "district")
            )
        for department in self._plan.departments.values():
            yield from self._on_call(department)
        for category in self._plan.categories.values():
            yield from self._category(category)
        for number, rule in enumerate(self._plan.rules):
            yield from self._rule(number, rule)

    def _error(self, path: Path, message: str, advice: str) -> Finding:
        return Finding(Severity.ERROR, self._lines.of(*path), dotted(path), message, advice)

    def _known(
        self, kind: str, named: Iterable[str], known: Iterable[str], path: Path
    ) -> Iterator[Finding]:
        codes = list(known)
        for code in named:
            if code not in codes:
                close = difflib.get_close_matches(code, codes, n=1)
                advice = f"did you mean {close[0]!r}?" if close else f"declare the {kind} first"
                yield self._error(path, f"unknown {kind} {code!r}", advice)

    def _departments(self, named: Iterable[str], path: Path) -> Iterator[Finding]:
        yield from self._known("department", named, self._plan.departments, path)

    def _duplicates(self) -> Iterator[Finding]:
        plan = self._plan
        tables = {
            "districts": [district.code for district in plan.districts],
            "grids": [grid.code for grid in plan.grids],
            "rules": [rule.id for rule in plan.rules],
        }
        for table, codes in tables.items():
            for number, code in enumerate(codes):
                if code in codes[:number]:
                    first = self._lines.of(table, codes.index(code))
                    message = f"{code!r} is declared twice, first on line {first}"
                    yield self._error((table, number), message, "give each a code of its own")
        for department in plan.departments.values():
            yield from self._same_person(department)

    def _same_person(self, department: Department) -> Iterator[Finding]:
        ids = [person.id for person in department.people]
        for number, person_id in enumerate(ids):
            if person_id in ids[:number]:
                path: Path = ("departments", department.code, "people", number)
                yield self._error(path, f"person {person_id!r} is declared twice", "remove one")

    def _fallback(self) -> Iterator[Finding]:
        fallback, other = self._plan.fallback, self._plan.categories.get(FALLBACK_CATEGORY)
        yield from self._departments([fallback.owner], ("fallback", "owner"))
        yield from self._departments([fallback.deputy], ("fallback", "deputy"))
        if fallback.owner == fallback.deputy:
            path: Path = ("fallback", "deputy")
            yield self._error(path, "owner and deputy are the same", "name another department")
        if other is None:
            message = f"category {FALLBACK_CATEGORY} (其他, other) is missing"
            advice = f"add [categories.{FALLBACK_CATEGORY}] led by {fallback.owner!r}"
            yield self._error(("categories",), message, advice)
        elif other.lead != fallback.owner:
            message = f"{FALLBACK_CATEGORY} is led by {other.lead!r}, not by the fallback owner"
            path = ("categories", FALLBACK_CATEGORY, "lead")
            yield self._error(path, message, f"write lead = {fallback.owner!r}")

    def _on_call(self, department: Department) -> Iterator[Finding]:
        if not department.tier.is_desk and not department.duty and department.head is None:
            message = f"{department.code!r} is on call (tier N) but has neither duty nor head"
            path = ("departments", department.code)
            yield self._error(path, message, "add `duty` shifts or a `head`")

    def _category(self, category: Category) -> Iterator[Finding]:
        path: Path = ("categories", category.code)
        yield from self._parties(category.lead, category.co_handlers, path)
        quorum, parties = category.closing.quorum, 1 + len(category.co_handlers)
        if quorum is not None and quorum > parties:
            message = f"closing asks for {quorum} departments, the category names {parties}"
            yield self._error((*path, "closing"), message, "lower it or name more co-handlers")

    def _rule(self, number: int, rule: Rule) -> Iterator[Finding]:
        plan, path = self._plan, ("rules", number)
        when = (*path, "when")
        yield from self._parties(rule.lead, rule.co_handlers or (), path)
        yield from self._known("category", rule.when.category, plan.categories, (*when, "category"))
        classes = {category.class_ for category in plan.categories.values()}
        yield from self._known("class", rule.when.class_, classes, (*when, "class"))
        grids = [grid.code for grid in plan.grids]
        yield from self._known("grid", rule.when.grid, grids, (*when, "grid"))
        if plan.sources:
            yield from self._known("source", rule.when.source, plan.sources, (*when, "source"))

    def _parties(self, lead: str, co_handlers: Iterable[str], path: Path) -> Iterator[Finding]:
        others = list(co_handlers)
        yield from self._departments([lead], (*path, "lead"))
        yield from self._departments(others, (*path, "co_handlers"))
        twice = {code for code in others if code == lead or others.count(code) > 1}
        for code in sorted(twice):
            message = f"{code!r} is named twice among lead and co-handlers"
            yield self._error((*path, "co_handlers"), message, "name each department once")
