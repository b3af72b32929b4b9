"""Write `bench/plan-200.toml`: the plan of job J, 180 categories and 20 rules.

`python -m bench.plan_200` writes the file again. Places, departments, duty and limits are those of
the seed district; the categories and rules are made up, so that the table is as large as a city's.
"""

from collections.abc import Iterator
from pathlib import Path

SEED = Path("deploy/plans/qingshanhu.toml")
PLAN = Path("bench/plan-200.toml")
CATEGORIES = 180
RULES = 20

_DEPARTMENTS = (
    "urban-management",
    "police",
    "fire",
    "housing",
    "emergency-management",
    "petitions",
    "civil-affairs",
    "market-regulation",
    "environment",
    "water",
    "health",
    "labour",
    "justice",
    "property",
    "grid",
    "utilities",
)
_URGENCIES = (("G", "3 WD"), ("U", "4 UH"), ("G", "1 WD"), ("P", "5 WD"), ("E", "2 UH"))
_HEAD = """# Made by `python -m bench.plan_200`: the plan of the benchmarks' job J. Do not edit.
"""
_CUT = "# --- Categories"


def category_code(number: int) -> str:
    """Return the code of the n-th category, from 0."""
    return f"J{number:04d}"


def lead_of(number: int) -> str:
    """Return the department that leads the n-th category."""
    return _DEPARTMENTS[number * 7 % len(_DEPARTMENTS)]


def rule_lead_of(number: int) -> str:
    """Return the department that the n-th rule puts in the place of its category's."""
    return _DEPARTMENTS[(number * 5 + 3) % len(_DEPARTMENTS)]


def _category(number: int) -> str:
    urgency, limit = _URGENCIES[number % len(_URGENCIES)]
    lead = lead_of(number)
    co_handler = _DEPARTMENTS[(number * 7 + 1) % len(_DEPARTMENTS)]
    co_handlers = f'co_handlers = ["{co_handler}"]\n' if number % 5 == 0 else ""
    return f"""
[categories.{category_code(number)}]
title_en = "kind {number} of the benchmark"
title_zh = "测试类别{number}"
class = "J{number // 20:02d}"
lead = "{lead}"
{co_handlers}urgency = "{urgency}"
limit = "{limit}"
keywords_en = ["benchmark kind {number:04d}"]
keywords_zh = ["测试类别{number:04d}"]
grounds = "benchmark"
closing_conditions_en = "done"
closing_conditions_zh = "处理完毕"
evidence = ["after_photo"]
check = "never"
"""


def _rule(number: int) -> str:
    return f"""
[[rules]]
id = "by-sensor-{number:02d}"
when.category = ["{category_code(number * 9)}"]
when.channel = ["sensor"]
lead = "{rule_lead_of(number)}"
reason_en = "what a sensor saw goes to whoever runs it"
reason_zh = "传感器发现的由运行单位处理"
"""


_FALLBACK = """
[categories.E9999]
title_en = "other"
title_zh = "其他"
class = "E99"
lead = "urban-management"
urgency = "G"
limit = "5 WD"
grounds = "benchmark"
closing_conditions_en = "dealt with"
closing_conditions_zh = "处理完毕"
evidence = ["report"]
merge_radius_m = 0
"""


def _parts(seed: str) -> Iterator[str]:
    yield _HEAD
    yield seed.partition(_CUT)[0].replace('sources = ["', 'sources = ["bench", "', 1)
    yield from map(_category, range(CATEGORIES))
    yield _FALLBACK
    yield from map(_rule, range(RULES))


def plan_text() -> str:
    """Return the whole plan as TOML."""
    return "".join(_parts(SEED.read_text(encoding="utf-8")))


if __name__ == "__main__":
    PLAN.write_text(plan_text(), encoding="utf-8")
