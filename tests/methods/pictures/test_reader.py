"""Reading a set: pictures that cannot be read are named, left out and counted."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from tests.kit.pictures import Listed, arrays
from visualize.methods.errors import BrokenImage, BrokenImageWarning, InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.pictures.reader import Reader

_SIZE = (4, 6)


def _read(reader: Reader, first: int, last: int) -> list[int]:
    """The numbers of the pictures that could be read."""
    loaded = [reader.load(index, Preparation(_SIZE)) for index in range(first, last)]
    return [index for index, _ in reader.readable(first, loaded)]


def test_a_picture_that_cannot_be_read_is_returned_as_its_fault_and_named_in_a_warning() -> None:
    images = Listed(arrays(5, _SIZE), bad=frozenset({1, 3}))
    reader = Reader(images)
    assert isinstance(reader.load(1, Preparation(_SIZE)), BrokenImage)
    np.testing.assert_array_equal(reader.load(0, Preparation(_SIZE)), images.held[0])
    with pytest.warns(BrokenImageWarning, match="skipped ") as caught:
        assert _read(reader, 0, 2) + _read(reader, 2, 5) == [0, 2, 4]
    assert [str(warning.message) for warning in caught] == [
        "skipped picture-1.jpg: it is broken", "skipped picture-3.jpg: it is broken"
    ]  # fmt: skip
    assert (reader.broken, reader.scanned) == (["picture-1.jpg", "picture-3.jpg"], 3)
    assert reader.notes == ("2 of 5 pictures could not be read and were skipped",)
    reader.require_some()


def test_a_set_that_can_be_read_whole_has_no_notes() -> None:
    reader = Reader(Listed(arrays(2, _SIZE)))
    assert _read(reader, 0, 2) == [0, 1]
    assert reader.notes == ()


def test_a_set_without_a_readable_picture_is_an_error_that_names_the_last() -> None:
    reader = Reader(Listed(arrays(3, _SIZE), bad=frozenset(range(3))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", BrokenImageWarning)
        assert _read(reader, 0, 3) == []
    with pytest.raises(InputError, match=r"none of the 3 pictures of listed can be read; the last: picture-2\.jpg"):
        reader.require_some()
    with pytest.raises(InputError, match="nothing holds no pictures"):
        Reader(Listed([], name="nothing")).require_some()
