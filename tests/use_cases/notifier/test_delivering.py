"""Notices on their way to webhooks: at least once, always under the same id."""

import json
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from services.notifier.store import deliveries
from services.notifier.sweeps import Postman, forget_deliveries
from services.notifier.use_cases.delivering import LEASE, Webhooks, claim
from services.notifier.use_cases.signatures import secrets_of
from tests.support.notifier import NotifierBench, assigned, registered, the_plan

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the standard's own example
HOOK = "https://reporters.example/hook"


class Receiver:
    """A receiver that answers what it is told to, and remembers what came."""

    def __init__(self, answer: Callable[[int], httpx.Response]) -> None:
        self.requests: list[httpx.Request] = []
        self._answer = answer

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self._answer(len(self.requests))


def postman(bench: NotifierBench, receiver: Receiver) -> Postman:
    client = httpx.AsyncClient(transport=httpx.MockTransport(receiver))
    return Postman(
        bench.database,
        client=client,
        secrets=secrets_of(SECRET),
        metrics=bench.metrics,
        clock=lambda: bench.now,
    )


@pytest.fixture
def hooked(bench: NotifierBench) -> NotifierBench:
    bench.webhooks = Webhooks(reporters=HOOK)
    return bench


class TestNotice:
    async def test_to_a_reporter_is_sent_once_and_signed(self, hooked: NotifierBench) -> None:
        told = await hooked.tell(registered())
        receiver = Receiver(lambda _: httpx.Response(204))
        await postman(hooked, receiver).deliver()
        await postman(hooked, receiver).deliver()
        [request] = receiver.requests
        assert str(request.url) == HOOK
        body = json.loads(request.content)
        assert body["type"] == "notice.issued"
        assert body["data"]["text_zh"] == told.notices("registered")[0].text_zh
        assert request.headers["webhook-timestamp"] == str(int(hooked.now.timestamp()))
        assert request.headers["webhook-signature"].startswith("v1,")
        sent = {"channel": "webhook", "outcome": "sent"}
        assert hooked.counted("tongxin_notification_delivery_total", **sent) == 1

    async def test_goes_where_the_plan_says(self, bench: NotifierBench) -> None:
        plan = the_plan()
        police = plan.department("police").model_copy(update={"webhook": "https://police.example"})
        watching = plan.supervision.model_copy(update={"webhook": "https://centre.example"})
        bench.plan = plan.model_copy(
            update={
                "departments": {**plan.departments, "police": police},
                "supervision": watching,
            }
        )
        await bench.tell(registered(), assigned("police"))
        await bench.pass_time(hours=2)
        receiver = Receiver(lambda _: httpx.Response(200))
        await postman(bench, receiver).deliver()
        assert sorted(r.url.host for r in receiver.requests) == ["centre.example", "police.example"]

    async def test_stays_where_no_webhook_is_configured(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned("police"))
        assert await claim(bench.database, now=bench.now) == []

    async def test_is_tried_again_under_the_same_id_by_the_schedule(
        self, hooked: NotifierBench
    ) -> None:
        await hooked.tell(registered())
        receiver = Receiver(lambda n: httpx.Response(503 if n < 4 else 200))
        carrier = postman(hooked, receiver)
        for minutes in (0, 0.2, 6, 34, 900):
            hooked.now += timedelta(minutes=minutes)
            await carrier.deliver()
            await carrier.deliver()
        assert len(receiver.requests) == 4
        assert len({r.headers["webhook-id"] for r in receiver.requests}) == 1

    async def test_is_given_up_when_the_receiver_wants_no_more(self, hooked: NotifierBench) -> None:
        await hooked.tell(registered())
        receiver = Receiver(lambda _: httpx.Response(410))
        await postman(hooked, receiver).deliver()
        hooked.now += timedelta(days=2)
        await postman(hooked, receiver).deliver()
        assert len(receiver.requests) == 1

    async def test_waits_as_long_as_the_receiver_asks(self, hooked: NotifierBench) -> None:
        await hooked.tell(registered())
        receiver = Receiver(lambda _: httpx.Response(429, headers={"retry-after": "3600"}))
        await postman(hooked, receiver).deliver()
        hooked.now += timedelta(minutes=59)
        await postman(hooked, receiver).deliver()
        assert len(receiver.requests) == 1
        hooked.now += timedelta(minutes=2)
        await postman(hooked, receiver).deliver()
        assert len(receiver.requests) == 2

    async def test_is_given_up_after_the_tenth_try(self, hooked: NotifierBench) -> None:
        def broken(_: int) -> httpx.Response:
            raise httpx.ConnectError("nobody there")

        await hooked.tell(registered())
        receiver = Receiver(broken)
        for _ in range(20):
            await postman(hooked, receiver).deliver()
            hooked.now += timedelta(hours=27)
        assert len(receiver.requests) == 10
        gone = {"channel": "webhook", "outcome": "given_up"}
        assert hooked.counted("tongxin_notification_delivery_total", **gone) == 1

    async def test_that_a_killed_process_had_claimed_is_taken_up_after_the_lease(
        self, hooked: NotifierBench
    ) -> None:
        await hooked.tell(registered())
        [first] = await claim(hooked.database, now=hooked.now)
        assert await claim(hooked.database, now=hooked.now) == []
        [second] = await claim(hooked.database, now=hooked.now + LEASE)
        assert (second.id, second.attempts) == (first.id, 2)

    async def test_is_forgotten_some_time_after_its_end(self, hooked: NotifierBench) -> None:
        await hooked.tell(registered(), registered(report="2"))
        receiver = Receiver(lambda n: httpx.Response(200 if n == 1 else 500))
        await postman(hooked, receiver).deliver()
        later = hooked.now + timedelta(days=9)
        await forget_deliveries(hooked.database, before=later)
        async with hooked.database.write() as conn:
            assert await deliveries.prune(conn, before=later) == 0
        assert len(await claim(hooked.database, now=later)) == 1
