"""Counts by picture on the disk: what is written is read, and damage is noticed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.kit.labelled import noise
from tests.visualize.dissection.made import contents, dissected, held
from visualize.dissection import merge
from visualize.dissection.count_files import CountFiles
from visualize.methods.dissection.labels import Vocabulary
from visualize.methods.dissection.picture_counts import LayerCounts, PictureCounts, Pixels
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def _files(folder: Path, units: int = 300) -> CountFiles:
    return CountFiles(folder, {"deep": units}, Vocabulary(noise(1, (8, 8), (8, 8))))


def _counts(units: int = 300) -> PictureCounts:
    generator = np.random.default_rng(0)

    def pixels(rows: int, count: int) -> Pixels:
        return Pixels.of(
            np.sort(generator.integers(0, rows, count)),
            generator.integers(0, 9, count),
            generator.integers(1, 70_000, count),
        )

    annotated = generator.integers(0, 2, (9, 3)).astype(np.uint8)
    return PictureCounts(annotated, pixels(6, 20), {"deep": LayerCounts(pixels(units, 50), pixels(6 * units, 400))})


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    counts, files = _counts(), _files(tmp_path)
    files.write(1, counts)
    assert files.there(1)
    assert not files.there(2)
    read = files.read(1)
    np.testing.assert_array_equal(read.annotated, counts.annotated)
    for mine, theirs in ((read.truth, counts.truth), (read.layers["deep"].shared, counts.layers["deep"].shared)):
        for name in ("rows", "pictures", "counts"):
            np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name))


def test_a_flipped_bit_and_what_cannot_be_are_refused(tmp_path: Path) -> None:
    files = _files(tmp_path)
    files.write(1, _counts())
    path = tmp_path / "counts-00001.npy"
    held_bytes = bytearray(path.read_bytes())
    held_bytes[len(held_bytes) // 2] ^= 4
    path.write_bytes(held_bytes)
    with pytest.raises(InputError, match="is damaged"):
        files.read(1)
    files.write(1, _counts())
    with pytest.raises(InputError, match="counts what there is not"):
        _files(tmp_path, units=20).read(1)
    with pytest.raises(InputError, match=r"counts-00002.npy is missing"):
        files.read(2)


def test_shards_can_be_merged_again_and_lost_counts_are_asked_for(tmp_path: Path) -> None:
    parts = [tmp_path / "1", tmp_path / "2"]
    for number, part in enumerate(parts, 1):
        dissected(part, (number, 2))
    merge(parts, tmp_path / "whole", labelled=held())
    assert not list(tmp_path.glob("*/partial/chunk-*"))
    merge(parts, tmp_path / "again", labelled=held())
    assert contents(tmp_path / "again") == contents(tmp_path / "whole")
    next((parts[1] / "partial").glob("counts-*")).unlink()
    with pytest.raises(InputError, match="run its shard again"):
        merge(parts, tmp_path / "third", labelled=held())
