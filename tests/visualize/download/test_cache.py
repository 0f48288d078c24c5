"""Files at hand: in the cache, or in a mirror however it is sorted; and their hashes."""

from __future__ import annotations

import hashlib
import os
from typing import TYPE_CHECKING

import pytest

from tests.visualize.download.kit import DATA, HASH, OTHER, resource
from tests.visualize.download.site import (
    Site,
    whole,
)
from visualize.download import cache
from visualize.download.fetch import fetch

if TYPE_CHECKING:
    from io import BufferedReader
    from pathlib import Path


def test_a_hash_is_computed_anew_only_when_the_file_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "net.bin"
    path.write_bytes(DATA)
    counted: list[object] = []
    real = hashlib.file_digest

    def counting(file: BufferedReader, name: str) -> object:
        counted.append(file)
        return real(file, name)

    monkeypatch.setattr(hashlib, "file_digest", counting)
    assert cache.digest(path) == cache.digest(path) == HASH
    assert len(counted) == 1
    path.write_bytes(OTHER)
    os.utime(path, ns=(0, 0))
    assert cache.digest(path) == hashlib.sha256(OTHER).hexdigest()


def test_a_mirror_may_use_the_name_of_any_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path))
    (tmp_path / "published.bin").write_bytes(DATA)
    wanted = resource("https://a.example/net.bin", "https://b.example/published.bin")
    assert fetch(wanted) == cache.at_hand(wanted) == tmp_path / "published.bin"


@pytest.mark.parametrize("named", [".", "weights", "weights/../weights"])
@pytest.mark.parametrize("kept", ["weights", "data", "reference", "reference/publisher"])
def test_a_sorted_mirror_is_known_by_itself_and_by_its_weights(
    named: str, kept: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("weights", "data", "reference/publisher"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / kept / "net.bin").write_bytes(DATA)
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path / named))
    path = cache.at_hand(resource())
    assert path is not None
    assert path == fetch(resource())
    assert path.resolve() == tmp_path / kept / "net.bin"
    monkeypatch.chdir(tmp_path / "weights")
    monkeypatch.setenv("VIZ_MIRROR", "." if named == "weights" else "..")
    assert cache.at_hand(resource()) is not None


def test_what_lies_beside_other_folders_is_no_part_of_a_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in ("reference", "weights", "mine"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "net.bin").write_bytes(DATA)
    (tmp_path / "mine" / "net.bin").unlink()
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path / "mine"))
    assert cache.at_hand(resource()) is None


def test_a_name_that_any_file_may_have_is_not_looked_for_in_a_mirror(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every model of the Hugging Face hub is called model.safetensors at its address."""
    (tmp_path / "model.safetensors").write_bytes(OTHER)
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path))
    wanted = resource(site.page("a/model.safetensors", whole(DATA)))
    assert cache.at_hand(wanted) is None
    assert fetch(wanted).read_bytes() == DATA
