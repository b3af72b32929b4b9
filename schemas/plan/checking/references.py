"""Whether everything a plan names exists, once, and makes sense together.

It reads the file's own tables and passes over what the schema refuses, so that one look names the
mistakes of both kinds.
"""

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schemas.plan.checking.findings import Finding, Severity
from schemas.plan.checking.lines import Lines, Path
from schemas.plan.checking.schema_errors import dotted
from schemas.plan.closing import ClosingRule
from schemas.vocabulary import FALLBACK_CATEGORY, REPORTERS, SUPERVISION, Tier

Entry = Mapping[str, Any]


class References:
    """The cross-checks of one plan's tables; each finding is an error."""

    def __init__(self, table: Entry, lines: Lines) -> None:
        """Take the file's tables, right or wrong, and where their parts stand."""
        self._lines = lines
        self._fallback = _entry(table.get("fallback"))
        lists = ("districts", "grids", "rules", "texts")
        self._listed = {name: _entries(table.get(name)) for name in lists}
        self._departments = _named(table.get("departments"))
        self._categories = _named(table.get("categories"))
        self._sources = _texts(table.get("sources"))
        self._drilled = _texts(_entry(table.get("exercises")).get("contacts"))
        oidc = _entry(_entry(table.get("sign_in")).get("oidc"))
        self._groups = _entries(oidc.get("groups"))
        self._kept_back = _texts(_entry(table.get("residents")).get("public_without"))

    def findings(self) -> Iterator[Finding]:
        """Yield every reference that leads nowhere, and everything declared twice."""
        yield from self._duplicates()
        yield from self._of_last_resort()
        districts = self._codes("districts")
        for number, grid in enumerate(self._listed["grids"]):
            path: Path = ("grids", number, "district")
            yield from self._known("district", _texts(grid.get("district")), districts, path)
        for code, department in self._departments.items():
            yield from self._department(code, department)
        for code, category in self._categories.items():
            yield from self._category(code, category)
        for number, rule in enumerate(self._listed["rules"]):
            yield from self._rule(number, rule)
        parties = [*self._departments, SUPERVISION, REPORTERS]
        yield from self._known("party", self._drilled, parties, ("exercises", "contacts"))
        for number, group in enumerate(self._groups):
            path = ("sign_in", "oidc", "groups", number, "department")
            yield from self._known("party", _texts(group.get("department")), parties, path)
        for number, text in enumerate(self._listed["texts"]):
            yield from self._text(number, text)
        path = ("residents", "public_without")
        yield from self._known("category", self._kept_back, self._categories, path)

    def _error(self, path: Path, message: str, advice: str) -> Finding:
        return Finding(Severity.ERROR, self._lines.of(*path), dotted(path), message, advice)

    def _codes(self, name: str) -> list[str]:
        key = "id" if name in {"rules", "texts"} else "code"
        return ["".join(_texts(entry.get(key))) for entry in self._listed[name]]

    def _known(
        self, kind: str, named: Iterable[str], known: Iterable[str], path: Path
    ) -> Iterator[Finding]:
        codes = list(known)
        for code in named:
            if code not in codes:
                short = code[:80]
                close = difflib.get_close_matches(short, codes, n=1)
                advice = f"did you mean {close[0]!r}?" if close else f"declare the {kind} first"
                yield self._error(path, f"unknown {kind} {short!r}", advice)

    def _duplicates(self) -> Iterator[Finding]:
        for table in self._listed:
            first: dict[str, int] = {}
            for number, code in enumerate(self._codes(table)):
                earlier = first.setdefault(code, number)
                if code and earlier != number:
                    line = self._lines.of(table, earlier)
                    message = f"{code!r} is declared twice, first on line {line}"
                    yield self._error((table, number), message, "give each a code of its own")

    def _of_last_resort(self) -> Iterator[Finding]:
        owner, deputy = _texts(self._fallback.get("owner")), _texts(self._fallback.get("deputy"))
        yield from self._known("department", owner, self._departments, ("fallback", "owner"))
        yield from self._known("department", deputy, self._departments, ("fallback", "deputy"))
        if owner and owner == deputy:
            path: Path = ("fallback", "deputy")
            yield self._error(path, "owner and deputy are the same", "name another department")
        other = self._categories.get(FALLBACK_CATEGORY)
        if other is None:
            message = f"category {FALLBACK_CATEGORY} (其他, other) is missing"
            led = "".join(owner) or "the fallback owner"
            advice = f"add [categories.{FALLBACK_CATEGORY}] led by {led!r}"
            yield self._error(("categories",), message, advice)
        elif owner and (lead := _texts(other.get("lead"))) and lead != owner:
            message = f"{FALLBACK_CATEGORY} is led by {lead[0]!r}, not by the fallback owner"
            path = ("categories", FALLBACK_CATEGORY, "lead")
            yield self._error(path, message, f"write lead = {owner[0]!r}")

    def _department(self, code: str, department: Entry) -> Iterator[Finding]:
        on_call = department.get("tier") == Tier.ON_CALL
        if on_call and not department.get("duty") and department.get("head") is None:
            message = f"{code!r} is on call (tier N) but has neither duty nor head"
            advice = "add `duty` shifts or a `head`"
            yield self._error(("departments", code), message, advice)
        ids = ["".join(_texts(person.get("id"))) for person in _entries(department.get("people"))]
        for number, person in enumerate(ids):
            if person and person in ids[:number]:
                path: Path = ("departments", code, "people", number)
                yield self._error(path, f"person {person!r} is declared twice", "remove one")

    def _category(self, code: str, category: Entry) -> Iterator[Finding]:
        path: Path = ("categories", code)
        yield from self._parties(category, path)
        quorum, parties = _quorum(category), 1 + len(_texts(category.get("co_handlers")))
        if quorum > parties:
            message = f"closing asks for {quorum} departments, the category names {parties}"
            yield self._error((*path, "closing"), message, "lower it or name more co-handlers")

    def _rule(self, number: int, rule: Entry) -> Iterator[Finding]:
        path: Path = ("rules", number)
        yield from self._parties(rule, path)
        known: dict[str, Iterable[str]] = {
            "category": self._categories,
            "class": self._classes(),
            "grid": self._codes("grids"),
        }
        if self._sources:
            known["source"] = self._sources
        when = _entry(rule.get("when"))
        for kind, codes in known.items():
            yield from self._known(kind, _texts(when.get(kind)), codes, (*path, "when", kind))

    def _text(self, number: int, text: Entry) -> Iterator[Finding]:
        known: dict[str, tuple[str, Iterable[str]]] = {
            "categories": ("category", self._categories),
            "classes": ("class", self._classes()),
            "parties": ("party", [*self._departments, SUPERVISION]),
        }
        for key, (kind, codes) in known.items():
            yield from self._known(kind, _texts(text.get(key)), codes, ("texts", number, key))

    def _classes(self) -> set[str]:
        return {one for c in self._categories.values() for one in _texts(c.get("class"))}

    def _parties(self, entry: Entry, path: Path) -> Iterator[Finding]:
        lead, others = _texts(entry.get("lead")), _texts(entry.get("co_handlers"))
        yield from self._known("department", lead, self._departments, (*path, "lead"))
        yield from self._known("department", others, self._departments, (*path, "co_handlers"))
        for code in sorted({one for one in others if one in lead or others.count(one) > 1}):
            message = f"{code!r} is named twice among lead and co-handlers"
            yield self._error((*path, "co_handlers"), message, "name each department once")


def _entry(value: object) -> Entry:
    return value if isinstance(value, dict) else {}


def _entries(value: object) -> list[Entry]:
    """Return the tables of a list; what is none stays as an empty one, so that numbers hold."""
    return [_entry(one) for one in value] if isinstance(value, list) else []


def _named(value: object) -> dict[str, Entry]:
    return {name: _entry(one) for name, one in _entry(value).items()}


def _texts(value: object) -> list[str]:
    """Return a text as a list of one, of a list its texts; spaces around them say nothing."""
    many = value if isinstance(value, list) else [value]
    return [stripped for one in many if isinstance(one, str) and (stripped := one.strip())]


def _quorum(category: Entry) -> int:
    try:
        return ClosingRule.model_validate(category.get("closing")).quorum or 0
    except ValueError:
        return 0
