"""Whether a mapping fits the file's header and the plan's categories, told before rows are."""

from collections.abc import Iterator, Sequence
from typing import Final

from schemas.plan import Plan
from services.upstream.columns import Piece
from services.upstream.mapping import UpstreamMapping
from services.upstream.outcomes import UnusableFile

_NEEDED: Final = frozenset({"id", "reported_at"})


def check_header(names: Sequence[str], mapping: UpstreamMapping) -> list[str]:
    """Return a warning for each part of a report that no column of the file can give.

    Raises `UnusableFile` when that part is the id or the time, or when a column that counts is
    there twice.
    """
    used = [(part, piece) for part, pieces in mapping.columns.items() for piece in pieces]
    used += [("skip", Piece(column)) for skip in mapping.skip for column in skip.columns]
    roots = {root for _, piece in used for root in _roots(piece, names)}
    twice = sorted(name for name in roots if names.count(name) > 1)
    if twice:
        raise UnusableFile(
            f"the header has {twice[0]!r} twice; rename one, or write header = false and "
            "name all `columns` under [file], the header row is then one bad row"
        )
    warnings = []
    for part in dict.fromkeys(part for part, _ in used):
        pieces = [piece for mapped, piece in used if mapped == part]
        if any(_available(piece, names) for piece in pieces):
            continue
        missing = ", ".join(dict.fromkeys(name for piece in pieces for name in piece.columns))
        message = f"{part}: the file has no column {missing}"
        if part in _NEEDED:
            raise UnusableFile(f"{message}; its columns: {', '.join(names)}")
        warnings.append(f"warning: {message}")
    return warnings


def unknown_codes(mapping: UpstreamMapping, plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield key and code of each category the plan does not have."""
    for key, code in mapping.categories.items():
        if code not in {"", "*"} and code not in plan.categories:
            yield key, code


def _available(piece: Piece, names: Sequence[str]) -> bool:
    return all(column in names or column.split(".")[0] in names for column in piece.columns)


def _roots(piece: Piece, names: Sequence[str]) -> set[str]:
    return {column if column in names else column.split(".")[0] for column in piece.columns}
