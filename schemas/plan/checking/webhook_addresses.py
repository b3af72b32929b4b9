"""Whether each webhook of a plan leads to the public internet, or where the plan allows it."""

from collections.abc import Iterable, Iterator

from schemas.addresses import LOOPBACK, Network, literal, may_reach
from schemas.plan.checking.findings import Finding, Severity
from schemas.plan.checking.lines import Lines, Path
from schemas.plan.checking.schema_errors import dotted
from schemas.plan.model import Plan
from schemas.plan.webhooks import host_of


def webhook_findings(plan: Plan, lines: Lines, *, loopback: bool) -> Iterator[Finding]:
    """Yield an error for each webhook that leads to an inner address which is not allowed.

    A name is looked up when something is sent, and judged then. `loopback` says that this machine
    is allowed without a word in the plan.
    """
    allowed = (*plan.webhooks.allow, *(LOOPBACK if loopback else ()))
    hooks: list[tuple[Path, str | None]] = [(("supervision", "webhook"), plan.supervision.webhook)]
    hooks += [(("departments", d.code, "webhook"), d.webhook) for d in plan.departments.values()]
    for path, url in hooks:
        if url is not None and not _may_lead(url, allowed):
            host = host_of(url)
            message = f"{host} is not on the public internet"
            advice = f'if it is meant so, write [webhooks] allow = ["{literal(host)}"]'
            yield Finding(Severity.ERROR, lines.of(*path), dotted(path), message, advice)


def _may_lead(url: str, allowed: Iterable[Network]) -> bool:
    address = literal(host_of(url))
    return address is None or may_reach(address, allowed=allowed)
