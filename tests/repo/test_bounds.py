"""Every pause, size and time limit stands in its room's `bounds.py` (house plan, part 3)."""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Final

from tests.support.sources import modules, name_of, tree_of

BOUND: Final = re.compile(
    r"(^|_)(SECONDS|MS|PAUSE|PAUSES|BYTES|LETTERS|CHARACTERS|LINES|LIMIT|MAX|MOST|LARGEST|LONGEST"
    r"|PATIENCE|AHEAD|TRIES)(_|$)|AT_ONCE$"
)
WAITS: Final = re.compile(r"(^|\.)(sleep|timeout|wait_for)$")
WITHIN: Final = re.compile(r"timeout|_ms$|^within$")

# Numbers that a format has, not we; and a program that runs without ours on its path.
OTHERS: Final = {
    "services/kit/kafka/frame_records.py",
    "services/kit/kafka/topic_ids.py",
    "services/kit/kafka/unpacking.py",
    "services/machine/embedded/guardian.py",
}


def is_number(node: ast.expr | None) -> bool:
    match node:
        case ast.Constant(value=value):
            return isinstance(value, int | float) and not isinstance(value, bool)
        case ast.BinOp(left=left, right=right):
            return is_number(left) and is_number(right)
        case _:
            return is_duration(node)


def is_duration(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "timedelta"


def constants(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.AnnAssign | ast.Assign):
            target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
            name = ast.unparse(target)
            if is_duration(node.value) or (is_number(node.value) and BOUND.search(name)):
                yield f"{node.lineno}: {ast.unparse(node)}"


def literals(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            waits = node.args[-1:] if WAITS.search(ast.unparse(node.func)) else []
            waits += [word.value for word in node.keywords if WITHIN.search(word.arg or "")]
            if any(is_number(wait) and ast.unparse(wait) != "0" for wait in waits):
                yield f"{node.lineno}: {ast.unparse(node)}"


def ours() -> list[Path]:
    return [
        file
        for file in modules("services")
        if file.name != "bounds.py"
        and not {"assessment", "domain", "migrations"} & set(file.parts)
        and name_of(file) not in OTHERS
    ]


class TestBound:
    def test_is_named_in_the_bounds_of_its_room(self) -> None:
        found = [f"{name_of(file)}:{told}" for file in ours() for told in constants(tree_of(file))]
        assert found == []

    def test_is_not_written_where_it_is_waited(self) -> None:
        found = [f"{name_of(file)}:{told}" for file in ours() for told in literals(tree_of(file))]
        assert found == []

    def test_says_what_it_is_for(self) -> None:
        silent = [
            f"{name_of(file)}: {ast.unparse(node)}"
            for file in modules("services")
            if file.name == "bounds.py"
            for node, following in pairwise([*tree_of(file).body, ast.Pass()])
            if isinstance(node, ast.AnnAssign) and not isinstance(following, ast.Expr)
        ]
        assert silent == []
