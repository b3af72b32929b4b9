"""A row becomes a report, is skipped, or is refused with the reason of each field."""

from datetime import UTC, datetime

import pytest

from schemas.vocabulary import Channel, Urgency, case_id_for
from services.upstream.mapping import UpstreamMapping
from services.upstream.outcomes import BadRow, Skipped
from services.upstream.translate import translate
from tests.support.upstreams import a_mapping, a_row, refused, translated

PLAIN = a_mapping()
FULL = a_mapping(
    file='empty = ["N/A"]',
    columns="""
category = ["kind", "detail"]
description = ["{kind}: {detail}", "what"]
channel = "via"
urgency = "level"
latitude = ["lat", "geo.1"]
longitude = ["lon", "geo.0"]
grid = "grid"
address_if_nowhere = "no place ({id})"
media = ["photo_1", "photo_2"]
people = "how_many"
contact_name = "name"
contact_phone = "phone"
contact_email = "mail"
""",
    tables="""
[channels]
Web = "app"
"Call*" = "phone"
[urgencies]
"very*" = "E"
[categories]
"Noise > *dog*" = "DOG"
"Noise" = "NOISE"
[[skip]]
reason = "test report"
column = "what"
is = ["test*", "PROBE"]
[[skip]]
reason = "without a state"
column = "state"
empty = true
[[skip]]
reason = "other state"
column = "state"
is_not = ["open"]
""",
)
GOOD = {"via": "Web", "state": "open"}


class TestPeople:
    @pytest.mark.parametrize("said", ["3", 3.0, " 3 "])
    def test_are_how_many_it_is_about(self, said: object) -> None:
        assert translated(FULL, **GOOD, how_many=said).report.people == 3

    def test_may_be_unsaid(self) -> None:
        assert translated(FULL, **GOOD, how_many="N/A").report.people is None

    @pytest.mark.parametrize("said", ["many", "0", "-1", "2.5", "99999999", "٣"])
    def test_are_a_number(self, said: str) -> None:
        assert "is not a number from 1 to" in refused(FULL, **GOOD, how_many=said)["people"]


class TestReport:
    def test_has_identity_time_place_and_words(self) -> None:
        report = translated(PLAIN).report
        assert (report.source, report.id) == ("test-city", "7")
        assert report.case_id == case_id_for("test-city", "7")
        assert report.reported_at == datetime(2021, 3, 4, 14, 15, tzinfo=UTC)
        assert report.place.address == "1 Road"
        assert report.description == "a hole"
        assert report.category is None
        assert report.channel is Channel.PHONE

    def test_is_the_same_each_time(self) -> None:
        assert translated(PLAIN) == translated(PLAIN)

    def test_takes_numbers_from_json(self) -> None:
        report = translated(FULL, **GOOD, id=12, lat=1.5, lon=-2).report
        assert report.id == "12"
        assert report.place.point is not None
        assert (report.place.point.lat, report.place.point.lon) == (1.5, -2.0)

    def test_finds_the_point_in_another_column(self) -> None:
        report = translated(FULL, **GOOD, lat="", geo={"type": "Point"} | {"1": 3, "0": 4}).report
        assert report.place.point is not None
        assert (report.place.point.lat, report.place.point.lon) == (3.0, 4.0)

    @pytest.mark.parametrize(
        ("detail", "category", "description"),
        [
            ("Barking Dog", "DOG", "Noise: Barking Dog"),
            ("Drill", "NOISE", "Noise: Drill"),
            ("N/A", "NOISE", "a hole"),
        ],
    )
    def test_has_the_category_of_kind_and_detail(
        self, detail: str, category: str, description: str
    ) -> None:
        report = translated(FULL, **GOOD, kind="Noise", detail=detail).report
        assert (report.category, report.description) == (category, description)

    def test_of_an_unknown_kind_keeps_its_words(self) -> None:
        report = translated(FULL, **GOOD, kind="Ufo", detail="landed").report
        assert (report.category, report.description) == (None, "Ufo: landed")

    def test_has_channel_urgency_contact_and_photos(self) -> None:
        told = {"level": "Very high", "phone": 555, "photo_2": "https://x.example/2.jpg"}
        report = translated(FULL, **(GOOD | {"via": "call centre"}), **told).report
        assert (report.channel, report.urgency) == (Channel.PHONE, Urgency.EMERGENCY)
        assert report.contact is not None
        assert (report.contact.name, report.contact.phone) == (None, "555")
        assert report.media == ("https://x.example/2.jpg",)

    def test_names_the_substitute_only_for_a_row_without_any_place(self) -> None:
        assert translated(FULL, **GOOD, street="N/A").report.place.address == "no place (7)"
        assert translated(FULL, **GOOD, street="", grid="G1").report.place.address is None

    def test_cuts_what_is_too_long(self) -> None:
        report = translated(PLAIN, what="x" * 5000, street="y" * 600).report
        assert report.description is not None
        assert len(report.description) == 4000
        assert report.place.address is not None
        assert report.place.address.endswith("…")


class TestSkip:
    @pytest.mark.parametrize(
        ("cells", "reason"),
        [
            ({"what": "Test report"}, "test report"),
            ({"what": "probe"}, "test report"),
            ({"state": " "}, "without a state"),
            ({"state": "N/A"}, "without a state"),
            ({"state": "closed"}, "other state"),
        ],
    )
    def test_leaves_the_row_out_under_its_reason(self, cells: dict[str, str], reason: str) -> None:
        assert translate(a_row(**(GOOD | cells)), FULL) == Skipped(2, reason)


class TestBadRow:
    @pytest.mark.parametrize(
        ("cells", "field", "reason"),
        [
            ({"id": ""}, "id", "id is empty"),
            ({"id": "x" * 200}, "id", "at most 128"),
            ({"at": None}, "reported_at", "at is empty"),
            ({"at": "soon"}, "reported_at", "'soon' is not a date in any of the formats iso"),
            ({"via": "Fax"}, "channel", "'Fax' is not in [channels]"),
            ({"lat": "north", "lon": "1"}, "latitude", "'north' is not a number"),
            ({"lat": "1", "lon": "181"}, "longitude", "not between -180 and 180"),
            ({"lat": "nan", "lon": "1"}, "latitude", "not between -90 and 90"),
            ({"lat": "1"}, "longitude", "is empty, but the other coordinate is not"),
            ({"lon": "1"}, "latitude", "is empty, but the other coordinate is not"),
            ({"grid": "G 1"}, "grid", "pattern"),
            ({"photo_1": "file:///etc"}, "media.0", "pattern"),
            ({"name": "x" * 101}, "name", "at most 100"),
            ({"what": "a\x00b"}, "description", "must not contain NUL"),
            ({"what": "\ud800"}, "description", "has half a character"),
            ({"id": "\ud800"}, "id", "has half a character"),
            ({"grid": "\ud800"}, "grid", "has half a character"),
            ({"street": "\ud800"}, "address", "has half a character"),
            ({"photo_1": "https://x.example/\ud800"}, "media.0", "has half a character"),
            ({"name": "\ud800"}, "name", "has half a character"),
            ({"phone": "\ud800"}, "phone", "has half a character"),
            ({"mail": "\ud800"}, "email", "has half a character"),
        ],
    )
    def test_is_told_with_the_field(
        self, cells: dict[str, object], field: str, reason: str
    ) -> None:
        reasons = refused(FULL, **(GOOD | cells))
        assert reasons.keys() == {field}
        assert reason in reasons[field]

    def test_tells_every_field_at_once(self) -> None:
        reasons = refused(PLAIN, id=" ", at="soon", street="", what="")
        assert reasons.keys() == {"id", "reported_at", "place", "category"}
        assert reasons["place"] == "street are all empty"

    def test_of_a_wrong_coordinate_is_not_said_to_have_no_place_as_well(self) -> None:
        mapping = a_mapping(columns='description = "what"\nlatitude = "lat"\nlongitude = "lon"')
        assert refused(mapping, street="", lat="north", lon="1").keys() == {"latitude"}
        assert refused(mapping, street="", lat="", lon="").keys() == {"place"}

    def test_has_reason_and_row_for_people(self) -> None:
        row = a_row(id="")
        outcome = translate(row, PLAIN)
        assert isinstance(outcome, BadRow)
        assert (outcome.line, outcome.reason, outcome.raw) == (2, "id: id is empty", row.cells)

    def test_is_one_too_long_for_the_topic(self) -> None:
        links = ", ".join(f'"p{n}"' for n in range(20))
        mapping = a_mapping(columns=f'description = "what"\nmedia = [{links}]')
        photos = {f"p{n}": f"https://x.example/{chr(1) * 1980}" for n in range(20)}
        reasons = refused(mapping, **photos, what="\x01" * 4000)
        assert "bytes long" in reasons["report"]


class TestLeavingOut:
    def reason(self, mapping: UpstreamMapping, **cells: object) -> str | None:
        outcome = translate(a_row(**cells), mapping)
        return outcome.reason if isinstance(outcome, Skipped) else None

    def test_may_have_two_conditions(self) -> None:
        mapping = a_mapping(
            tables='[[skip]]\nreason = "closed calls"\ncolumn = "via"\nis = ["call"]\n'
            '[[skip.and]]\ncolumn = "closed"\nempty = true\n'
        )
        assert self.reason(mapping, via="Call", closed="") == "closed calls"
        assert self.reason(mapping, via="Call", closed="2021") is None
        assert self.reason(mapping, via="web", closed="") is None

    @pytest.mark.parametrize(
        ("at", "expected"),
        [
            ("2021-02-28T23:59:59", "before 2021-03-01"),
            ("2021-03-01T00:00:00", None),
            ("2021-03-31T23:59:59", None),
            ("2021-04-01T00:00:00", "2021-04-01 or later"),
        ],
    )
    def test_may_be_by_a_span_of_time(self, at: str, expected: str | None) -> None:
        mapping = a_mapping(top="since = 2021-03-01\nuntil = 2021-04-01")
        assert self.reason(mapping, at=at) == expected

    def test_a_span_may_have_an_offset(self) -> None:
        mapping = a_mapping(top="since = 2021-03-01T00:00:00Z")
        assert self.reason(mapping, at="2021-02-28T19:00:00") is None
        assert self.reason(mapping, at="2021-02-28T18:59:59") is not None


class TestPointThatMeansNothing:
    POINTED = a_mapping(
        file='decimal = ","',
        columns='description = "what"\nlatitude = "lat"\nlongitude = "lon"',
        tables="[[nowhere]]\nlat = 40.5\nlon = -73.25",
    )

    @pytest.mark.parametrize(
        ("lat", "lon"), [("40,5", "-73,25"), ("40.500001", "-73.250001"), ("0", "0"), (0, 0.0)]
    )
    def test_is_no_place(self, lat: object, lon: object) -> None:
        place = translated(self.POINTED, lat=lat, lon=lon).report.place
        assert (place.point, place.address) == (None, "1 Road")

    def test_leaves_its_neighbours_where_they_are(self) -> None:
        point = translated(self.POINTED, lat="40,501", lon="-73,25").report.place.point
        assert point is not None
        assert (point.lat, point.lon) == (40.501, -73.25)

    def test_alone_is_refused_for_want_of_a_place(self) -> None:
        assert refused(self.POINTED, lat="0", lon="0", street="").keys() == {"place"}


class TestKind:
    @pytest.mark.parametrize(
        ("what", "expected"), [("hole", None), ("dog", None), ("Noise", "Noise > loud"), ("", None)]
    )
    def test_that_no_category_fits_is_named(self, what: str, expected: str | None) -> None:
        mapping = a_mapping(
            columns='category = ["what", "detail"]\ndescription = "note"',
            tables='[categories]\nhole = "P1"\ndog = ""\n',
        )
        found = translated(mapping, what=what, detail="loud" if what else "", note="a note")
        assert found.unknown_kind == expected
