"""What an import has read: each id once, in order of time, and what there is to tell of it."""

from collections.abc import Mapping

from services.upstream.outcomes import BadRow, Skipped, Translated
from services.upstream.spool import REPEATED, Spool
from tests.support.upstreams import a_mapping, translated

MAPPING = a_mapping(
    columns='description = "note"\ncategory = ["what", "detail"]\n'
    'latitude = "lat"\nlongitude = "lon"',
    tables='[categories]\n"hole > deep" = "P1"\nhole = ""\n',
)


def at(time: str, id_: str = "7") -> Translated:
    return translated(MAPPING, at=f"2021-03-04T{time}", id=id_, what="hole", detail="deep")


class TestOrder:
    def test_is_that_of_time_and_then_of_the_file(self, spool: Spool) -> None:
        for one in [at("10:00", "a"), at("09:00", "b"), at("10:00", "c"), at("08:00", "d")]:
            spool.admit(one)
        assert [report.id for report in spool.in_order_of_time()] == ["d", "b", "a", "c"]

    def test_changes_nothing_in_a_report(self, spool: Spool) -> None:
        one = at("10:00")
        assert spool.admit(one) is one
        assert list(spool.in_order_of_time()) == [one.report]


class TestIdThatCameBefore:
    def test_with_the_same_content_is_passed_over(self, spool: Spool) -> None:
        spool.admit(at("10:00"))
        assert spool.admit(at("10:00")) == Skipped(2, REPEATED)
        assert len(list(spool.in_order_of_time())) == 1

    def test_with_other_content_is_told_and_the_first_counts(self, spool: Spool) -> None:
        first = at("10:00")
        spool.admit(first)
        found = spool.admit(at("09:00"))
        assert isinstance(found, BadRow)
        assert found.reason == "id: '7' stands on line 2 with other content, which counts"
        assert list(spool.in_order_of_time()) == [first.report]

    def test_what_is_no_report_stays_what_it_is(self, spool: Spool) -> None:
        skipped = Skipped(3, "test")
        assert spool.admit(skipped) is skipped


class TestAdvice:
    def of(self, spool: Spool, *cells: Mapping[str, object]) -> list[str]:
        for number, more in enumerate(cells):
            given = {"id": str(number), "detail": "", "note": "a note", **more}
            spool.admit(translated(MAPPING, **given))
        return list(spool.advice())

    def test_counts_the_kinds_that_the_mapping_does_not_know(self, spool: Spool) -> None:
        kinds = [("hole", "deep"), ("hole", "wide"), ("noise", "dog"), ("noise", "dog"), ("x", "")]
        told = self.of(spool, *[{"what": what, "detail": detail} for what, detail in kinds])
        assert "does not know the kind of 3 of 5 reports" in told[0]
        assert [line.split(maxsplit=1) for line in told[1:]] == [["2", "noise > dog"], ["1", "x"]]

    def test_sums_up_kinds_beyond_twenty(self, spool: Spool) -> None:
        told = self.of(spool, *[{"what": f"kind {number}"} for number in range(23)])
        assert len(told) == 22
        assert told[-1].split(maxsplit=1) == ["3", "of 3 more kinds"]

    def test_names_a_point_that_holds_too_many(self, spool: Spool) -> None:
        apart = [{"what": "hole", "lat": 1 + n / 1000, "lon": 2} for n in range(400)]
        crowd = [{"what": "hole", "lat": 40.5, "lon": -73.25}] * 21
        told = self.of(spool, *apart, *crowd)
        assert len(told) == 1
        assert "21 reports (5%) are at one point" in told[0]
        assert "lat = 40.5 and lon = -73.25" in told[0]

    def test_is_silent_when_all_is_well(self, spool: Spool) -> None:
        assert not self.of(spool, {"what": "hole", "detail": "deep"}, {"what": "hole"})
