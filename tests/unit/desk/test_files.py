"""The folder of files, and a backup of it: what was put is there whole, or not at all."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from services.commands.backups import kept_files
from services.desk.store.files import FolderFiles


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


class TestFolder:
    def test_gives_back_what_it_got(self, folder: Path) -> None:
        store = FolderFiles(folder)
        names = [store.put(one) for one in (b"a", b"b", b"a")]
        assert names == [sha256(one).hexdigest() for one in (b"a", b"b", b"a")]
        assert [store.get(name) for name in names] == [b"a", b"b", b"a"]
        assert len([*folder.glob("*/*")]) == 2

    def test_is_for_its_owner_alone(self, folder: Path) -> None:
        FolderFiles(folder).put(b"a")
        modes = {one.stat().st_mode & 0o077 for one in (folder, *folder.rglob("*"))}
        assert modes == {0}

    def test_has_not_what_it_did_not_get(self, folder: Path) -> None:
        assert FolderFiles(folder).get("0" * 64) is None

    @pytest.mark.parametrize("name", ["", "..", "../../etc/passwd", "0" * 63, "A" * 64, "/" * 64])
    def test_knows_no_other_names(self, folder: Path, name: str) -> None:
        with pytest.raises(ValueError, match="no SHA-256"):
            FolderFiles(folder).get(name)

    def test_does_not_give_what_was_changed(self, folder: Path) -> None:
        store = FolderFiles(folder)
        name = store.put(b"a")
        (folder / name[:2] / name).write_bytes(b"b")
        assert store.get(name) is None

    def test_keeps_anew_what_was_changed(self, folder: Path) -> None:
        store = FolderFiles(folder)
        name = store.put(b"a")
        (folder / name[:2] / name).write_bytes(b"b")
        assert store.get(store.put(b"a")) == b"a"


class TestRemoved:
    def test_is_what_nobody_put_lately(self, folder: Path) -> None:
        store, lately = FolderFiles(folder), datetime.now(UTC) - timedelta(minutes=1)
        name = store.put(b"a")
        store.remove(name, unused_since=lately)
        assert store.get(name) == b"a"
        store.remove(name, unused_since=lately + timedelta(hours=1))
        assert store.get(name) is None
        store.remove(name, unused_since=lately)
        assert [one for one in folder.rglob("*") if one.is_file()] == []

    def test_is_put_again_as_it_goes(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        store, later = FolderFiles(folder), datetime.now(UTC) + timedelta(hours=1)
        name, get = store.put(b"a"), store.get

        def gone_at_once(name: str) -> bytes | None:
            found = get(name)
            store.remove(name, unused_since=later)
            return found

        monkeypatch.setattr(store, "get", gone_at_once)
        store.put(b"a")
        assert get(name) == b"a"


class TestBackup:
    def test_has_what_the_folder_has_and_puts_it_back(self, folder: Path, tmp_path: Path) -> None:
        name = FolderFiles(folder).put(b"photo")
        damaged = FolderFiles(folder).put(b"another")
        (folder / damaged[:2] / damaged).write_bytes(b"")
        copied = kept_files.copied_out(folder, tmp_path / "backup")
        assert (copied.count, copied.size) == (1, len(b"photo"))

        elsewhere = tmp_path / "elsewhere"
        later = FolderFiles(elsewhere).put(b"later")
        assert kept_files.put_back(tmp_path / "backup", elsewhere) == copied
        assert [FolderFiles(elsewhere).get(one) for one in (name, later)] == [b"photo", b"later"]

    def test_of_no_folder_has_nothing(self, folder: Path, tmp_path: Path) -> None:
        assert kept_files.copied_out(folder, tmp_path / "backup").count == 0
