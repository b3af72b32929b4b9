"""Links to what becomes of a report, under a plan that has those pages or has not."""

from typing import Final

from schemas.plan import Plan, Residents
from services.access.report_links import ReportLinks, token_of
from tests.support.desk import SECRET as INSTALLATION
from tests.support.notifier import case_of, the_plan

SECRET: Final = INSTALLATION.encode()
ADDRESS: Final = "https://report.example"


def plan_with(**residents: object) -> Plan:
    """Return the seed district's plan, that shows residents their reports, with these words.

    Everybody sees numbers, too.
    """
    pages = Residents(address=ADDRESS, status_page=True, public_page=True)
    shown = pages.model_copy(update=residents)
    return the_plan().model_copy(update={"residents": shown})


def links_of(plan: Plan) -> ReportLinks:
    """Return what gives links under a plan."""
    return ReportLinks(plan=lambda: plan, secrets=[SECRET])


NO_LINKS: Final = links_of(the_plan())


def path_of(report: str = "1") -> str:
    """Return the path of a report's page."""
    return f"/r/{token_of(case_of(report), SECRET)}"
