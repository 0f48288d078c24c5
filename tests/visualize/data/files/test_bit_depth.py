"""Files of other than 8 bits, written by Pillow or byte by byte, are read as what they hold."""

from __future__ import annotations

import struct
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.visualize.data.pictures import png
from visualize.data import read_picture
from visualize.methods.errors import BrokenImage, InputWarning

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def _sixteen(most: int, channels: int, seed: int = 0) -> NDArray[np.uint16]:
    values = np.random.default_rng(seed).integers(0, most + 1, (9, 7, channels), np.uint16)
    values[0, 0, 0] = most
    return values


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("most", [200, 1023, 3000, 4095])
def test_twelve_bits_in_sixteen_do_not_come_out_black(tmp_path: Path, channels: int, most: int) -> None:
    values = _sixteen(most, channels)
    if channels == 4:
        values[..., 3] = 65535
    (tmp_path / "a.png").write_bytes(png(values))
    with pytest.warns(InputWarning, match=f"for one of {8 if most < 256 else 12} bits"):
        read = read_picture(tmp_path / "a.png")
    colours = np.repeat(values, 3, axis=2) if channels == 1 else values[..., :3]
    expected = np.rint(colours * 255.0 / (255 if most < 256 else 4095))
    assert np.abs(read - expected).max() <= (0 if channels == 1 else 1)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("most", [4096, 20_000, 65_535])
def test_sixteen_bits_stay_sixteen(tmp_path: Path, channels: int, most: int, recwarn: pytest.WarningsRecorder) -> None:
    values = _sixteen(most, channels)
    (tmp_path / "a.png").write_bytes(png(values))
    read = read_picture(tmp_path / "a.png")
    assert not recwarn.list
    expected = np.rint(values / 257.0) if channels == 1 else values >> 8  # Pillow cuts colours
    np.testing.assert_array_equal(read, np.broadcast_to(expected, (9, 7, 3)))


@pytest.mark.parametrize("kind", ["tif", "pgm"])
def test_twelve_bits_are_noticed_in_other_formats(tmp_path: Path, kind: str) -> None:
    values = _sixteen(4000, 1)[..., 0]
    path = tmp_path / f"a.{kind}"
    if kind == "tif":
        Image.fromarray(values).save(path)
    else:
        path.write_bytes(b"P5 7 9 65535\n" + values.astype(">u2").tobytes())
    with pytest.warns(InputWarning, match="for one of 12 bits"):
        read = read_picture(path)
    np.testing.assert_array_equal(read[..., 0], np.rint(values * 255.0 / 4095))


def test_colours_and_transparency_of_twelve_bits_are_refused_where_they_cannot_be_had(tmp_path: Path) -> None:
    values = _sixteen(3000, 2)
    values[..., 1] = 65535
    (tmp_path / "a.png").write_bytes(png(values))
    with pytest.raises(BrokenImage, match="at most 12 bits in 16, and would come out black"):
        read_picture(tmp_path / "a.png")


def test_a_black_picture_is_black(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    for channels in (1, 3):
        (tmp_path / "a.png").write_bytes(png(np.zeros((4, 5, channels), np.uint16)))
        assert not read_picture(tmp_path / "a.png").any()
    assert not recwarn.list


@pytest.mark.parametrize(
    ("kind", "bits", "side", "fits"),
    [(0, 16, 3_000, True), (0, 16, 7_500, False), (6, 8, 7_500, False), (4, 8, 7_500, False), (2, 8, 10_500, False)],
)
def test_a_bomb_takes_little_memory(tmp_path: Path, kind: int, bits: int, side: int, fits: bool) -> None:  # noqa: FBT001
    """A picture of one colour packs to a thousandth; its size is stated first, and refused where it is too much."""
    rows = zlib.compress(bytes((side * bits * {0: 1, 2: 3, 4: 2, 6: 4}[kind] // 8 + 1) * (side if fits else 2)), 1)

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", side, side, bits, kind, 0, 0, 0)
    whole = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    (tmp_path / "bomb.png").write_bytes(whole)
    del rows, whole
    tracemalloc.start()
    try:
        if fits:
            assert read_picture(tmp_path / "bomb.png").shape == (side, side, 3)
        else:
            with pytest.raises(BrokenImage, match="scale it down first"):
                read_picture(tmp_path / "bomb.png")
        assert tracemalloc.get_traced_memory()[1] < (100e6 if fits else 20e6)
    finally:
        tracemalloc.stop()
