"""What a service's log says of its end, in words for whoever started it."""

import json
from pathlib import Path

from services.machine.reasons import size_of, why_ended

_TRACEBACK = (
    "Traceback (most recent call last):\n"
    '  File "running.py", line 40, in running\n'
    "    await _check_cluster(runtime)\n"
    "services.kit.recovery.broker_identity.ClusterChanged: "
    "Kafka cluster b is not a. Run `tongxin topics rebuild`."
)


def line(level: str, message: str, **more: str) -> str:
    return json.dumps({"level": level, "message": message, **more}) + "\n"


class TestReason:
    def test_is_the_message_of_what_was_raised(self, tmp_path: Path) -> None:
        log = tmp_path / "intake.log"
        log.write_text(
            line("info", "Waiting for application startup.")
            + line("error", _TRACEBACK + "\n")
            + line("error", "Application startup failed. Exiting.")
        )
        assert why_ended(log) == "Kafka cluster b is not a. Run `tongxin topics rebuild`."

    def test_keeps_the_class_of_what_is_not_ours(self, tmp_path: Path) -> None:
        log = tmp_path / "intake.log"
        raised = 'Traceback (most recent call last):\n  File "a.py"\nsqlalchemy.exc.Gone: away\n'
        log.write_text(line("critical", "stopping: away", exception=raised))
        assert why_ended(log) == "Gone: away"

    def test_is_read_from_a_traceback_before_there_was_a_log(self, tmp_path: Path) -> None:
        log = tmp_path / "intake.log"
        log.write_text('Traceback (most recent call last):\n  File "a.py"\nValueError: no plan\n')
        assert why_ended(log) == "ValueError: no plan"

    def test_is_the_end_of_a_log_that_tells_of_no_error(self, tmp_path: Path) -> None:
        log = tmp_path / "intake.log"
        log.write_text("".join(line("info", f"step {n}") for n in range(20)))
        assert why_ended(log).splitlines() == [
            line("info", f"step {n}").strip() for n in range(12, 20)
        ]

    def test_is_not_that_of_an_earlier_start(self, tmp_path: Path) -> None:
        log = tmp_path / "intake.log"
        assert why_ended(log, since=size_of(log)) == "(it says nothing)"
        log.write_text(line("error", "of yesterday"))
        before = size_of(log)
        with log.open("a") as more:
            more.write(line("error", "of today"))
        assert why_ended(log, since=before) == "of today"
        assert why_ended(log, since=size_of(log)) == "(it says nothing)"
