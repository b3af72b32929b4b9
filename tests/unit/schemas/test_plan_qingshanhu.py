"""The seed district's plan says what the field's table says, category by category."""

from datetime import timedelta
from itertools import combinations
from pathlib import Path

import pytest

from schemas.plan import Category, Plan, RoutingFacts, check_plan, load_plan
from schemas.vocabulary import Channel, Tier

PLAN = Path(__file__).parents[3] / "deploy" / "plans" / "qingshanhu.toml"

# Departments as the table of the domain handbook, part (d), abbreviates them.
NAMES = {
    "UM": "urban-management",
    "PO": "police",
    "FI": "fire",
    "HC": "housing",
    "em": "emergency-management",
    "pe": "petitions",
    "ct": "court",
    "pc": "procuratorate",
    "ca": "civil-affairs",
    "mk": "market-regulation",
    "en": "environment",
    "wa": "water",
    "he": "health",
    "ju": "justice",
    "PM": "property",
    "GR": "grid",
    "ut": "utilities",
}

INCIDENTS = """
E0401   无照经营游商            UM  mk,PO        U  2 UH
E0405   店外经营                UM  mk           U  2 UH
E0406   占道经营                UM  PO           U  2 UH
E0402   早夜市管理              UM  mk,PO        U  2 UH
E0110   暴露生活垃圾            UM  PM,GR        G  4 WH
E0192   垃圾满溢                UM  PM           G  4 WH
E0111   积存垃圾渣土            UM  HC,PO        G  5 WD
E0112   道路不洁                UM  -            G  2 WH
E0137   动物尸体                UM  he           G  4 WH
E0201   非法小广告              UM  PO           G  1 WD
E0203   违规户外广告            UM  HC           G  1 WD
E0101a  私搭乱建(在建)          UM  HC,em        U  2 ND
E0101b  私搭乱建(已形成)        UM  HC,ct        P  15 WD
E0129   露天烧烤                UM  en,FI        U  2 UH
E0120   焚烧垃圾树叶            UM  FI,en        U  2 UH
E0410   非机动车乱停放          UM  PO           G  2 WH
E0191   占绿毁绿                UM  pc           G  2 WH
E0126   河道污染                en  UM,wa,pc     U  2 WD
P0101   井盖缺失移位            UM  PO,wa        E  2 UH
P0137   路灯不亮                UM  -            G  2 WD
P0402   行道树倒伏断枝          UM  FI,PO        U  1 WD
E0113   道路破损                UM  HC           P  5 WD
E0505   路面塌陷                UM  PO,HC,em     E  2 UH
E0506   道路积水内涝            UM  em,PO,wa     E  2 UH
E0507   道路积雪结冰            UM  PO,em        U  4 WH
E0501   供水管道破裂            UM  wa,PO        E  1 UH
E0508   架空线缆脱落            UM  PO,ut        U  2 WH
E0128   商业噪音                PO  UM,en        U  2 UH
X-PO1   邻里噪声扰民            PO  GR,ju        U  2 UH
X-PO2   机动车违停              PO  UM           G  2 WH
X-PO3   治安警情/打架           PO  GR,he        E  1 UH
X-PO4   人员走失                PO  GR,ca        E  1 UH
X-PO5   违规燃放烟花            PO  FI,em        U  1 UH
E0184   违规养犬                UM  PO,PM        G  1 WD
E0496   占用消防通道            FI  UM,PM,PO     U  2 WH
E0108   飞线充电/电动车违规充电 FI  UM,PM        U  4 WH
X-FI1   火情冒烟                FI  PO,em,he     E  1 UH
E0502   燃气泄漏                FI  UM,PO,em     E  1 UH
X-FI2   消防设施损坏            FI  PM,HC        G  2 WD
X-FI3   电梯困人                FI  PM,mk        E  1 UH
E0596   高空坠物/外立面脱落     HC  PO,FI,PM     E  2 UH
E0183   房屋裂缝/危房           HC  em,PM,UM     P  15 WD
E0304   工地扬尘                HC  UM,en        U  2 WH
E0301   施工扰民                HC  UM,en        U  2 UH
E0307   施工围挡破损            HC  UM           G  2 WD
X-HC1   供水供电供暖问题        HC  PM,ut        U  24 UH
"""

# The table gives flows no urgency; these are the plan's own.
FLOWS = """
S-PM    物业点单(报修等)        PM  HC           G  1 WD
S-DISP  矛盾纠纷                GR  ju,ct,PO,pe  G  30 ND
S-AID   社会救助转介            ca  GR           U  24 UH
S-PET   信访事项                pe  -            G  1 WD
S-LAW   涉法涉诉/公益诉讼线索   ct  ju           G  1 WD
S-SAFE  安全生产/危化隐患       em  FI,mk        U  2 UH
S-CON   咨询建议                GR  -            G  1 WD
"""


def rows(table: str) -> list[list[str]]:
    return [line.split(maxsplit=5) for line in table.strip().splitlines()]


def row_of(category: Category) -> list[str]:
    short = {name: abbreviation for abbreviation, name in NAMES.items()}
    others = ",".join(short[code] for code in category.co_handlers) or "-"
    lead, limit = short[category.lead], str(category.limit)
    return [category.code, category.title_zh, lead, others, str(category.urgency), limit]


@pytest.fixture(scope="module")
def plan() -> Plan:
    return load_plan(PLAN)


class TestSeedPlan:
    def test_has_nothing_to_complain_about(self) -> None:
        assert check_plan(PLAN.read_bytes(), PLAN.name) == []

    def test_has_the_46_incident_categories_of_the_table(self, plan: Plan) -> None:
        incidents = [one for one in plan.categories.values() if not one.flow]
        assert [row_of(one) for one in incidents if one.code != "E9999"] == rows(INCIDENTS)
        assert len(rows(INCIDENTS)) == 46

    def test_has_the_7_service_flows_of_the_table(self, plan: Plan) -> None:
        flows = [one for one in plan.categories.values() if one.flow]
        assert [row_of(one) for one in flows] == rows(FLOWS)
        assert {one.class_ for one in flows} == {"S"}

    def test_sends_the_unexplained_to_urban_management(self, plan: Plan) -> None:
        other = plan.category("E9999")
        assert row_of(other) == ["E9999", "其他", "UM", "-", "G", "5 WD"]
        assert plan.fallback.owner == "urban-management"

    def test_is_one_plus_three_plus_n(self, plan: Plan) -> None:
        tiers: dict[Tier, list[str]] = {tier: [] for tier in Tier}
        for department in plan.departments.values():
            tiers[department.tier].append(department.code)
        assert tiers[Tier.MAIN] == ["urban-management"]
        assert tiers[Tier.RESIDENT] == ["police", "fire", "housing"]
        assert len(tiers[Tier.ON_CALL]) == 14

    def test_explains_every_category(self, plan: Plan) -> None:
        for category in plan.categories.values():
            assert category.grounds
            assert category.closing_conditions_en
            assert category.closing_conditions_zh
            assert category.evidence

    def test_gives_every_category_3_to_8_keywords_in_each_language(self, plan: Plan) -> None:
        for category in plan.categories.values():
            if category.code != "E9999":
                assert 3 <= len(category.keywords_zh) <= 8, category.code
                assert 3 <= len(category.keywords_en) <= 8, category.code

    def test_keeps_keywords_of_different_categories_apart(self, plan: Plan) -> None:
        words = [
            (word.casefold(), category.code)
            for category in plan.categories.values()
            for word in (*category.keywords_zh, *category.keywords_en)
        ]
        inside = {
            (code, other)
            for (word, code), (longer, other) in combinations(sorted(words), 2)
            if code != other and (word in longer or longer in word)
        }
        # "Building without permission" is part of "building without permission, in progress".
        assert inside <= {("E0101a", "E0101b"), ("E0101b", "E0101a")}

    def test_tiles_its_grids_inside_the_district(self, plan: Plan) -> None:
        (district,) = plan.districts
        assert district.polygon is not None
        west, east = min(x for x, _ in district.polygon), max(x for x, _ in district.polygon)
        south, north = min(y for _, y in district.polygon), max(y for _, y in district.polygon)
        corners = [point for grid in plan.grids for point in grid.polygon or ()]
        assert len(corners) == 4 * 10
        assert all(west < x < east and south < y < north for x, y in corners)
        assert len({grid.polygon for grid in plan.grids if grid.polygon}) == 10


RULED = [
    ("P0402", "A tree fell and blocks the road", 23, None, "fire", "2 UH"),
    ("P0402", "A tree fell and blocks the road", 12, None, "urban-management", "2 UH"),
    ("P0402", "A tree fell in the park", 23, None, None, None),
    ("E0496", "消防通道停车,消防车进不去", 12, "36011100300103", "fire", "1 UH"),
    ("E0496", "消防通道停车,消防车进不去", 12, "36011100300101", None, None),
    ("E0183", "the building is about to collapse", 12, None, "housing", "2 UH"),
    ("P0137", "路灯杆电线裸露", 12, None, "urban-management", "1 WD"),
    ("E0203", "an illegal billboard", 12, None, "urban-management", "5 WD"),
    ("S-DISP", "老板拖欠工资", 12, None, "labour", "30 ND"),
    ("S-LAW", "a clue for public interest litigation", 12, None, "procuratorate", None),
    ("S-PM", "厨房爆管跑水", 12, None, "property", "2 UH"),
    ("S-AID", "想申请低保", 12, None, "civil-affairs", "5 WD"),
    ("S-CON", "I would like to suggest a bench", 12, None, "grid", "5 WD"),
]


class TestSeedRules:
    @pytest.mark.parametrize(("code", "text", "hour", "grid", "lead", "limit"), RULED)
    def test_override_the_default(
        self,
        plan: Plan,
        *,
        code: str,
        text: str,
        hour: int,
        grid: str | None,
        lead: str | None,
        limit: str | None,
    ) -> None:
        category = plan.category(code)
        facts = RoutingFacts(
            category=code,
            class_=category.class_,
            urgency=category.urgency,
            grid=grid,
            local_time=timedelta(hours=hour),
            text=text,
            source="hotline-12345",
            channel=Channel.PHONE,
        )
        found = next((rule for rule in plan.rules if rule.matches(facts)), None)
        assert (found.lead if found else None) == lead
        assert (str(found.limit) if found and found.limit else None) == limit
