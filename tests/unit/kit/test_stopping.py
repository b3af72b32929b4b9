"""What the last line of a service says that cannot go on."""

from services.kit.records import Record
from services.kit.stage.subscriber import StoppedAt


def record(topic: str, partition: int, offset: int) -> Record:
    return Record(topic, partition, offset, b"k", b"{}", (), 0)


class TestStoppedAt:
    def test_names_the_first_record_of_each_partition_and_the_way_out(self) -> None:
        records = [record("cases.v1", 3, 17), record("cases.v1", 3, 18), record("cases.v1", 1, 4)]
        cause = RuntimeError("a bug\nin two lines")
        stopped = StoppedAt("notifier.cases", records, cause)
        told = str(stopped)
        assert "cases.v1/3/17, cases.v1/1/4: RuntimeError: a bug in two lines" in told
        assert "tongxin records skip TOPIC PARTITION OFFSET --service notifier" in told
        assert stopped.__cause__ is cause
