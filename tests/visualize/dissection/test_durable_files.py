from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualize.dissection.durable_files import (
    durable,
    from_text,
    read_arrays,
    read_row,
    read_sealed,
    require_space,
    text_array,
    write_arrays,
    write_json,
    write_row,
    write_sealed,
)
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

ARRAYS: dict[str, NDArray[Any]] = {
    "a": np.arange(6).reshape(2, 3),
    "b": np.array([0.5, -np.inf], np.float32),
    "c": np.array(["x"]),
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def test_a_file_that_is_not_finished_leaves_the_one_before(tmp_path: Path) -> None:
    path = tmp_path / "deep/file"
    with durable(path) as file:
        file.write(b"before")
    with pytest.raises(ZeroDivisionError, match="division"), durable(path) as file:
        file.write(b"aft" * (1 // 0))
    assert path.read_bytes() == b"before"
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_a_folder_that_cannot_be_written_is_said_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot write .*inner: .*make room"), durable(tmp_path / "file/inner"):
        pass


def test_arrays_are_read_as_they_were_written_and_the_same_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.npz", "two.npz"):
        write_arrays(tmp_path / name, ARRAYS)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    arrays = read_arrays(tmp_path / "one.npz")
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)
    assert list(read_arrays(tmp_path / "one.npz", only=["c", "z"])) == ["c"]


def test_a_row_of_arrays_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_row(tmp_path / "row", list(ARRAYS.values()))
    for array, wanted in zip(read_row(tmp_path / "row", 3), ARRAYS.values(), strict=True):
        assert array.dtype == wanted.dtype
        np.testing.assert_array_equal(array, wanted)


def test_damaged_files_are_named_and_missing_ones_are_not_damaged(tmp_path: Path) -> None:
    write_arrays(tmp_path / "half.npz", ARRAYS)
    write_row(tmp_path / "half.npy", [ARRAYS["a"]])
    for name in ("half.npz", "half.npy"):
        content = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(InputError, match=r"half\.npz is damaged .*begin again"):
        read_arrays(tmp_path / "half.npz")
    with pytest.raises(InputError, match=r"half\.npy is damaged"):
        read_row(tmp_path / "half.npy", 1)
    with pytest.raises(FileNotFoundError, match="gone"):
        read_arrays(tmp_path / "gone")
    with pytest.raises(FileNotFoundError, match="gone"):
        read_row(tmp_path / "gone", 1)


def test_json_is_written_so_that_any_program_reads_it(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": [1, None, {"c": "\u00fd"}]})
    assert json.loads((tmp_path / "a.json").read_text()) == {"b": [1, None, {"c": "\u00fd"}]}


@pytest.mark.parametrize("write", [write_sealed, lambda path, arrays: write_row(path, list(arrays.values()))])
def test_any_flipped_bit_is_noticed_or_changes_nothing(write: Any, tmp_path: Path) -> None:  # noqa: ANN401
    """Of every byte one bit."""
    path = tmp_path / "file"
    write(path, ARRAYS)
    good = path.read_bytes()
    for place in range(len(good)):
        bad = bytearray(good)
        bad[place] ^= 1 << place % 8
        path.write_bytes(bad)
        try:
            held = read_sealed(path) if write is write_sealed else dict(zip(ARRAYS, read_row(path, 3), strict=True))
        except InputError:
            continue
        assert list(held) == list(ARRAYS), place
        for name, array in ARRAYS.items():
            assert held[name].dtype == array.dtype, place
            np.testing.assert_array_equal(held[name], array, err_msg=str(place))


def test_what_has_no_checksums_is_read_only_where_the_old_format_may_lie(tmp_path: Path) -> None:
    write_arrays(tmp_path / "old.npz", ARRAYS)
    with pytest.raises(InputError, match="its checksums are missing"):
        read_sealed(tmp_path / "old.npz")
    assert list(read_sealed(tmp_path / "old.npz", strict=False)) == list(ARRAYS)
    with (tmp_path / "old").open("wb") as file:
        np.save(file, ARRAYS["a"])
    with pytest.raises(InputError, match="is damaged"):
        read_row(tmp_path / "old", 1)
    np.testing.assert_array_equal(read_row(tmp_path / "old", 1, strict=False)[0], ARRAYS["a"])


@given(JSON)
def test_an_array_holds_any_json(content: object) -> None:
    assert from_text(text_array(content)) == content


def test_space_is_asked_of_the_disk_that_the_folder_will_lie_on(tmp_path: Path) -> None:
    require_space(tmp_path / "not/there/yet", 1)
    with pytest.raises(InputError, match=r"yet has .* of free disk and this dissection may need 1000000000\.0 GB"):
        require_space(tmp_path / "not/there/yet", 10**18)
