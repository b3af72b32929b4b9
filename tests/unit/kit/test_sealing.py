"""What is sealed opens with its keys and for what it is about, and in no other way."""

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.kit.sealing import envelope
from services.kit.sealing.envelope import Sealed, Spoilt
from services.kit.sealing.keys import KeyFile, KeyMissing, Ring, WrongKeys, parsed

NOW = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
RING = Ring({"first": bytes(range(32))})
LATER = Ring({**RING.keys, "second": bytes(range(32, 64))})


class TestSealedContent:
    def test_opens_for_what_it_is_about(self) -> None:
        found = envelope.sealed(b"13800138000", about=b"a report", ring=RING)

        assert b"138" not in envelope.packed(found)
        assert envelope.unsealed(found, about=b"a report", ring=RING) == b"13800138000"
        assert envelope.unpacked(envelope.packed(found)) == found

    def test_does_not_open_in_another_s_place(self) -> None:
        found = envelope.sealed(b"13800138000", about=b"a report", ring=RING)

        with pytest.raises(Spoilt):
            envelope.unsealed(found, about=b"another", ring=RING)

    @pytest.mark.parametrize("part", ["data_key", "content"])
    def test_does_not_open_once_a_byte_of_it_changed(self, part: str) -> None:
        found = envelope.sealed(b"13800138000", about=b"a report", ring=RING)
        body = bytearray(getattr(found, part))
        body[-1] ^= 1
        changed = Sealed(**(found._asdict() | {part: bytes(body)}))

        with pytest.raises(Spoilt):
            envelope.unsealed(changed, about=b"a report", ring=RING)

    def test_does_not_open_without_its_data_key(self) -> None:
        found = envelope.sealed(b"13800138000", about=b"a report", ring=RING)

        with pytest.raises(Spoilt):
            envelope.unsealed(found._replace(data_key=b""), about=b"a report", ring=RING)

    def test_says_which_master_key_it_needs(self) -> None:
        found = envelope.sealed(b"13800138000", about=b"a report", ring=LATER)

        with pytest.raises(KeyMissing, match="second"):
            envelope.unsealed(found, about=b"a report", ring=RING)

    def test_is_another_each_time(self) -> None:
        once, again = (envelope.sealed(b"same", about=b"a", ring=RING) for _ in range(2))

        assert once.content != again.content
        assert once.data_key != again.data_key

    def test_of_bytes_that_are_none_is_spoilt(self) -> None:
        for body in (b"", b"\x01", b"no", b"\x93\x01\x02", b"\xc1"):
            with pytest.raises(Spoilt):
                envelope.unpacked(body)


class TestAnotherMasterKey:
    def test_takes_over_the_data_key_alone(self) -> None:
        before = envelope.sealed(b"13800138000", about=b"a report", ring=RING)

        after = envelope.rewrapped(before, about=b"a report", ring=LATER)

        assert (after.key_id, after.content) == ("second", before.content)
        only = Ring({"second": LATER.keys["second"]})
        assert envelope.unsealed(after, about=b"a report", ring=only) == b"13800138000"

    def test_marks_a_value_otherwise(self) -> None:
        assert LATER.marks("13800138000", kind="phone") == [
            RING.mark("13800138000", kind="phone"),
            LATER.mark("13800138000", kind="phone"),
        ]
        assert RING.mark("a", kind="phone") != RING.mark("a", kind="mail")


class TestKeyFile:
    def test_is_made_once_and_for_its_owner_alone(self, tmp_path: Path) -> None:
        file = tmp_path / "house" / "privacy.key"

        made, found = (KeyFile.made(file, now=NOW).ring for _ in range(2))

        assert made == found
        assert made.current.startswith("20260302-")
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert [one.name for one in file.parent.iterdir()] == ["privacy.key"]

    def test_gets_another_key_beside_the_ones_it_has(self, tmp_path: Path) -> None:
        keys = KeyFile.made(tmp_path / "privacy.key", now=NOW)
        running = KeyFile.read(keys.file)
        first = keys.ring.current

        second = keys.add(now=NOW)

        assert [*running.read_again().keys] == [first, second]
        assert running.ring.current == second
        assert stat.S_IMODE(keys.file.stat().st_mode) == 0o600

    def test_loses_the_keys_that_are_taken_away(self, tmp_path: Path) -> None:
        keys = KeyFile.made(tmp_path / "privacy.key", now=NOW)
        first, second = keys.ring.current, keys.add(now=NOW)

        keys.take_away(frozenset({first}))

        assert [*KeyFile.read(keys.file).ring.keys] == [second]
        assert keys.file.read_text().startswith("#")

    def test_that_went_away_leaves_what_was_read(self, tmp_path: Path) -> None:
        keys = KeyFile.made(tmp_path / "privacy.key", now=NOW)
        ring = keys.ring
        keys.file.unlink()

        assert keys.read_again() == ring

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "has no key"),
            ("# nothing\n", "has no key"),
            ("a b\n", "line 1 has no base64"),
            ("a YWJj\n", "line 1 has a key of 3 bytes, 32 are needed"),
            ("ä YWJj\n", "line 1 begins with no id"),
            (f"a {'A' * 43}=\na {'A' * 43}=\n", "line 2 has the id a again"),
        ],
    )
    def test_says_which_line_is_wrong(self, text: str, told: str) -> None:
        with pytest.raises(WrongKeys, match=told):
            parsed(text)

    def test_that_cannot_be_made_says_where(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")

        with pytest.raises(WrongKeys, match=r"privacy\.key cannot be made"):
            KeyFile.made(tmp_path / "file" / "privacy.key", now=NOW)
