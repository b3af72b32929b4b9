"""An upstream's dates as instants."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from services.upstream.dates import Dates, check_format

NEW_YORK = ZoneInfo("America/New_York")


def instant(value: object, *formats: str) -> datetime:
    return Dates(formats or ("iso",), NEW_YORK).instant(value)


class TestFormats:
    @pytest.mark.parametrize(
        ("value", "form", "expected"),
        [
            ("2021-03-04T09:15:00.000", "iso", datetime(2021, 3, 4, 14, 15, tzinfo=UTC)),
            ("2021-03-04", "iso", datetime(2021, 3, 4, 5, tzinfo=UTC)),
            ("2021-03-04T09:15:00Z", "iso", datetime(2021, 3, 4, 9, 15, tzinfo=UTC)),
            ("2021-03-04 09:15+08:00", "iso", datetime(2021, 3, 4, 1, 15, tzinfo=UTC)),
            (
                "05/01/2022 12:00:03 AM",
                "%m/%d/%Y %I:%M:%S %p",
                datetime(2022, 5, 1, 4, 0, 3, tzinfo=UTC),
            ),
            (
                "05/01/2022 12:00:03 PM",
                "%m/%d/%Y %I:%M:%S %p",
                datetime(2022, 5, 1, 16, 0, 3, tzinfo=UTC),
            ),
            ("04.03.21 +0100", "%d.%m.%y %z", datetime(2021, 3, 3, 23, tzinfo=UTC)),
            ("1930000000", "epoch", datetime.fromtimestamp(1_930_000_000, tz=UTC)),
            (1930000000500, "epoch-ms", datetime.fromtimestamp(1_930_000_000.5, tz=UTC)),
            ("04-Mar-2021 09:15", "%d-%b-%Y %H:%M", datetime(2021, 3, 4, 14, 15, tzinfo=UTC)),
            ("2021/3/4 上午 9:15", "%Y/%m/%d %p %I:%M", datetime(2021, 3, 4, 14, 15, tzinfo=UTC)),
            ("2021/3/4 下午9:15", "%Y/%m/%d %p%I:%M", datetime(2021, 3, 5, 2, 15, tzinfo=UTC)),
            ("110/03/04", "{roc}/%m/%d", datetime(2021, 3, 4, 5, tzinfo=UTC)),
            ("民國99年12月4日", "民國{roc}年%m月%d日", datetime(2010, 12, 4, 5, tzinfo=UTC)),
            (datetime(2021, 3, 4, 9, 15), "%d.%m.%Y", datetime(2021, 3, 4, 14, 15, tzinfo=UTC)),  # noqa: DTZ001 - as a workbook has it
            (date(2021, 3, 4), "%d.%m.%Y", datetime(2021, 3, 4, 5, tzinfo=UTC)),
        ],
    )
    def test_are_read(self, value: object, form: str, expected: datetime) -> None:
        assert instant(value, form) == expected

    @pytest.mark.parametrize("text", ["4 März 2021", "4 MÄRZ 2021", "4 mär 2021"])
    def test_may_have_a_city_s_own_names_of_months(self, text: str) -> None:
        full = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"
        short = "mär " in text
        months = [name[:3] if short else name for name in full.split()]
        dates = Dates(("%d %B %Y",), NEW_YORK, months)
        assert dates.instant(text) == datetime(2021, 3, 4, 5, tzinfo=UTC)

    def test_are_tried_in_order(self) -> None:
        assert instant("03/04/2021", "iso", "%d/%m/%Y", "%m/%d/%Y").astimezone(NEW_YORK).month == 4

    @pytest.mark.parametrize(
        "value", ["13/45/2021", "", "soon", "1e400", "0001-01-01T00:00:00+14:00"]
    )
    def test_none_fitting_says_which_were_tried(self, value: str) -> None:
        with pytest.raises(ValueError, match="not a date in any of the formats iso, epoch"):
            instant(value, "iso", "epoch")

    @pytest.mark.parametrize("form", ["%H:%M", "%d.%m.", "%Y-%m", "text"])
    def test_without_a_whole_date_are_refused(self, form: str) -> None:
        with pytest.raises(ValueError, match=r"does not hold|no date format"):
            check_format(form)

    @pytest.mark.parametrize(
        "form", ["iso", "epoch", "epoch-ms", "%Y-%j", "%d.%m.%y %H:%M", "%c", "{roc}/%m/%d"]
    )
    def test_with_one_are_taken(self, form: str) -> None:
        assert check_format(form) == form


class TestClockChange:
    def test_a_time_shown_twice_is_the_first(self) -> None:
        assert instant("2023-11-05T01:30:00") == datetime(2023, 11, 5, 5, 30, tzinfo=UTC)

    def test_a_time_skipped_runs_on_from_before_the_jump(self) -> None:
        assert instant("2023-03-12T02:30:00") == datetime(2023, 3, 12, 7, 30, tzinfo=UTC)
