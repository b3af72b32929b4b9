"""The notifier's two stages: what becomes of cases, and who with a webhook is told of it."""

import logging
import re
from collections.abc import Callable
from typing import Final

from pydantic_core import from_json

from schemas import topics
from schemas.events import commands
from schemas.events.case import Evidence
from schemas.events.feedback import FEEDBACK, FEEDBACK_TYPE, Done, event_id
from schemas.events.notice import Notice
from schemas.plan import Plan
from schemas.vocabulary import NOTIFIER
from services.access.file_references import names_what_is_there
from services.case_events import CaseEvents, Told
from services.kit.records import Incoming, Record
from services.kit.stage.batch import Batch
from services.kit.stage.decoding import outside_data, validated
from services.kit.stage.subscriber import Subscription
from services.notifier.bounds import PAUSE, TELLING_PAUSE
from services.notifier.metrics import NotifierMetrics
from services.notifier.use_cases.delivering import Webhooks, keep
from services.notifier.use_cases.follow import follow
from services.notifier.use_cases.inputs import NEWS, Answer, Command, Input
from services.notifier.use_cases.tally import Issued

STAGE: Final = "notifier.cases"
TELLING: Final = "notifier.telling"
NOTICES: Final = CaseEvents[Notice](
    NOTIFIER, {Notice.type: (NOTIFIER, Notice)}, loose=(Notice.type,)
)
logger = logging.getLogger(__name__)


def all_about_cases(instance: str | None) -> Subscription:
    """Return what the stage reads: cases, commands, every feedback topic there is or will be."""
    named = "|".join(map(re.escape, (topics.CASES, topics.COMMANDS)))
    pattern = f"^(?:{named}|{topics.FEEDBACK_PATTERN})$"
    return Subscription(group="tongxin.notifier", pattern=pattern, instance=instance, pause=PAUSE)


def all_notices(instance: str | None) -> Subscription:
    """Return what the stage that tells reads."""
    return Subscription(
        group="tongxin.notifier.telling",
        topics=(topics.NOTICES,),
        instance=instance,
        pause=TELLING_PAUSE,
    )


class FollowingReader:
    """Reads all that is about cases; a batch is decided under one version of the plan."""

    def __init__(
        self,
        *,
        plan: Callable[[], Plan],
        metrics: NotifierMetrics,
        console: bool,
        secrets: tuple[bytes, ...] = (),
    ) -> None:
        """Take where the current plan is found, who counts, and whether notices are logged.

        By one of `secrets` the desk shows that it has a file that an answer names.
        """
        self._plan = plan
        self._secrets = secrets
        self._metrics = metrics
        self._console = console

    def decode(self, record: Record) -> Incoming[Input] | None:
        """Return the news, answer or command of a record; None for what nobody here waits for."""
        match record.topic:
            case topics.CASES:
                return NEWS.read(record)
            case topics.COMMANDS:
                return _command(record)
            case _:
                return _answer(record, secrets=self._secrets)

    async def decide(self, batch: Batch[Input]) -> None:
        """Follow the batch's cases, count, and say what people are told."""
        tally = await follow(batch, plan=self._plan())
        self._metrics.count(tally)
        if self._console:
            for issued in tally.notices:
                _say(issued)
            self._metrics.deliveries.labels("console", "sent").inc(len(tally.notices))


class TellingReader:
    """Reads the notices, and keeps for each webhook what its receiver must be sent."""

    def __init__(self, *, plan: Callable[[], Plan], webhooks: Webhooks) -> None:
        """Take where the plan is found whose webhooks hold, and those beside it."""
        self._plan = plan
        self._webhooks = webhooks

    def decode(self, record: Record) -> Incoming[Told[Notice]] | None:
        """Return the notice of a record, also of one that nobody has a webhook for.

        The inbox remembers it: read again under another plan, it is not sent late.
        """
        return NOTICES.read(record)

    async def decide(self, batch: Batch[Told[Notice]]) -> None:
        """Keep what must be sent."""
        notices = [Issued(id=i.id, notice=i.event.fact) for i in batch.incoming]
        await keep(batch.conn, notices, plan=self._plan(), webhooks=self._webhooks, now=batch.now)


def _answer(record: Record, *, secrets: tuple[bytes, ...]) -> Incoming[Input]:
    data = outside_data(record, expected_types=(FEEDBACK_TYPE,))
    said = validated(FEEDBACK, data)
    if isinstance(said, Done) and (kept := with_files_that_are(said, secrets=secrets)) != said:
        said, data = kept, kept.model_dump_json(exclude_none=True).encode()
    party = topics.party_of(record.topic)
    id_ = event_id(party, said)
    answer = Answer(id=id_, party=party, said=said, data=data)
    # Parties use any client and any key: the case says which lane decides, not the partition.
    return Incoming(id=id_, event=answer, record=record, home=str(said.case_id))


def with_files_that_are(said: Done, *, secrets: tuple[bytes, ...]) -> Done:
    """Return what is said of the work, without links to files of ours that nobody has stored.

    What nobody can look at proves nothing, so such a proof counts as one without a link.
    """
    evidence = tuple(
        proof
        if proof.link is None or names_what_is_there(proof.link, said.case_id, secrets=secrets)
        else Evidence(kind=proof.kind)
        for proof in said.evidence
    )
    return said.model_copy(update={"evidence": evidence})


def _command(record: Record) -> Incoming[Input]:
    data = outside_data(record, expected_types=commands.TYPES)
    said = validated(commands.as_command(from_json(data)), data)
    outside_data(record, expected_types=(said.kind,))  # its type is no other command's
    id_ = commands.event_id(said)
    command = Command(id=id_, said=said, data=data)
    return Incoming(id=id_, event=command, record=record, home=str(said.case_id))


def _say(issued: Issued) -> None:
    notice = issued.notice
    logger.info(
        "notice",
        extra={
            "notice_id": str(issued.id),
            "case_id": str(notice.case_id),
            "audience": notice.audience,
            "recipient": notice.recipient,
            "template": notice.template,
            "text_en": notice.text_en,
            "text_zh": notice.text_zh,
            "exercise": notice.exercise,
        },
    )
