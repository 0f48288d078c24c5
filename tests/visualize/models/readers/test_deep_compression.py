"""Deep Compression's SqueezeNet: unpacked as it was packed, and refused where it does not add up."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np

from tests.kit.shared import shared
from tests.visualize.models.readers.kit import refused
from visualize.models.readers import read
from visualize.models.sources.torchvision import network

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def compressed(weights: dict[str, NDArray[np.float32]]) -> bytes:
    """Deep Compression's file for given sparse weights, one weight at a time as the format is described."""
    counts, blocks = [], []
    names = [name for name in weights if name.endswith(".weight")]
    for name in names:
        flat = weights[name].ravel()
        book = [0.0, *sorted(set(flat[flat != 0].tolist()))]
        codes, gaps, last = [], [], -1
        for position in np.flatnonzero(flat):
            while position - last > 16:  # a gap holds 0..15; a stored zero bridges longer ones
                codes.append(0)
                gaps.append(15)
                last += 16
            codes.append(book.index(float(flat[position])))
            gaps.append(int(position) - last - 1)
            last = int(position)
        counts.append(len(codes))
        halves = [*gaps, 0] if len(gaps) % 2 else gaps
        packed = bytes(low | high << 4 for low, high in zip(halves[::2], halves[1::2], strict=True))
        bias = weights[name.replace(".weight", ".bias")].astype("<f4").tobytes()
        blocks.append(struct.pack("<256f", *book, *[9.0] * (256 - len(book))) + bias + bytes(codes) + packed)
    return struct.pack("<26I", *counts) + b"".join(blocks)


def sparse_squeezenet() -> dict[str, NDArray[np.float32]]:
    rng = np.random.default_rng(2)
    state = {}
    for name, tensor in network("squeezenet1_0").state_dict().items():
        values = rng.integers(1, 50, tuple(tensor.shape)) / np.float32(64)
        dropped = rng.random(tuple(tensor.shape)) < (0.95 if "weight" in name else 0)
        state[name] = np.where(dropped, 0, values).astype(np.float32)
    return state


def test_deep_compression_gives_back_what_was_packed(tmp_path: Path) -> None:
    wanted = sparse_squeezenet()
    path = tmp_path / "small.net"
    path.write_bytes(compressed(wanted))
    state = read(path, "deep-compression")
    assert set(state) == set(wanted)
    for name, values in wanted.items():
        np.testing.assert_array_equal(state[name], values)


def test_deep_compression_refuses_what_does_not_add_up(tmp_path: Path) -> None:
    data = compressed(sparse_squeezenet())
    path = tmp_path / "small.net"
    for broken in (data[:-1], data[:100], b"", data + b"\0", b"\xff" * len(data)):
        path.write_bytes(broken)
        refused(path, "deep-compression", "is no compressed SqueezeNet")
    codebook, count = 104, struct.unpack_from("<I", data)[0]
    path.write_bytes(data[:codebook] + struct.pack("<f", np.inf) + data[codebook + 4 :])
    refused(path, "deep-compression", "infinite or undefined values")
    gaps = codebook + 1024 + 4 * 96 + count
    path.write_bytes(data[:gaps] + b"\xff" * ((count + 1) // 2) + data[gaps + (count + 1) // 2 :])
    refused(path, "deep-compression", "features.0 has a weight at position")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "small.net"
    with path.open("wb") as file:
        file.truncate(1 << 33)
    refused(path, "deep-compression", "has more than 16,777,216 bytes")


def test_the_published_file_has_every_weight_in_place() -> None:
    state = read(shared("weights/compressed_SqueezeNet.net"), "deep-compression")
    network("squeezenet1_0").load_state_dict(state)
