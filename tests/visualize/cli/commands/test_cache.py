from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from tests.visualize.cli.kit import one_line, viz
from visualize.download import ledger

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with a whole file, half a file, a probe set, and things that the user put there."""
    root = tmp_path / "cache"
    monkeypatch.setenv("VIZ_CACHE", str(root))
    monkeypatch.delenv("VIZ_MIRROR", raising=False)
    (root / "models").mkdir(parents=True)
    sizes = {"net.pth": 3_000_000, "net.pth.bad": 500_000, "net.pth.sha256": 70, "net.pth.lock": 0, "thesis.docx": 10}
    for name, size in (sizes | {"half.caffemodel.part": 1_000_000, "half.caffemodel.lock": 0}).items():
        (root / "models" / name).write_bytes(bytes(size))
    (root / "data" / "broden" / "images").mkdir(parents=True)
    (root / "data" / "broden" / "images" / "a.jpg").write_bytes(bytes(2_000_000))
    (root / "data" / "broden.lock").touch()
    (root / "data" / ".broden-abc123" / "content").mkdir(parents=True)  # unpacking that was killed
    (root / "data" / ".broden-abc123" / "content" / "b.jpg").write_bytes(bytes(700_000))
    (root / "data" / ".broden-abc123" / "link").symlink_to(tmp_path)
    (root / "data" / "mine").mkdir()
    ledger.finish(root / "models" / "net.pth")
    for ending in ("bad", "sha256"):
        ledger.finish(root / "models" / "net.pth", also=f"net.pth.{ending}")
    ledger.begin(root / "models" / "half.caffemodel", "half.caffemodel.part")
    ledger.finish(root / "data" / "broden")
    ledger.begin(root / "data" / "broden", ".broden-abc123")
    return root


def test_the_cache_lists_what_downloads_left_and_nothing_else(kept: Path) -> None:
    document = json.loads(viz("cache", "--json").out)
    assert [(item["file"], item["size"], item["kind"], item["leftover"]) for item in document["files"]] == [
        ("broden", 2_700_000, "probe set", 700_000),
        ("half.caffemodel", 1_000_000, "model file (incomplete)", 1_000_000),
        ("net.pth", 3_500_000, "model file", 500_000),
    ]
    assert document["bytes"] == 7_200_000
    text = viz("cache").out
    assert f"7.2 MB in {kept}" in text
    assert "model file, 0.5 MB of it left over" in text
    assert "2.2 MB of that is left of downloads" in text


def test_only_what_broke_off_is_removed(kept: Path) -> None:
    ran = viz("cache", "--clear", "partial")
    assert ran.status == 0
    assert ran.out.splitlines() == [
        "removed what was left of broden (0.7 MB)",
        "removed what was left of half.caffemodel (1.0 MB)",
        "removed what was left of net.pth (0.5 MB)",
        "2.2 MB freed",
    ]
    assert {path.name for path in (kept / "models").iterdir()} == {
        "net.pth", "net.pth.sha256", "net.pth.lock", "thesis.docx",
    }  # fmt: skip
    assert {path.name for path in (kept / "data").iterdir()} == {"broden", "broden.lock", "mine"}
    assert kept.parent.exists()  # what the link led to
    assert viz("cache", "--clear", "partial").out == "0.0 MB freed\n"
    assert json.loads(viz("cache", "--json").out)["bytes"] == 5_000_000


def test_everything_is_removed_only_if_that_was_meant(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = sorted(kept.rglob("*"))
    ran = viz("cache", "--clear", "all")
    assert (ran.status, ran.out) == (2, "")
    assert f"--clear all would remove 3 things (7.2 MB) from {kept}; say so with --yes" in one_line(ran.err)
    for answer, left in (("n\n", True), ("", True), ("Y\n", False)):
        typed = io.StringIO(answer)
        monkeypatch.setattr(typed, "isatty", lambda: True)
        monkeypatch.setattr("sys.stdin", typed)
        ran = viz("cache", "--clear", "all")
        assert ran.status == 0
        assert ran.err == f"Remove 3 things (7.2 MB) from {kept}? [y/N] "
        assert (ran.out == "nothing was removed\n") is left
        assert (sorted(kept.rglob("*")) == before) is left


def test_one_thing_is_removed_and_the_record_of_its_hash_stays(kept: Path) -> None:
    ran = viz("cache", "--clear", "net.pth")
    assert ran.status == 0
    assert ran.out.splitlines() == ["removed net.pth (3.5 MB)", "3.5 MB freed"]
    assert {path.name for path in (kept / "models").iterdir()} == {
        "net.pth.sha256", "half.caffemodel.part", "half.caffemodel.lock", "thesis.docx",
    }  # fmt: skip


def test_everything_is_removed_but_what_is_not_ours(kept: Path) -> None:
    outside = kept.parent / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    (kept / "data" / "broden" / "link").symlink_to(outside)
    (kept / "data" / "broden" / "images" / "notes.txt").touch()
    ran = viz("cache", "--clear", "all", "--yes", "--json")
    document = json.loads(ran.out)
    assert {item["file"] for item in document["removed"]} == {"broden", "half.caffemodel", "net.pth"}
    assert [path.name for path in (kept / "models").iterdir()] == ["thesis.docx"]
    assert sorted(path.name for path in (kept / "data").rglob("*")) == [
        "broden", "broden.lock", "images", "link", "mine", "notes.txt",
    ]  # fmt: skip
    assert (outside / "precious").exists()
    assert viz("cache").out == f"nothing is kept in {kept}\n"


@pytest.mark.parametrize("name", ["thesis.docx", "../precious", "mine", "net.pt", "/etc/passwd", ""])
def test_a_name_that_is_not_listed_removes_nothing(kept: Path, name: str) -> None:
    before = sorted(kept.rglob("*"))
    ran = viz("cache", "--clear", "net.pth", "--clear", name)
    assert ran.status == 2
    assert "holds no" in one_line(ran.err)
    assert sorted(kept.rglob("*")) == before


def test_what_is_being_downloaded_is_not_removed(kept: Path) -> None:
    from filelock import FileLock

    with FileLock(str(kept / "models" / "net.pth.lock")):
        ran = viz("cache", "--clear", "net.pth")
    assert ran.status == 2
    assert "is being downloaded" in one_line(ran.err)
    assert (kept / "models" / "net.pth").exists()


def test_an_empty_cache_is_no_error_and_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "none"))
    assert viz("cache").status == 0
    assert viz("cache", "--clear", "all").status == 0
    assert not (tmp_path / "none").exists()
