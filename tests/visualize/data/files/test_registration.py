from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from visualize.data.files.picture_files import read_picture
from visualize.data.files.registration import half, register, upright
from visualize.methods.network.preprocessing import Preparation

if TYPE_CHECKING:
    from numpy.typing import NDArray


SIDES = st.integers(3, 60)


@settings(max_examples=150, deadline=None)
@given(
    st.tuples(SIDES, SIDES),
    st.tuples(st.integers(2, 40), st.integers(2, 40)),
    st.one_of(st.none(), st.integers(2, 50), st.tuples(st.integers(40, 60), st.integers(40, 60))),
    st.integers(1, 3),
)
def test_pillow_picks_the_same_entries(
    picture: tuple[int, int], size: tuple[int, int], resize: int | tuple[int, int] | None, coarse: int
) -> None:
    assume(max(picture) <= 16 * min(picture))  # of longer ones the middle is taken first, as of their pictures
    preparation = Preparation(size=size, resize=resize)
    stored = (max(1, picture[0] // coarse), max(1, picture[1] // coarse))
    values = np.random.default_rng(0).integers(0, 1000, stored).astype(np.int32)
    tall, wide, top, left = preparation.window(*picture)
    rows, columns = stored[0] / tall, stored[1] / wide
    box = (left * columns, top * rows, (left + size[1]) * columns, (top + size[0]) * rows)
    shape = half(preparation)
    wanted = Image.fromarray(values).resize((shape[1], shape[0]), Image.Resampling.NEAREST, box=box)
    got = register(values, picture, preparation)
    assert got.shape == shape
    sure = np.ix_(_sure(box[1], box[3], shape[0]), _sure(box[0], box[2], shape[1]))
    np.testing.assert_array_equal(got[sure], np.asarray(wanted)[sure])


def _sure(low: float, high: float, count: int) -> NDArray[np.intp]:
    """Entries whose centre does not lie exactly between two stored ones, where rounding decides."""
    centres = low + (np.arange(count) + 0.5) * (high - low) / count
    return np.flatnonzero(np.abs(centres - np.rint(centres)) > 1e-4)


def test_what_has_the_right_geometry_is_not_touched() -> None:
    values = np.arange(12 * 16).reshape(12, 16)
    assert register(values, (24, 32), Preparation(size=(24, 32))) is values
    assert register(values, (600, 800), Preparation(size=(24, 32))) is values  # squashed: all of it is seen


@pytest.mark.parametrize("resize", [None, 40, (40, 44)])
@pytest.mark.parametrize("size", [(90, 70), (33, 57), (800, 20), (20, 800)])
def test_labels_lie_where_the_prepared_picture_shows_them(
    size: tuple[int, int], resize: int | tuple[int, int] | None
) -> None:
    """Two halves, black and white, cut across: away from the cut, the label is what the picture shows there."""
    for axis in (0, 1):
        values = np.zeros(size, np.uint8)
        values[size[0] // 3 :] = 1
        values = (
            values if axis == 0 else np.ascontiguousarray((np.arange(size[1]) > size[1] // 3) * np.ones(size, np.uint8))
        )
        file = io.BytesIO()
        Image.fromarray(values * 255).save(file, "PNG")
        preparation = Preparation(size=(36, 32), resize=resize)
        shown = read_picture(file, preparation)[1::2, 1::2, 0]
        labels = register(values, size, preparation)
        sure = (shown < 30) | (shown > 225)
        assert sure.mean() > 0.8
        np.testing.assert_array_equal(labels[sure], shown[sure] > 127)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_maps_are_turned_as_pillow_turns_pictures(orientation: int) -> None:
    values = np.arange(15, dtype=np.uint8).reshape(3, 5)
    picture = Image.fromarray(values)
    picture.getexif()[0x0112] = orientation
    turned = ImageOps.exif_transpose(picture)
    np.testing.assert_array_equal(upright(values, orientation), np.asarray(turned))


def test_half_is_brodens_half() -> None:
    assert half(Preparation(size=(224, 224))) == (112, 112)
    assert half(Preparation(size=(227, 227))) == (113, 113)
    assert half(Preparation(size=(1, 384))) == (1, 192)
