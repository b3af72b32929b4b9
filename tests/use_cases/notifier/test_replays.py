"""News that was put aside gets a fresh chance when it is replayed, whatever its number."""

from services.kit.records import Message, Record
from services.kit.stage.dead_letters import opened, replayed
from tests.support.notifier import NotifierBench, Told, assigned, registered


def replay(bench: NotifierBench, letter: Message) -> Record:
    """Return the record that `tongxin dead-letters replay` makes of a letter."""
    again = replayed(
        opened(letter.key.encode(), letter.value or b"", letter.headers), by=["notifier"]
    )
    value, headers = again.value or b"", again.headers
    return bench.record(again.topic, key=again.key, value=value, headers=headers)


async def put_aside(bench: NotifierBench) -> Message:
    """Let a second assignment come when the first was accepted, and return its dead letter."""
    await bench.tell(registered(), assigned())
    await bench.say("urban-management", "accepted")
    (letter,) = (await bench.tell(assigned("police", round_=2))).letters
    return letter


def offered(told: Told) -> list[str]:
    """Return who was offered the case."""
    return [notice.recipient for notice in told.notices("offered")]


class TestIllegalTransition:
    async def test_has_its_effect_when_it_is_replayed_and_possible_by_now(
        self, bench: NotifierBench
    ) -> None:
        letter = await put_aside(bench)
        await bench.say("urban-management", "declined")
        told = await bench.read(replay(bench, letter))
        assert told.letters == []
        assert offered(told) == ["department:police"]

    async def test_that_is_still_impossible_is_put_aside_again(self, bench: NotifierBench) -> None:
        letter = await put_aside(bench)
        (again,) = (await bench.read(replay(bench, letter))).letters
        assert dict(again.headers)["tongxin_code"] == b"illegal_transition"
        assert again.key != letter.key

    async def test_of_a_round_that_is_over_does_not_bring_it_back(
        self, bench: NotifierBench
    ) -> None:
        letter = await put_aside(bench)
        await bench.say("urban-management", "declined")
        await bench.tell(assigned("fire", round_=3))
        await bench.say("fire", "declined", round_=3)
        told = await bench.read(replay(bench, letter))
        assert offered(told) == []
        assert b"round 3" in dict(told.letters[0].headers)["tongxin_faults"]

    async def test_is_given_the_chance_once(self, bench: NotifierBench) -> None:
        """The inbox drops the second of two replays of one letter: they have one id."""
        letter = await put_aside(bench)
        found = [bench.reader.decode(replay(bench, letter)) for _ in range(2)]
        assert len({one.id for one in found if one is not None}) == 1
        assert [one.known_by_state for one in found if one is not None] == [False, False]
