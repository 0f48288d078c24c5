from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.kit.refusal import refusal
from visualize.intake.arrays import read_npy, read_npz

if TYPE_CHECKING:
    from pathlib import Path

ARRAYS = {"a": np.arange(6.0).reshape(2, 3), "b": np.asfortranarray(np.ones((3, 2), np.int16)), "c": np.array(["x"])}


def test_arrays_are_read_as_numpy_reads_them(tmp_path: Path) -> None:
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", **ARRAYS)  # type: ignore[arg-type]  # names are no options of it
        held = read_npz(tmp_path / "a.npz")
        with np.load(tmp_path / "a.npz") as wanted:
            assert list(held) == list(wanted)
            for name in wanted:
                assert held[name].dtype == wanted[name].dtype
                np.testing.assert_array_equal(held[name], wanted[name])
        assert list(read_npz(tmp_path / "a.npz", only=["b", "z"])) == ["b"]


def test_a_wrong_checksum_is_noticed_which_numpy_notices_too_late(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", a=np.zeros(1000))
    content = bytearray((tmp_path / "a.npz").read_bytes())
    content[4000] ^= 1
    (tmp_path / "a.npz").write_bytes(content)
    with refusal("a.npz is damaged", "CRC-32"):
        read_npz(tmp_path / "a.npz")


def test_two_arrays_of_one_name_and_objects_are_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    np.save(out, np.ones(2))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as held:
        held.writestr("a.npy", out.getvalue())
        with pytest.warns(UserWarning, match="Duplicate"):
            held.writestr("a.npy", out.getvalue())
    with refusal("a.npz is damaged", "two arrays of one name"):
        read_npz(tmp_path / "a.npz")
    np.savez(tmp_path / "a.npz", a=np.array([None], dtype=object))
    with refusal("pickled objects"):
        read_npz(tmp_path / "a.npz")


def test_an_array_that_is_longer_than_its_room_is_refused() -> None:
    out = io.BytesIO()
    np.save(out, np.ones(2))
    length = out.tell()
    out.seek(0)
    np.testing.assert_array_equal(read_npy(out, length), np.ones(2))
    out.seek(0)
    with pytest.raises(ValueError, match="an array of 16 bytes"):
        read_npy(out, length - 1)


@given(st.binary(max_size=300))
def test_bytes_that_are_no_array_are_refused(data: bytes) -> None:
    with pytest.raises((ValueError, EOFError), match=r".*"):
        read_npy(io.BytesIO(b"\x93NUMPY\x01\x00" + data), 10 + len(data))
