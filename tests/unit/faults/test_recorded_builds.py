"""A build with a known fault is caught, by an anomaly that fits it, from what it once did.

The checker is a pure function of a history. So a part of what a bad build did on a real house is
kept (`python -m tests.faults.bad_builds --record`) and judged here, in milliseconds.
"""

import lzma
from pathlib import Path

import pytest

from tests.faults.bad_builds.catalogue import BUILDS
from tests.faults.bad_builds.provoking import recorded
from tests.faults.checker.verdict import check
from tests.faults.excerpt import packed, shown, unpacked
from tests.unit.faults.bad_logs import BAD

RECORDED = recorded()


class TestRecordedBadBuild:
    def test_is_every_build_of_the_catalogue(self) -> None:
        assert RECORDED.keys() == BUILDS.keys()

    @pytest.mark.parametrize("name", RECORDED)
    def test_is_caught(self, name: str) -> None:
        verdict = check(unpacked(RECORDED[name]))
        assert verdict.counts.keys() & BUILDS[name].expected

    @pytest.mark.parametrize("name", RECORDED)
    def test_is_small_and_packed_as_it_would_be_now(self, name: str) -> None:
        assert RECORDED[name].stat().st_size < 64_000
        # What is inside: another liblzma makes other bytes of the same.
        kept = lzma.decompress(RECORDED[name].read_bytes())
        assert lzma.decompress(packed(unpacked(RECORDED[name]))) == kept


class TestPartOfAHistory:
    @pytest.mark.parametrize("name", BAD)
    def test_shows_what_the_whole_of_it_shows(self, name: str) -> None:
        build, kinds = BAD[name]
        whole = build()
        assert kinds & check(shown(whole, check(whole).anomalies)).counts.keys()

    def test_is_read_as_it_was_packed(self, tmp_path: Path) -> None:
        whole = BAD["a_case_was_closed_twice"][0]()
        (tmp_path / "one.tar.xz").write_bytes(packed(whole))
        assert unpacked(tmp_path / "one.tar.xz") == whole
