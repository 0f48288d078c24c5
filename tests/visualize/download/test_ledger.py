"""Records of what downloads made: read back, dropped with what is gone, and nothing of what lies elsewhere."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tests.kit.refusal import refusal
from visualize.download import ledger

if TYPE_CHECKING:
    from pathlib import Path


def test_a_file_is_recorded_from_its_first_byte_to_its_last(kept: Path) -> None:
    kept.mkdir(parents=True)
    path = kept / "net.pth"
    ledger.begin(path, "net.pth.part")
    (kept / "net.pth.part").write_bytes(b"half")
    record = ledger.record_of(path)
    assert (record.names, record.is_there, record.has("net.pth.part")) == (("net.pth", "net.pth.part"), False, True)
    (kept / "net.pth.part").replace(path)
    ledger.finish(path)
    record = ledger.record_of(path)
    assert (record.names, record.is_there, record.size) == (("net.pth",), True, 4)
    assert [item.path for item in ledger.records()] == [path]
    os.utime(path, (1, 1))
    assert not ledger.record_of(path).is_there  # it is another one


def test_a_folder_is_recorded_with_all_that_is_in_it(kept: Path) -> None:
    folder = kept.parent / "data" / "set"
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "a.png").write_bytes(b"picture")
    ledger.finish(folder)
    record = ledger.record_of(folder)
    assert set(record.made) == {"set", "set/images", "set/images/a.png"}
    assert (record.is_there, record.size) == (True, 7)
    (folder / "images" / "mine.png").touch()
    assert not record.holds("set/images/mine.png", (folder / "images" / "mine.png").lstat())


def test_a_file_of_no_use_is_recorded_under_its_new_name_if_it_was_ours(kept: Path) -> None:
    kept.mkdir(parents=True)
    for ours in (True, False):
        (kept / "net.pth").write_bytes(b"bad")
        if ours:
            ledger.finish(kept / "net.pth")
        assert ledger.set_aside(kept / "net.pth", kept / "net.pth") == "net.pth.bad"
        assert ledger.record_of(kept / "net.pth").has("net.pth.bad") is ours
        ledger.tidy(kept / "net.pth", removed=True)
        (kept / "net.pth.bad").unlink()
        ledger.tidy(kept / "net.pth", removed=True)
        assert list(ledger.records()) == []


def test_what_lies_elsewhere_is_not_recorded(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "a").touch()
    ledger.finish(tmp_path / "models" / "a")
    ledger.begin(kept / "deeper" / "a", "b")
    assert list(ledger.records()) == []
    assert not kept.parent.exists()


def test_a_folder_in_the_making_is_gone_or_on_record(kept: Path) -> None:
    folder = kept.parent / "data" / "set"
    folder.parent.mkdir(parents=True)
    with ledger.scratch(folder) as scratch:
        assert scratch.parent == folder.parent
        assert ledger.record_of(folder).has(scratch.name)
    assert list(folder.parent.iterdir()) == []


def test_whoever_is_not_patient_is_told_who_is_at_it(kept: Path) -> None:
    path = kept / "net.pth"
    with ledger.alone(path), refusal("net.pth is being downloaded"), ledger.alone(path, patient=False):
        pass
