"""What the cache holds: counted by its records, and removed without touching anything else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

from tests.kit.refusal import refusal
from visualize.download import ledger
from visualize.download.cache_listing import chosen, remove
from visualize.download.cache_listing import kept as things

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def models(kept: Path) -> Path:
    """A whole file with a leftover and a record, half a file, and a file of the user's own."""
    kept.mkdir(parents=True)
    sizes = {"net.pth": 300, "net.pth.lock": 0, "net.pth.bad": 50, "net.pth.sha256": 70, "half.pth.part": 20,
             "half.pth.lock": 0, "thesis.docx": 10}  # fmt: skip
    for name, size in sizes.items():
        (kept / name).write_bytes(bytes(size))
    ledger.finish(kept / "net.pth")
    ledger.finish(kept / "net.pth", also="net.pth.bad")
    ledger.finish(kept / "net.pth", also="net.pth.sha256")
    ledger.begin(kept / "half.pth", "half.pth.part")
    return kept


def test_what_has_no_record_is_not_counted(models: Path) -> None:
    assert [(item.name, item.size, item.leftover) for item in things()] == [("half.pth", 20, 20), ("net.pth", 350, 50)]


def test_names_choose_whole_things_and_partial_chooses_leftovers(models: Path) -> None:
    assert {item.name: item.size for item in chosen(["all"], things())} == {"half.pth": 20, "net.pth": 350}
    assert {item.name: item.size for item in chosen(["partial"], things())} == {"half.pth": 20, "net.pth": 50}
    assert {item.name: item.size for item in chosen(["net.pth", "partial"], things())} == {
        "half.pth": 20,
        "net.pth": 350,
    }
    with refusal("holds no 'nte.pth'", "did you mean net.pth"):
        chosen(["nte.pth"], things())


def test_leftovers_go_and_what_they_lie_beside_stays(models: Path) -> None:
    remove(chosen(["partial"], things()), everything=False)
    assert {path.name for path in models.iterdir()} == {"net.pth", "net.pth.lock", "net.pth.sha256", "thesis.docx"}
    assert [(item.name, item.size, item.leftover) for item in things()] == [("net.pth", 300, 0)]


def test_a_file_that_is_being_downloaded_stays(models: Path) -> None:
    with FileLock(str(models / "net.pth.lock")), refusal("net.pth is being downloaded"):
        remove(chosen(["net.pth"], things()), everything=True)
    assert (models / "net.pth").is_file()
    remove(chosen(["net.pth"], things()), everything=True)
    assert {path.name for path in models.iterdir()} == {"half.pth.lock", "half.pth.part", "thesis.docx"}
