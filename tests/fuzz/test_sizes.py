"""Sizes that a few bytes or letters ask for: refused before the memory is taken or the time spent."""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from tests.kit.hostile import refused
from tests.visualize.cli.kit import viz
from tests.visualize.cli.shops import of_labels
from tests.visualize.data.made_sets import rewrite

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HUGE, DIGITS = "1000000000", "9" * 5000


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny network and a set; what is imported late is imported."""
    root = of_labels(tmp_path_factory.mktemp("home"))
    assert viz("layers", f"{root}/tiny.py:tiny").status == 0
    return root


@pytest.mark.parametrize(
    "arguments",
    [
        "top --unit 0 --layer conv --images SET --count HUGE",
        "top --unit 0 --layer conv --images scenes --count HUGE",
        "ascent --unit 0 --layer conv --steps HUGE",
        "ascent --unit 0 --layer conv --count HUGE",
        "saliency --unit 0 --layer conv --kind smoothgrad --samples HUGE --image SET/images/0.png",
        "dream --unit 0 --layer conv --octaves HUGE --image SET/images/0.png",
        "dream --unit 0 --layer conv --steps HUGE --image SET/images/0.png",
        "dissect --layer relu --data scenes --count HUGE",
        "dissect --layer relu --data SET --shard 1/HUGE",
        "dissect --layer relu --data SET --shard HUGE/HUGE",
        "dissect --layer relu --data SET --shard 1/DIGITS",
        "dissect --layer relu --data SET --minimum-area HUGEHUGEHUGE",
        "dissect --layer relu --data SET --compose HUGE",
        "dissect --layer relu --data SET --resamples HUGE",
        "dissect --layer relu --data SET --shard 1/2 --verify",
        "dissect --layer relu --data SET --shard 1/2 --held-out",
        "connections --unit 0 --layer conv --images SET --count HUGE",
        "ablate --layer conv --data SET --least HUGE",
        "dream --unit 0 --layer conv --precision fp16 --image SET/images/0.png",
        "dissect --layer relu --data scenes --count 2 --seed DIGITS",
        "saliency --unit DIGITS --layer conv --image SET/images/0.png",
        "saliency --unit 0-HUGE --layer conv --image SET/images/0.png",
        "saliency --unit 0@HUGE,HUGE --layer conv --image SET/images/0.png",
    ],
)
def test_numbers_without_bound(arguments: str, home: Path) -> None:
    given = arguments.replace("SET", str(home / "set")).replace("HUGE", HUGE).replace("DIGITS", DIGITS)
    refused(*given.split(), "--model", f"{home}/tiny.py:tiny", "--out", home / "out", within=home)


def _stride_zero(path: Path) -> None:
    torch.save({"conv.weight": torch.zeros(1).expand(10**10)}, path)


def _many_views(path: Path) -> None:
    torch.save({f"weight{number}": torch.zeros(1).expand(10**7) for number in range(100)}, path)


def _sparse(path: Path) -> None:
    torch.save(
        {"conv.weight": torch.sparse_coo_tensor(torch.zeros(2, 1, dtype=torch.long), [1.0], (10**6, 10**6))}, path
    )


def _complex(path: Path) -> None:
    torch.save({"conv.weight": torch.zeros(6, 3, 3, 3, dtype=torch.complex64)}, path)


def _nested(path: Path) -> None:
    held: dict[str, object] = {}
    held["model"] = held
    torch.save(held, path)


def _wrong_checksum(path: Path) -> None:
    torch.save({"conv.weight": torch.zeros(6, 3, 3, 3)}, path)
    with zipfile.ZipFile(path) as held:
        member = next(item for item in held.infolist() if item.filename.endswith("data/0"))
    content = bytearray(path.read_bytes())
    content[member.header_offset + 400] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("make", [_stride_zero, _many_views, _sparse, _complex, _nested, _wrong_checksum])
def test_checkpoints_that_ask_for_more_than_they_hold(make: Callable[[Path], None], home: Path) -> None:
    make(home / "net.pth")
    refused("layers", f"{home}/tiny.py:tiny", "--weights", home / "net.pth", within=home)


def _header(shape: tuple[int, ...]) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return file.getvalue()


@pytest.mark.parametrize("shape", [(10**11,), (2**31, 2**31, 2**31), (-1, 4), tuple([1] * 100)])
def test_arrays_whose_header_lies(shape: tuple[int, ...], home: Path) -> None:
    with zipfile.ZipFile(home / "lie.npz", "w") as held:
        held.writestr("conv.weight.npy", _header(shape) + bytes(400))
    refused("layers", f"{home}/tiny.py:tiny", "--weights", home / "lie.npz", within=home)


def test_arrays_that_unpack_to_a_thousand_times_their_file(home: Path) -> None:
    with zipfile.ZipFile(home / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as held, held.open("a.npy", "w") as file:
        file.write(_header((50_000_000,)))
        for _ in range(200):
            file.write(bytes(1_000_000))
    refused("layers", f"{home}/tiny.py:tiny", "--weights", home / "bomb.npz", within=home)


@pytest.mark.parametrize("length", [None, 10**15, 100_000_001])
def test_safetensors_whose_header_lies(length: int | None, home: Path) -> None:
    head = json.dumps({"a": {"dtype": "F32", "shape": [10**11], "data_offsets": [0, 4 * 10**11]}}).encode()
    (home / "lie.safetensors").write_bytes(struct.pack("<Q", length or len(head)) + head + bytes(100))
    refused("layers", f"{home}/tiny.py:tiny", "--weights", home / "lie.safetensors", within=home)


def _png(path: Path, side: int) -> None:
    """A PNG of one bit a pixel, all black, of some kilobytes."""
    packer = zlib.compressobj(9)
    data = b"".join([*(packer.compress(bytes(1 + (side + 7) // 8)) for _ in range(side)), packer.flush()])
    path.parent.mkdir(parents=True, exist_ok=True)
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", data), (b"IEND", b""))
    body = b"".join(struct.pack(">I", len(c)) + k + c + struct.pack(">I", zlib.crc32(k + c)) for k, c in chunks)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


@pytest.mark.parametrize("side", [6_000, 31_623])
def test_label_maps_of_up_to_ten_to_the_nine_pixels(side: int, tmp_path: Path) -> None:
    _png(tmp_path / "images/a.png", side)
    _png(tmp_path / "masks/a.png", side)
    (tmp_path / "names.txt").write_text("1 wall\n")
    refused("data", tmp_path, within=tmp_path, warned=True)


def test_label_maps_that_an_index_would_blow_up(tmp_path: Path) -> None:
    root = of_labels(tmp_path) / "set"
    rewrite(root / "index.csv", "0.png,train,16,16,8,8", "0.png,train,1,1,30000,30000")
    refused("data", root, within=root)


def test_json_and_tables_of_millions_of_values(tmp_path: Path) -> None:
    (tmp_path / "panoptic_a.json").write_bytes(b"[" + b"[]," * 12_000_000 + b"[]]")
    refused("data", f"coco:{tmp_path}", within=tmp_path)
    (tmp_path / "a.csv").write_bytes(b"unit,category\n" + b"ab," * 10_000_000)
    refused("compare", tmp_path / "a.csv", "--out", tmp_path / "a.png", within=tmp_path)
