"""A small plan, and ways to spoil it one line at a time."""

from schemas.plan import Finding, Plan, check_plan, parse_plan

SMALL = """\
title_en = "Test district"
title_zh = "测试区"
timezone = "Asia/Shanghai"
sources = ["hotline"]

[fallback]
owner = "urban-management"
deputy = "emergency-management"

[[districts]]
code = "360111"
title_en = "Qingshanhu"
title_zh = "青山湖区"

[[grids]]
code = "g1"
title_en = "grid 1"
title_zh = "第1网格"
district = "360111"
households = 400

[departments.urban-management]
tier = "1"
title_en = "Urban management"
title_zh = "城管"
head = "um-head"
people = [{ id = "um-head", title_en = "head", title_zh = "负责人" }]

[departments.fire]
tier = "3"
title_en = "Fire"
title_zh = "消防"
head = "fire-head"
people = [{ id = "fire-head", title_en = "head", title_zh = "负责人" }]

[departments.emergency-management]
tier = "N"
title_en = "Emergency management"
title_zh = "应急"
head = "em-head"
people = [
  { id = "em-duty-1", title_en = "duty officer 1", title_zh = "值班员1" },
  { id = "em-head", title_en = "head", title_zh = "负责人" },
]
duty = [
  { days = "all", start = "00:00", end = "24:00", person = "em-duty-1" },
]

[categories.P0402]
title_en = "fallen tree"
title_zh = "倒树"
class = "P04"
lead = "urban-management"
co_handlers = ["fire"]
urgency = "U"
limit = "1 WD"
keywords_en = ["fallen tree"]
closing = "all"

[categories.E9999]
title_en = "other"
title_zh = "其他"
class = "E99"
lead = "urban-management"
urgency = "G"
limit = "5 WD"

[[rules]]
id = "night-tree"
when.category = ["P0402"]
when.between = "22:00-06:00"
lead = "fire"
reason_en = "crew"
reason_zh = "人员"
"""


def changed(*changes: tuple[str, str], end: str = "") -> str:
    """Return the small plan with each first text replaced by the second, and more at its end."""
    text = SMALL
    for old, new in changes:
        assert text.count(old) >= 1, old
        text = text.replace(old, new, 1)
    return text + end


def plan_of(text: str = SMALL) -> Plan:
    """Return the plan of a text."""
    return parse_plan(text.encode(), name="plan.toml")


def findings_of(text: str) -> list[Finding]:
    """Return what the check says of a text."""
    return check_plan(text.encode(), "plan.toml")


def line_of(text: str, part: str, *, nth: int = 1) -> int:
    """Return the number of the nth line that has a part."""
    lines = [number for number, line in enumerate(text.splitlines(), start=1) if part in line]
    return lines[nth - 1]
