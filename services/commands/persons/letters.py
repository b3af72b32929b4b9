"""A person in what intake put aside: reports that could not be read, and may be theirs."""

import json
from collections.abc import Sequence

from aiokafka.errors import KafkaError

from schemas.topics import dead_letters
from schemas.vocabulary import INTAKE
from services.intake.domain.reaching import mentions
from services.intake.use_cases.persons import Who
from services.kit.kafka.brokers import Brokers
from services.kit.kafka.publisher import Publisher
from services.kit.sealing.keys import KeyFile
from services.kit.stage.dead_letters import DeadLetter, taken_off
from services.kit.stage.letter_topic import listed


async def letters_of(kafka: Brokers | None, who: Who, *, keys: KeyFile) -> list[DeadLetter] | None:
    """Return the dead letters in which a person stands; None where no broker can be asked."""
    if kafka is None:
        return None
    try:
        found = await listed(kafka, topic=dead_letters(INTAKE), keys=keys)
    except (KafkaError, OSError):
        return None
    return [one for one in found if is_of(one, who)]


async def take_off(kafka: Brokers | None, letters: Sequence[DeadLetter]) -> None:
    """Take letters off the list, so that the broker forgets them. Raises KafkaError."""
    if kafka is None or not letters:
        return
    publisher = Publisher(kafka, client_id="tongxin.person")
    await publisher.start()
    try:
        await publisher.publish(
            taken_off(one, dead_letter_topic=dead_letters(INTAKE)) for one in letters
        )
    finally:
        await publisher.stop()


def is_of(letter: DeadLetter, who: Who) -> bool:
    """Tell whether a person stands in a letter: their number or address, or their report's id."""
    body = letter.value or b""
    if who.report is not None:
        return _report_in(body) == who.report
    parts = (letter.key or b"", body, *(content for _, content in letter.headers))
    text = "\n".join(part.decode("utf-8", "replace") for part in parts)
    return mentions(text, phone=who.phone, mail=who.mail)


def _report_in(body: bytes) -> tuple[str, str] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    return str(found.get("source")), str(found.get("id"))
