"""Whatever happens to a file, it is the result that was written, or none."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from visualize.methods.errors import InputError
from visualize.store.result_file import Stored, is_one, read, write

if TYPE_CHECKING:
    from pathlib import Path

STORED = Stored(
    {"unit": "conv5:79", "seed": "0"},
    {"tensor": [0, "float32"]},
    [np.arange(12, dtype=np.float32).reshape(3, 4), np.zeros((0, 2), np.int64), np.asfortranarray(np.eye(3))],
    1.5,
    (("InputWarning", "a picture was skipped"),),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write(tmp_path / "result.npz", STORED)
    return tmp_path / "result.npz"


def test_what_was_written_is_read(path: Path) -> None:
    held = read(path)
    assert (held.address, held.tree, held.made, held.said) == (STORED.address, STORED.tree, 1.5, STORED.said)
    assert all(
        one.dtype == two.dtype and np.array_equal(one, two) for one, two in zip(held.arrays, STORED.arrays, strict=True)
    )
    assert is_one(path)
    assert list(np.load(path, allow_pickle=False)) == ["record", "0", "1", "2"]


def test_no_flipped_bit_gives_another_result(path: Path) -> None:
    whole, dice = path.read_bytes(), random.Random(0)
    for place in dice.sample(range(len(whole)), 300):
        spoilt = bytearray(whole)
        spoilt[place] ^= 1 << dice.randrange(8)
        path.write_bytes(spoilt)
        try:
            held = read(path)
        except InputError:
            continue
        assert held.address == STORED.address, place  # it was in what the archive says twice
        assert held.tree == STORED.tree
        assert all(np.array_equal(one, two) for one, two in zip(held.arrays, STORED.arrays, strict=True))


@pytest.mark.parametrize("length", [0, 1, 100, -1, -30])
def test_a_cut_file_is_refused(path: Path, length: int) -> None:
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(InputError, match="damaged"):
        read(path)


def test_an_archive_of_somebody_else_s_is_none(path: Path) -> None:
    np.savez(path, numbers=np.zeros(3))
    assert not is_one(path)
    with pytest.raises(InputError, match="holds no record"):
        read(path)
    np.savez(path, record=np.array([{"a": 1}], dtype=object))
    with pytest.raises(InputError, match="pickled objects"):
        read(path)


@pytest.mark.skipif(os.name != "posix", reason="other systems know no such owners")
def test_links_and_files_that_others_may_write_are_none(path: Path) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o620)
    assert not is_one(path)
    path.chmod(0o600)
    (path.parent / "link.npz").symlink_to(path)
    assert not is_one(path.parent / "link.npz")
    os.link(path, path.parent / "second.npz")
    assert not is_one(path)
