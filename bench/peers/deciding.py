"""What every peer does to one report: the product's own model, and the same 200-row table.

Runs in each peer's environment, which needs pydantic and nothing else of the product.
"""

from pathlib import Path
from typing import Final

from pydantic import ValidationError

from schemas.events.incident import IncidentReport
from schemas.plan import load_plan

RESULTS: Final = "peer-results.v1"
_PLAN: Final = load_plan(Path(__file__).parents[1] / "plan-200.toml")
_RULES: Final = {
    (category, channel.value): rule.lead
    for rule in reversed(_PLAN.rules)
    for category in rule.when.category
    for channel in rule.when.channel
}
_LEADS: Final = {code: category.lead for code, category in _PLAN.categories.items()}


def decide(value: bytes) -> tuple[str, str] | None:
    """Return a report's case id and its department; None when the report is to be refused."""
    try:
        report = IncidentReport.model_validate_json(value)
    except ValidationError:
        return None
    category = report.category or ""
    lead = _RULES.get((category, report.channel.value)) or _LEADS.get(category)
    return (str(report.case_id), lead) if lead else None
