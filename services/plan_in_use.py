"""The plan that a service works by, and what every service does with it."""

from collections.abc import Callable
from typing import Any, TypeVar

from prometheus_client import CollectorRegistry, Counter

from schemas import asyncapi, topics
from schemas.plan import Plan, half_of, parse_plan
from services.kit.process.bounds import FOLLOW_SECONDS
from services.kit.process.followed_file import FollowedFile
from services.kit.process.runtime import Runtime

T = TypeVar("T")


def followed_plan(runtime: Runtime) -> Callable[[], Plan]:
    """Return where the plan of this moment is found. Raises as `followed` does."""
    return followed(runtime, lambda plan: plan)


def followed(runtime: Runtime, built: Callable[[Plan], T]) -> Callable[[], T]:
    """Return where what is built of the plan of this moment is found.

    That is the newest good version of the file, once the topics of its new departments are there.
    Raises `InvalidPlan` when the file cannot be used.
    """
    path, settings = runtime.settings.plan, runtime.settings

    def parse(data: bytes) -> tuple[Plan, T]:
        plan = parse_plan(data, name=str(path), loopback=settings.webhooks_to_loopback)
        return plan, built(plan)

    async def make_topics(old: tuple[Plan, T], new: tuple[Plan, T]) -> None:
        if new[0].departments.keys() - old[0].departments.keys():
            await runtime.ensure_topics(topics_of(new[0]))

    file = FollowedFile(
        path, parse, reloads=plan_reloads(runtime.registry), half=half_of, prepare=make_topics
    )
    runtime.every(FOLLOW_SECONDS, file.follow)
    return lambda: file()[1]


def plan_reloads(registry: CollectorRegistry) -> Counter:
    """Return the metric of new versions of the plan."""
    return Counter(
        "tongxin_plan_reloads", "New versions of the plan's file", ["outcome"], registry=registry
    )


def topics_of(plan: Plan) -> tuple[topics.Topic, ...]:
    """Return every topic that a plan needs."""
    return topics.all_topics(sorted(plan.departments), plan.feedback_parties())


def described(service: str, plan: Callable[[], Plan]) -> Callable[[], dict[str, Any]]:
    """Return what makes a service's AsyncAPI document, with the topics of the plan in use."""

    def document() -> dict[str, Any]:
        now = plan()
        return asyncapi.document(
            service, departments=sorted(now.departments), parties=now.feedback_parties()
        )

    return document
