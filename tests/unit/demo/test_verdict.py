"""When the demo's day is over, what its screens show, and how it ends."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from rich.console import Console

from schemas.cloudevents import CloudEvent
from schemas.lifecycle import CaseState
from schemas.plan import load_plan
from schemas.topics import CASES, INCIDENT_REPORTS, dead_letters
from schemas.vocabulary import case_id_for
from services.commands.demo import SumsBroken, TooSlow, judge
from services.demo import screen
from services.demo.ledger import COUNTED, CaseLine, Ledger
from services.demo.observer import Day, Rest, Seen

MORNING = datetime(2026, 1, 1, tzinfo=UTC)
DAY = Day(records=1, end=MORNING + timedelta(hours=24))
PLAN = load_plan(Path("deploy/plans/qingshanhu.toml"))


def reported(ledger: Ledger, id_: str = "1") -> None:
    """Enter one report."""
    value = json.dumps({"source": "app", "id": id_}).encode()
    ledger.take(INCIDENT_REPORTS, value, (), b"app/1")


def registered(ledger: Ledger, id_: str = "1") -> None:
    """Enter the case of a report."""
    case_id = case_id_for("app", id_)
    event = CloudEvent(
        id=case_id,
        type="case.registered",
        source="/intake",
        subject=str(case_id),
        time=MORNING,
        data=b"{}",
        key=str(case_id),
        sequence=1,
    )
    data = json.dumps({"title_zh": "井盖缺失", "title_en": "missing manhole cover"}).encode()
    ledger.take(CASES, data, event.headers(), event.key.encode())


def seen(*, cases: int = 0, reports: int = 0, settled: bool = True) -> Seen:
    """Return a day with so many reports, of which so many became cases that are open."""
    ledger = Ledger()
    for number in range(reports):
        reported(ledger, str(number))
    for number in range(cases):
        registered(ledger, str(number))
    return Seen(ledger=ledger, settled=settled)


class TestDayThatIsObserved:
    def test_goes_on_while_a_report_is_not_accounted_for(self) -> None:
        rest, ledger = Rest(DAY, began=0, at=MORNING), Ledger()
        reported(ledger)
        late = DAY.end + timedelta(days=2)
        assert rest.is_over(ledger, at=MORNING, monotonic=1) is None
        assert rest.is_over(ledger, at=late, monotonic=30) is None

    def test_goes_on_after_its_evening_while_something_moves(self) -> None:
        rest, ledger = Rest(DAY, began=0, at=MORNING), Ledger()
        reported(ledger)
        registered(ledger)
        late = DAY.end + timedelta(days=2)
        assert rest.is_over(ledger, at=late, monotonic=100) is None
        assert rest.is_over(ledger, at=late + timedelta(hours=1), monotonic=104) is None
        assert rest.is_over(ledger, at=late + timedelta(hours=3), monotonic=104) is True

    def test_is_over_at_once_when_all_is_closed_and_still(self) -> None:
        rest, ledger = Rest(DAY, began=0, at=MORNING), Ledger()
        reported(ledger)
        registered(ledger)
        ledger.cases[str(case_id_for("app", "1"))].state = CaseState.CLOSED
        assert rest.is_over(ledger, at=MORNING, monotonic=1) is None
        assert rest.is_over(ledger, at=MORNING, monotonic=5) is True

    def test_does_not_wait_forever_for_what_never_comes(self) -> None:
        rest = Rest(DAY, began=0, at=MORNING)
        assert rest.is_over(Ledger(), at=MORNING, monotonic=61) is True

    def test_is_not_settled_when_time_is_up_while_things_move(self) -> None:
        rest, ledger = Rest(DAY, began=0, at=MORNING), Ledger()
        reported(ledger)
        assert rest.is_over(ledger, at=MORNING, monotonic=3600) is False


class TestVerdict:
    def test_is_silent_on_a_day_that_adds_up(self) -> None:
        judge(seen(reports=1, cases=1), DAY)

    def test_names_the_sum_that_fails_with_its_numbers(self) -> None:
        with pytest.raises(SumsBroken, match=r"reported 2 is not registered 1 \+ .*: 1 not acc"):
            judge(seen(reports=2, cases=1), DAY)

    def test_tells_how_many_records_were_never_sent(self) -> None:
        with pytest.raises(SumsBroken, match="only 0 of 1 records"):
            judge(seen(), DAY)

    def test_tells_a_slow_machine_from_a_broken_sum(self) -> None:
        with pytest.raises(TooSlow, match=r"too slow: .* 1 cases still open, 1 reports not acc"):
            judge(seen(reports=2, cases=1, settled=False), DAY)


class TestLedger:
    def test_counts_a_dead_letter_once_however_often_it_is_published(self) -> None:
        ledger = Ledger()
        for _ in range(2):
            ledger.take(dead_letters("intake"), b"{not json", (), b"incident-reports.v1/0/7")
        assert ledger.refused == 1

    def test_knows_what_waits_for_the_house(self) -> None:
        ledger = Ledger()
        assert ledger.waiting() == set()
        reported(ledger)
        assert ledger.waiting() == {str(case_id_for("app", "1"))}
        ledger.take(dead_letters("intake"), b'{"source": "app", "id": "1"}', (), b"r/0/1")
        assert ledger.waiting() == set()


@pytest.mark.parametrize("width", [80, 100, 120])
class TestScreen:
    def test_keeps_every_head_and_number_whole(self, width: int) -> None:
        console = Console(width=width, record=True, quiet=True, force_terminal=True)
        ledger = Ledger()
        for code in PLAN.departments:
            ledger.departments[code] = dict.fromkeys(COUNTED, 123)  # type: ignore[assignment] # a table as good as a Counter
        frame = screen.live(ledger, PLAN, at=MORNING, factor=2300, short=False)
        lines = console.render_lines(frame)
        text = ["".join(segment.text for segment in line) for line in lines]
        (heads,) = [line for line in text if "offered" in line]
        assert heads.split() == ["tier", "department", *COUNTED.values()]
        rows = [line for line in text if "123" in line]
        assert len(rows) == len(PLAN.departments)
        assert all(row.split()[-len(COUNTED) :] == ["123"] * len(COUNTED) for row in rows)
        assert all(row.split()[0] in {"1", "3", "N"} for row in rows)

    def test_cuts_no_word_of_an_open_case(
        self, width: int, capsys: pytest.CaptureFixture[str]
    ) -> None:
        ledger = Ledger()
        title = "涉法涉诉/公益诉讼线索 court or procuratorate matter"
        case = CaseLine("eec9a0e2-47de-5907-b9b2-eafb01537cff", CaseState.HANDLING, title)
        case.department = "urban-management"
        ledger.cases[case.case_id] = case
        screen.final(ledger, Console(width=width))
        words = capsys.readouterr().out.split()
        waits = "handling, waits for urban-management's work, or a co-handler's part"
        assert {case.case_id, *title.split(), *waits.split()} <= set(words)
