"""Notices on their way to webhooks: at least once, always under the same id."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from email.utils import format_datetime
from uuid import UUID

import pytest
from sqlalchemy import update

from schemas.addresses import LOOPBACK, Network
from schemas.events.notice import Notice
from schemas.plan import Exercises, Plan
from schemas.topics import NOTICES
from schemas.vocabulary import Audience
from schemas.words.templates import Template
from schemas.work_orders import work_order
from services.kit.http.outside import Outside
from services.kit.records import Record, Rejected
from services.kit.sql.declaring import table_of
from services.notifier.bounds import LEASE, SENT_AT_ONCE
from services.notifier.handlers import TellingReader
from services.notifier.store import deliveries
from services.notifier.store.tables import Delivery
from services.notifier.sweeps import Postman, forget_deliveries, show_gauges
from services.notifier.use_cases.delivering import Webhooks, claim, keep, receivers
from services.notifier.use_cases.signatures import secrets_of
from services.notifier.use_cases.tally import Issued
from tests.support.notifier import NotifierBench, Told, assigned, registered, the_plan
from tests.support.receiver import Answering, Receiver, Request, head, receiving, saying

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - the standard's own example
OUTCOMES = "tongxin_notification_delivery_total"
OK = head("200 OK")

Deliver = Callable[[], Awaitable[None]]


async def here(_host: str, _port: int) -> Sequence[str]:
    """Find this machine under every name."""
    return ["127.0.0.1"]


@asynccontextmanager
async def posting(
    bench: NotifierBench, *, allowed: Iterable[Network] = LOOPBACK
) -> AsyncIterator[Deliver]:
    """Give what sends all that is due."""
    outside = Outside(resolve=here)
    postman = Postman(
        bench.database,
        outside=outside,
        allowed=lambda: allowed,
        secrets=secrets_of(SECRET),
        metrics=bench.metrics,
        clock=lambda: bench.now,
    )
    try:
        yield postman.deliver
    finally:
        await outside.close()


@asynccontextmanager
async def hooked(
    bench: NotifierBench, answer: Answering | bytes
) -> AsyncIterator[tuple[Receiver, Deliver]]:
    """Let reporters have a webhook; give its receiver, and what sends all that is due."""
    answering = saying(answer) if isinstance(answer, bytes) else answer
    async with receiving(answering) as receiver, posting(bench) as deliver:
        bench.webhooks = Webhooks(reporters=receiver.url())
        yield receiver, deliver


def hooking(plan: Plan, department: str, url: str) -> Plan:
    """Return a plan in which a department has a webhook."""
    hooked = plan.department(department).model_copy(update={"webhook": url})
    return plan.model_copy(update={"departments": {**plan.departments, department: hooked}})


def counted(bench: NotifierBench, outcome: str) -> float:
    """Return how many attempts had an outcome."""
    return bench.counted(OUTCOMES, channel="webhook", outcome=outcome)


class TestNotice:
    async def test_to_a_reporter_is_sent_once_and_signed(self, bench: NotifierBench) -> None:
        async with hooked(bench, head("204 No Content")) as (receiver, deliver):
            told = await bench.tell(registered())
            await deliver()
            await deliver()
        [request] = receiver.requests
        assert request.target == "/hook"
        body = json.loads(request.body)
        assert body["type"] == "notice.issued"
        assert body["data"]["text_zh"] == told.notices("registered")[0].text_zh
        assert request.headers["webhook-timestamp"] == str(int(bench.now.timestamp()))
        assert request.headers["webhook-signature"].startswith("v1,")
        assert counted(bench, "sent") == 1

    async def test_goes_where_the_plan_says(self, bench: NotifierBench) -> None:
        async with receiving(saying(OK)) as receiver, posting(bench) as deliver:
            plan = hooking(the_plan(), "police", receiver.url(host="police.example"))
            hook = {"webhook": receiver.url(host="centre.example")}
            supervision = plan.supervision.model_copy(update=hook)
            bench.plan = plan.model_copy(update={"supervision": supervision})
            await bench.tell(registered(), assigned("police"))
            await bench.pass_time(hours=2)
            await deliver()
        hosts = sorted(r.headers["host"].split(":")[0] for r in receiver.requests)
        assert hosts == ["centre.example", "centre.example", "police.example"]

    async def test_of_an_offer_carries_the_work_order_as_the_topic_does(
        self, bench: NotifierBench
    ) -> None:
        async with receiving(saying(OK)) as receiver, posting(bench) as deliver:
            bench.plan = hooking(the_plan(), "police", receiver.url())
            case = registered(description="water", media=("https://example.org/1.jpg",))
            await bench.tell(case)
            fact = assigned("urban-management", "police")
            await bench.tell(fact)
            await deliver()
        [request] = receiver.requests
        expected = work_order(
            *(fact.co_handlers[0], fact, case),
            plan=bench.plan,
            level=0,
            due_by=fact.at + timedelta(seconds=fact.limit_seconds),
        )
        assert request.data["template"] == "offered"
        assert request.data["work_order"] == json.loads(expected.encoded())
        assert request.data["work_order"]["description"] == "water"

    async def test_of_an_exercise_goes_to_marked_contacts_only(self, bench: NotifierBench) -> None:
        async with receiving(saying(OK)) as receiver, posting(bench) as deliver:
            plan = hooking(
                hooking(the_plan(), "police", receiver.url("/a")), "fire", receiver.url()
            )
            drilled = {"exercises": Exercises(contacts=("fire",))}
            bench.plan = plan.model_copy(update=drilled)
            await bench.tell(registered(exercise=True), assigned("police", "fire"))
            await deliver()
        [request] = receiver.requests
        assert request.target == "/hook"
        assert request.data["text_zh"].startswith("演练")
        assert request.data["work_order"]["title_en"].startswith("EXERCISE: ")

    async def test_stays_where_no_webhook_is_configured(self, bench: NotifierBench) -> None:
        await bench.tell(registered(), assigned("police"))
        assert await receivers(bench.database, now=bench.now) == []

    async def test_is_tried_again_under_the_same_id_by_the_schedule(
        self, bench: NotifierBench
    ) -> None:
        answers = saying(*[head("503 Busy")] * 3, OK)
        async with hooked(bench, answers) as (receiver, deliver):
            await bench.tell(registered())
            for minutes in (0, 0.2, 6, 34, 900):
                bench.now += timedelta(minutes=minutes)
                await deliver()
                await deliver()
        assert len(receiver.requests) == 4
        assert len({r.headers["webhook-id"] for r in receiver.requests}) == 1

    async def test_is_given_up_when_the_receiver_wants_no_more(self, bench: NotifierBench) -> None:
        async with hooked(bench, head("410 Gone")) as (receiver, deliver):
            await bench.tell(registered())
            await deliver()
            bench.now += timedelta(days=2)
            await deliver()
        assert len(receiver.requests) == 1

    @pytest.mark.parametrize("form", ["seconds", "date"])
    async def test_waits_as_long_as_the_receiver_asks(
        self, bench: NotifierBench, form: str
    ) -> None:
        end = format_datetime(bench.now + timedelta(hours=1), usegmt=True)
        busy = head("503 Busy", f"Retry-After: {'3600' if form == 'seconds' else end}")
        async with hooked(bench, busy) as (receiver, deliver):
            await bench.tell(registered())
            await deliver()
            bench.now += timedelta(minutes=59)
            await deliver()
            assert len(receiver.requests) == 1
            bench.now += timedelta(minutes=2)
            await deliver()
        assert len(receiver.requests) == 2

    async def test_waits_a_day_at_the_most(self, bench: NotifierBench) -> None:
        busy = head("503 Busy", "Retry-After: Fri, 31 Dec 9999 23:59:59 GMT")
        async with hooked(bench, busy) as (receiver, deliver):
            await bench.tell(registered())
            await deliver()
            bench.now += timedelta(days=1)
            await deliver()
        assert len(receiver.requests) == 2

    async def test_is_given_up_after_the_tenth_try(self, bench: NotifierBench) -> None:
        async with hooked(bench, b"") as (receiver, deliver):
            await bench.tell(registered())
            for _ in range(20):
                await deliver()
                bench.now += timedelta(hours=27)
        assert len(receiver.requests) == 10
        assert counted(bench, "given_up") == 1

    async def test_that_a_killed_process_had_claimed_is_taken_up_after_the_lease(
        self, bench: NotifierBench
    ) -> None:
        bench.webhooks = Webhooks(reporters="https://h.example/")
        await bench.tell(registered())
        url = "https://h.example/"
        [first] = await claim(bench.database, url, now=bench.now)
        assert await claim(bench.database, url, now=bench.now) == []
        [second] = await claim(bench.database, url, now=bench.now + LEASE)
        assert (second.id, second.attempts) == (first.id, 2)

    async def test_is_forgotten_some_time_after_its_end(self, bench: NotifierBench) -> None:
        async with hooked(bench, saying(OK, head("500 Bad"))) as (receiver, deliver):
            await bench.tell(registered(), registered(report="2"))
            await deliver()
        later = bench.now + timedelta(days=9)
        await forget_deliveries(bench.database, before=later)
        async with bench.database.write() as conn:
            assert await deliveries.prune(conn, before=later) == 0
        assert len(await claim(bench.database, receiver.url(), now=later)) == 1

    async def test_that_nobody_took_says_which_to_whom_which_try_and_when_next(
        self, bench: NotifierBench, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with hooked(bench, head("503 Busy")) as (receiver, deliver):
            bench.webhooks = Webhooks(reporters=receiver.url("/secret?key=1", host="h.example"))
            await bench.tell(registered())
            caplog.clear()
            with caplog.at_level(logging.INFO):
                await deliver()
        [line] = caplog.records
        told = line.__dict__
        assert told["notice_id"] == receiver.requests[0].headers["webhook-id"]
        assert (told["receiver"], told["answer"], told["try"], told["of"]) == (
            *("h.example", "503"),
            *(1, 10),
        )
        assert told["next_try_at"] >= (bench.now + timedelta(seconds=5)).isoformat()
        assert "secret" not in str(told)

    async def test_that_waits_is_shown(self, bench: NotifierBench) -> None:
        async with hooked(bench, saying(OK, head("503 Busy"))) as (_, deliver):
            await bench.tell(registered(), registered(report="2"))
            await deliver()
        bench.now += timedelta(minutes=1)
        await show_gauges(bench.database, metrics=bench.metrics, clock=lambda: bench.now)
        assert bench.counted("tongxin_webhook_waiting") == 1
        assert bench.counted("tongxin_webhook_oldest_seconds") == 60

    async def test_to_an_inner_address_is_not_sent_unless_allowed(
        self, bench: NotifierBench
    ) -> None:
        async with receiving(saying(OK)) as receiver, posting(bench, allowed=[]) as deliver:
            bench.webhooks = Webhooks(reporters=receiver.url(host="h.example"))
            await bench.tell(registered())
            await deliver()
        assert receiver.requests == []
        assert counted(bench, "failed") == 1

    async def test_that_nobody_foresaw_is_put_aside_and_the_others_go_on(
        self, bench: NotifierBench
    ) -> None:
        async with hooked(bench, saying(head("500 Bad"), OK)) as (receiver, deliver):
            await bench.tell(registered())
            async with bench.database.write() as conn:
                # A count that no schedule has an answer to.
                await conn.execute(update(table_of(Delivery)).values(attempts=-1_000_000))
            await deliver()
            await bench.tell(registered(report="2"))
            await deliver()
        assert len(receiver.requests) == 2
        assert (counted(bench, "given_up"), counted(bench, "sent")) == (1, 1)
        assert await receivers(bench.database, now=bench.now + timedelta(days=1)) == []


class TestReceiver:
    async def test_that_is_slow_keeps_nobody_waiting_but_itself(self, bench: NotifierBench) -> None:
        slow, done, quick_done = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def answer(request: Request, writer: asyncio.StreamWriter) -> None:
            if request.target == "/slow":
                slow.set()
                await done.wait()
            writer.write(OK)
            if sum(r.target == "/hook" for r in receiver.requests) > SENT_AT_ONCE:
                quick_done.set()

        async with hooked(bench, answer) as (receiver, deliver):
            quick = bench.webhooks
            bench.webhooks = Webhooks(reporters=receiver.url("/slow"))
            await bench.tell(*(registered(report=f"slow-{n}") for n in range(SENT_AT_ONCE + 1)))
            sending = asyncio.ensure_future(deliver())
            await slow.wait()
            bench.webhooks = quick
            await bench.tell(*(registered(report=f"quick-{n}") for n in range(SENT_AT_ONCE + 1)))
            await quick_done.wait()
            assert sum(r.target == "/slow" for r in receiver.requests) == SENT_AT_ONCE
            done.set()
            await sending
        assert sum(r.target == "/slow" for r in receiver.requests) == SENT_AT_ONCE + 1
        assert counted(bench, "sent") == 2 * (SENT_AT_ONCE + 1)

    async def test_that_is_hostile_costs_its_own_notices(self, bench: NotifierBench) -> None:
        bad = [
            head("302 Found", "Location: http://xn--/"),
            head("302 Found", "Location: http://169.254.169.254/"),
            b"<html>",
            b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200_000,
            b"HTTP/1.1 102 Processing\r\n\r\n" * 10_000,
            head("503 Busy", "Retry-After: -1"),
            head("429 Slow", "Retry-After: 99999999999999999999999"),
            head("500 Bad", "Content-Encoding: gzip") + b"no gzip",
        ]
        async with hooked(bench, saying(*bad, OK)) as (receiver, deliver):
            await bench.tell(*(registered(report=str(n)) for n in range(len(bad) + 1)))
            await deliver()
            assert counted(bench, "failed") == len(bad)
            for _ in range(4):
                bench.now += timedelta(days=1)
                await deliver()
        assert counted(bench, "sent") == len(bad) + 1
        assert len({r.headers["webhook-id"] for r in receiver.requests}) == len(bad) + 1


class TestStageThatTells:
    """It reads what is on the log, and nothing else tells it whom to send what."""

    def reader(self, bench: NotifierBench, url: str | None) -> TellingReader:
        return TellingReader(plan=lambda: bench.plan, webhooks=Webhooks(reporters=url))

    def record(self, bench: NotifierBench, told: Told, **headers: bytes) -> Record:
        [message] = [m for m in told.messages if m.topic == NOTICES]
        changed = {**dict(message.headers), **headers}
        value = message.value or b""
        return bench.record(NOTICES, key=message.key, value=value, headers=(*changed.items(),))

    async def test_remembers_also_what_nobody_has_a_webhook_for(self, bench: NotifierBench) -> None:
        record = self.record(bench, await bench.tell(registered()))
        for url in (None, "https://centre.example"):
            found = self.reader(bench, url).decode(record)
            assert found is not None
            assert not found.known_by_state
        assert await receivers(bench.database, now=bench.now) == []

    async def test_takes_notices_of_the_notifier_only(self, bench: NotifierBench) -> None:
        told = await bench.tell(registered())
        record = self.record(bench, told, ce_source=b"/tongxin/somebody")
        with pytest.raises(Rejected, match="unknown_source"):
            self.reader(bench, "https://centre.example").decode(record)

    @pytest.mark.parametrize("value", [b"", b"[", b'{"case_id": 1}', b"\xff", b"null"])
    async def test_puts_aside_what_is_no_notice(self, bench: NotifierBench, value: bytes) -> None:
        record = self.record(bench, await bench.tell(registered()))._replace(value=value)
        with pytest.raises(Rejected):
            self.reader(bench, "https://centre.example").decode(record)

    async def test_sends_an_offer_whose_case_it_does_not_know_without_work_order(
        self, bench: NotifierBench
    ) -> None:
        async with receiving(saying(OK)) as receiver, posting(bench) as deliver:
            bench.plan = hooking(the_plan(), "police", receiver.url())
            notice = Notice(
                case_id=UUID(int=1),
                at=bench.now,
                audience=Audience.HANDLER,
                recipient="department:police",
                template=Template.OFFERED,
                text_en="A new case.",
                text_zh="新案件。",
                assignment_id=UUID(int=2),
                due_by=bench.now,
            )
            async with bench.database.write() as conn:
                await keep(
                    conn,
                    [Issued(id=UUID(int=3), notice=notice)],
                    plan=bench.plan,
                    webhooks=Webhooks(),
                    now=bench.now,
                )
            await deliver()
        [request] = receiver.requests
        assert request.headers["webhook-id"] == str(UUID(int=3))
        assert "work_order" not in request.data
