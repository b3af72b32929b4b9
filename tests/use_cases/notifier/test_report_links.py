"""The link to a report: in what the webhook of reporters is sent, and nowhere else."""

import json

from sqlalchemy import select

from services.kit.sql.declaring import table_of
from services.notifier.store.tables import Delivery
from services.notifier.use_cases.delivering import Webhooks
from tests.support.notifier import NotifierBench, assigned, merged, registered
from tests.support.report_links import ADDRESS, links_of, path_of, plan_with

REPORTERS = "https://reporters.example/"
DEPARTMENT = "https://department.example/"


class TestLink:
    async def test_goes_to_who_reported_or_joined_and_to_nobody_else(
        self, bench: NotifierBench
    ) -> None:
        plan = plan_with()
        lead = plan.department("urban-management").model_copy(update={"webhook": DEPARTMENT})
        departments = {**plan.departments, lead.code: lead}
        bench.plan = plan.model_copy(update={"departments": departments})
        bench.webhooks = Webhooks(reporters=REPORTERS, link_of=links_of(plan).link_of)
        told = await bench.tell(registered(), merged("2"), assigned())
        async with bench.database.read() as conn:
            rows = (await conn.execute(select(table_of(Delivery)))).mappings().all()
        found = {(one["url"], json.loads(one["body"])["data"].get("status_page")) for one in rows}
        own = {(REPORTERS, f"{ADDRESS}{path_of(report)}") for report in "12"}
        assert found == own | {(DEPARTMENT, None)}
        assert not any(b"/r/" in (one.value or b"") for one in told.messages)
