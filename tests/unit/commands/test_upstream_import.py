"""`tongxin import` as an operator runs it, without a broker."""

import json
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner, Result

from services.commands.importing import import_reports
from services.upstream.outcomes import Tally
from services.upstream.progress import Watch
from tests.support.upstreams import DATA, mapping_text

REPOSITORY = DATA.parents[1]
NYC = REPOSITORY / "deploy/upstreams/nyc-311.toml"
PLAN = REPOSITORY / "deploy/plans/nyc.toml"


def run(*arguments: object, stdin: bytes | None = None) -> Result:
    app = typer.Typer()
    app.command()(import_reports)
    return CliRunner().invoke(app, [str(one) for one in arguments], input=stdin)


def reports(result: Result) -> list[dict[str, object]]:
    return [json.loads(line)["report"] for line in result.stdout.splitlines()]


@pytest.fixture
def noheader(tmp_path: Path) -> Path:
    file = 'delimiter = ";"\nheader = false\ncolumns = ["id", "at", "what", "street"]'
    text = mapping_text(top='dates = ["%d.%m.%Y %H:%M"]', file=file)
    mapping = tmp_path / "city.toml"
    mapping.write_text(text.replace("America/New_York", "Europe/Berlin"))
    return mapping


class TestDryRun:
    def test_prints_what_would_be_sent(self) -> None:
        result = run("--upstream", NYC, "--dry-run", DATA / "requests-snake.csv")
        assert result.exit_code == 0
        assert [one["id"] for one in reports(result)] == [f"9000000{n}" for n in range(1, 5)]
        assert "4 rows read" in result.stderr
        assert "4 would be published" in result.stderr

    def test_reads_standard_input(self) -> None:
        data = (DATA / "requests-socrata.json").read_bytes()
        result = run("--upstream", NYC, "--dry-run", "-", stdin=data)
        assert [one["id"] for one in reports(result)] == ["90000011", "90000012"]

    def test_stops_after_so_many_rows(self) -> None:
        result = run("--upstream", NYC, "--dry-run", "--limit", 2, DATA / "requests-snake.csv")
        assert len(reports(result)) == 2
        assert "2 rows read" in result.stderr

    def test_replays_in_order_of_time(self, noheader: Path, tmp_path: Path) -> None:
        file = tmp_path / "rows.csv"
        file.write_text("b;05.03.2021 10:00;x;y\na;04.03.2021 10:00;x;y\n")
        result = run("--upstream", noheader, "--dry-run", "--speed", 1e9, file)
        assert [one["id"] for one in reports(result)] == ["a", "b"]

    def test_is_the_same_again(self) -> None:
        first, again = (
            run("--upstream", NYC, "--dry-run", DATA / "requests-snake.csv") for _ in range(2)
        )
        assert first.stdout == again.stdout


class TestBadRows:
    @pytest.mark.parametrize("rows", ["A-1;31.02.2021 09:15;x;y\n" * 3, "A-1;never;x;y\n"])
    def test_that_are_all_there_is_are_a_failure(
        self, noheader: Path, tmp_path: Path, rows: str
    ) -> None:
        file = tmp_path / "rows.csv"
        file.write_text(rows)
        result = run("--upstream", noheader, "--dry-run", file)
        assert result.exit_code == 1
        assert "Not one row" in result.stderr

    def test_of_broken_json_are_a_failure(self, tmp_path: Path) -> None:
        file = tmp_path / "rows.json"
        file.write_text('[{"unique_key": ')
        assert run("--upstream", NYC, "--dry-run", file).exit_code == 1

    def test_are_told_and_the_rest_goes_on(self, noheader: Path, tmp_path: Path) -> None:
        rejects = tmp_path / "rejects.jsonl"
        source = DATA / "requests-noheader.csv"
        result = run("--upstream", noheader, "--dry-run", "--rejects", rejects, source)
        assert result.exit_code == 0
        assert [one["id"] for one in reports(result)] == ["A-1"]
        assert "line 2: reported_at: '31.02.2021 09:15' is not a date" in result.stderr
        assert "2 refused" in result.stderr
        second, third = map(json.loads, rejects.read_text().splitlines())
        assert second["line"] == 2
        assert second["row"]["id"] == "A-2"
        assert third["fields"].keys() == {"place", "category"}

    def test_beyond_twenty_are_only_counted(self, noheader: Path, tmp_path: Path) -> None:
        file = tmp_path / "rows.csv"
        file.write_text("x\n" * 50)
        result = run("--upstream", noheader, "--dry-run", file)
        assert result.stderr.count("line ") == 20
        assert "50 refused" in result.stderr


class TestUnusable:
    def test_mapping_ends_with_2(self, tmp_path: Path) -> None:
        mapping = tmp_path / "city.toml"
        mapping.write_text("source = 1")
        result = run("--upstream", mapping, "--dry-run", DATA / "requests-snake.csv")
        assert result.exit_code == 2
        assert "source" in result.stderr

    @pytest.mark.parametrize("content", [b"", b"unique_key,unique_key\n1,2\n"])
    def test_file_ends_with_2(self, tmp_path: Path, content: bytes) -> None:
        file = tmp_path / "rows.csv"
        file.write_bytes(content)
        result = run("--upstream", NYC, "--dry-run", file)
        assert result.exit_code == 2
        assert "The file cannot be used" in result.stderr

    def test_missing_file_ends_with_2(self, tmp_path: Path) -> None:
        result = run("--upstream", NYC, "--dry-run", tmp_path / "none.csv")
        assert result.exit_code == 2
        assert "No such" in result.stderr

    def test_missing_file_ends_with_2_before_a_broker_is_looked_for(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        result = run("--upstream", NYC, "none.csv")
        assert (result.exit_code, result.stderr) == (2, "none.csv: No such file or directory\n")

    def test_rejects_file_ends_with_2(self, tmp_path: Path) -> None:
        rejects = tmp_path / "no" / "rejects"
        source = DATA / "requests-snake.csv"
        result = run("--upstream", NYC, "--dry-run", "--rejects", rejects, source)
        assert result.exit_code == 2

    def test_code_that_the_plan_does_not_have_ends_with_2(self, tmp_path: Path) -> None:
        mapping = tmp_path / "city.toml"
        columns = 'category = "kind"'
        mapping.write_text(mapping_text(columns=columns, tables='[categories]\nHole = "X1"'))
        source = DATA / "requests-snake.csv"
        result = run("--upstream", mapping, "--dry-run", "--plan", PLAN, source)
        assert result.exit_code == 2
        assert "X1" in result.stderr

    def test_plan_ends_with_2(self, tmp_path: Path) -> None:
        plan = tmp_path / "plan.toml"
        plan.write_text("title_en = 1")
        source = DATA / "requests-snake.csv"
        assert run("--upstream", NYC, "--dry-run", "--plan", plan, source).exit_code == 2


class TestBroker:
    def test_that_nobody_named_ends_with_1(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        result = run("--upstream", NYC, DATA / "requests-snake.csv")
        assert result.exit_code == 1
        assert "tongxin run" in result.stderr


class TestWatch:
    def test_without_a_terminal_tells_a_line_every_few_seconds(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        seconds = iter([0.0, 1.0, 6.0, 6.0, 7.0])
        watch = Watch(
            Tally(read=9),
            console=Console(stderr=True, force_terminal=False),
            total=None,
            position=lambda: 0,
            monotonic=lambda: next(seconds),
        )
        with watch:
            for _ in range(3):
                watch.moved()
        assert capsys.readouterr().err == "9 rows, 0 published, 0 refused\n"

    def test_on_a_terminal_draws_a_bar(self, capsys: pytest.CaptureFixture[str]) -> None:
        watch = Watch(
            Tally(read=9),
            console=Console(stderr=True, force_terminal=True),
            total=100,
            position=lambda: 50,
        )
        with watch:
            watch.moved()
        assert "9 rows, 0 published" in capsys.readouterr().err
