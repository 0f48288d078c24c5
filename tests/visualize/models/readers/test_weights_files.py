"""Weights files: what is read from good ones, and that bad ones can neither run code nor crash."""

from __future__ import annotations

import io
import os
import pickle
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file

from methods.errors import InputError
from tests.kit.shared import shared
from visualize.models.architectures.places_squeezenet import places_squeezenet
from visualize.models.readers import read
from visualize.models.sources.torchvision import network

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


Arrays = list[NDArray[Any]]


def places_arrays() -> Arrays:
    """152 arrays of the published shapes, made up; listed by hand from the paper's table, not from the reader."""
    rng = np.random.default_rng(0)
    shapes: list[tuple[int, ...]] = [(64, 3, 3, 3)]
    for inputs, squeeze, expand in ((64, 16, 64), (128, 16, 64), (128, 32, 128), (256, 32, 128), (256, 48, 192),
                                    (384, 48, 192), (384, 64, 256), (512, 64, 256)):  # fmt: skip
        shapes += [(squeeze, inputs, 1, 1), (expand, squeeze, 1, 1), (expand, squeeze, 3, 3)]
    arrays: Arrays = []
    for shape in shapes:
        arrays.append(rng.normal(0, 0.1, shape).astype(np.float32))
        arrays += [rng.uniform(0.5, 1.5, shape[0]).astype(np.float32) for _ in range(5)]
    return [*arrays, *(rng.normal(0, 0.1, shape).astype(np.float32) for shape in ((365, 512, 1, 1), (365,)))]


def write(path: Path, held: object) -> Path:
    path.write_bytes(pickle.dumps(held, protocol=3))
    return path


def refused(path: Path, reader: str) -> str:
    with pytest.raises(InputError) as caught:
        read(path, reader)
    message = str(caught.value)
    assert path.name in message
    assert "\n" not in message
    return message


def test_places_squeezenet_computes_what_lasagne_computes(tmp_path: Path) -> None:
    """conv1 in float64 from the raw arrays: true convolution, batch norm as Lasagne writes it, leaky ReLU of 0.55."""
    arrays = places_arrays()
    net = places_squeezenet().eval()
    net.load_state_dict(read(write(tmp_path / "net.params", arrays), "places-squeezenet"))
    picture = np.random.default_rng(1).normal(size=(3, 9, 9))
    weight, bias, beta, gamma, mean, inverse = (array.astype(np.float64) for array in arrays[:6])
    padded = np.pad(picture, ((0, 0), (1, 1), (1, 1)))
    expected = np.zeros((64, 5, 5))
    for row in range(5):
        for column in range(5):
            window = padded[:, 2 * row : 2 * row + 3, 2 * column : 2 * column + 3]
            expected[:, row, column] = (weight[:, :, ::-1, ::-1] * window).sum((1, 2, 3)) + bias
    expected = (expected - mean[:, None, None]) * (gamma * inverse)[:, None, None] + beta[:, None, None]
    expected = np.where(expected > 0, expected, 0.55 * expected)
    with torch.no_grad():
        found = net.get_submodule("conv1")(torch.from_numpy(picture).float()[None])[0]
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5, atol=1e-5)


def test_places_squeezenet_reads_every_array_into_its_place(tmp_path: Path) -> None:
    arrays = places_arrays()
    state = read(write(tmp_path / "net.params", arrays), "places-squeezenet")
    for name, start in (("conv1", 0), ("fire2.squeeze", 6), ("fire2.expand3x3", 18), ("fire9.expand1x1", 138)):
        np.testing.assert_array_equal(state[f"{name}.conv.weight"], arrays[start][:, :, ::-1, ::-1])
        np.testing.assert_array_equal(state[f"{name}.conv.bias"], arrays[start + 1])
        np.testing.assert_array_equal(state[f"{name}.norm.bias"], arrays[start + 2])
        np.testing.assert_array_equal(state[f"{name}.norm.running_mean"], arrays[start + 4])
    np.testing.assert_array_equal(state["conv10.conv.weight"], arrays[150])
    np.testing.assert_array_equal(state["conv10.conv.bias"], arrays[151])


class Reduced:
    """Pickles as a call of any function with any arguments."""

    def __init__(self, function: Callable[..., object], *arguments: object) -> None:
        self._call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self._call


def gadget(module: str, name: str, argument: str) -> bytes:
    """A protocol 3 pickle that calls ``module.name(argument)``, whether or not that exists here."""
    text = argument.encode()
    return b"\x80\x03c" + f"{module}\n{name}\n".encode() + b"X" + struct.pack("<I", len(text)) + text + b"\x85R."


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("os", "system"),
        ("posix", "system"),
        ("builtins", "eval"),
        ("builtins", "exec"),
        ("numpy.testing._private.utils", "runstring"),
        ("numpy.f2py.crackfortran", "myeval"),
        ("numpy", "load"),
        ("numpy", "memmap"),
        ("numpy.core.multiarray", "fromfile"),
        ("_codecs", "encode"),
        ("visualize.models.readers.places_squeezenet", "os.system"),
    ],
)
def test_a_pickle_that_calls_anything_is_refused(tmp_path: Path, module: str, name: str) -> None:
    path = tmp_path / "net.params"
    path.write_bytes(gadget(module, name, f"touch {tmp_path / 'ran'}"))
    assert f"it asks for {module}.{name}" in refused(path, "places-squeezenet")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("function", [os.system, eval, np.ndarray.tofile, np.load])
def test_a_pickle_that_python_itself_wrote_with_a_call_in_it_is_refused(
    tmp_path: Path, function: Callable[..., object]
) -> None:
    arrays: list[object] = [
        *places_arrays()[:3],
        Reduced(function, f"__import__('os').mkdir({str(tmp_path / 'ran')!r})"),
    ]
    refused(write(tmp_path / "net.params", arrays), "places-squeezenet")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    "held",
    [
        np.array([{"a": 1}], dtype=object),
        np.zeros(3, np.float64),
        np.zeros(3, ">f4"),
        np.zeros(3, [("a", "<f4")]),
        np.asfortranarray(np.zeros((64, 3, 3, 3), np.float32)),
        {"a": 1},
        7,
        None,
        np.float32(1),
    ],
)
def test_other_contents_are_refused(tmp_path: Path, held: object) -> None:
    refused(write(tmp_path / "net.params", [held]), "places-squeezenet")
    refused(write(tmp_path / "net.params", held), "places-squeezenet")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"garbage, not a pickle",
        b"\x80\x03]r\xff\xff\xff\xff.",  # a memo index that would make a table of 34 GB
        b"\x80\x03B\xff\xff\xff\x7fshort.",  # bytes that are announced and do not come
        b"\x80\x03cnumpy\nndarray\nK\x01\x85R.",  # numpy.ndarray called
        b"\x80\x03cnumpy.core.multiarray\n_reconstruct\nX\x01\x00\x00\x00xb.",  # a state set on the function itself
        b"\x80\x03cnumpy\ndtype\n}X\x0c\x00\x00\x00__setstate__K\x01s\x86b.",
        b"\x80\x03(((((((((((((((.",
        b"\x80\x03]q\x00h\x00a.",  # a list that holds itself
    ],
)
def test_odd_pickles_are_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "net.params"
    path.write_bytes(data)
    refused(path, "places-squeezenet")


def test_a_huge_array_is_not_allocated(tmp_path: Path) -> None:
    data = pickle.dumps([np.zeros(3, np.float32)], protocol=3)
    assert data.count(b"K\x03\x85") == 1
    path = tmp_path / "net.params"
    path.write_bytes(data.replace(b"K\x03\x85", b"J\xff\xff\xff\x7f\x85"))  # a shape of (2147483647,)
    assert "12 bytes for an array of shape (2147483647,)" in refused(path, "places-squeezenet")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    for reader in ("places-squeezenet", "deep-compression"):
        path = tmp_path / f"net.{reader}"
        with path.open("wb") as file:
            file.truncate(1 << 33)
        assert "bytes" in refused(path, reader)


@pytest.mark.parametrize("kept", [1, 1000, 50_000, -1])
def test_truncated_files_are_refused(tmp_path: Path, kept: int) -> None:
    path = write(tmp_path / "net.params", places_arrays())
    path.write_bytes(path.read_bytes()[:kept])
    refused(path, "places-squeezenet")


def test_wrong_shapes_counts_and_values_are_named(tmp_path: Path) -> None:
    path, arrays = tmp_path / "net.params", places_arrays()
    assert "ends before conv10" in refused(write(path, arrays[:-2]), "places-squeezenet")
    assert "more arrays" in refused(write(path, [*arrays, arrays[0]]), "places-squeezenet")
    changed = [*arrays]
    changed[6] = arrays[6][:8]
    assert "shape (8, 64, 1, 1) where fire2.squeeze needs (16, 64, 1, 1)" in refused(
        write(path, changed), "places-squeezenet"
    )
    changed = [*arrays]
    changed[12] = np.full_like(arrays[12], np.nan)
    assert "undefined values in fire2.expand1x1" in refused(write(path, changed), "places-squeezenet")


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
    found = read(path, "deep-compression")
    assert set(found) == set(wanted)
    for name, values in wanted.items():
        np.testing.assert_array_equal(found[name], values)


def test_deep_compression_refuses_what_does_not_add_up(tmp_path: Path) -> None:
    data = compressed(sparse_squeezenet())
    path = tmp_path / "small.net"
    for broken in (data[:-1], data[:100], b"", data + b"\0", b"\xff" * len(data)):
        path.write_bytes(broken)
        refused(path, "deep-compression")
    codebook, count = 104, struct.unpack_from("<I", data)[0]
    path.write_bytes(data[:codebook] + struct.pack("<f", np.inf) + data[codebook + 4 :])
    assert "infinite" in refused(path, "deep-compression")
    gaps = codebook + 1024 + 4 * 96 + count
    path.write_bytes(data[:gaps] + b"\xff" * ((count + 1) // 2) + data[gaps + (count + 1) // 2 :])
    assert "features.0 has a weight at position" in refused(path, "deep-compression")


@pytest.mark.parametrize(
    "wrap", [dict, lambda state: {"state_dict": state, "epoch": 3}, lambda state: {"model": state}]
)
def test_torch_checkpoints_are_read_nested_or_not(tmp_path: Path, wrap: Callable[[object], object]) -> None:
    wanted = {"a.weight": torch.arange(6.0).view(2, 3), "a.bias": torch.zeros(2)}
    for legacy in (False, True):
        torch.save(wrap(wanted), tmp_path / "net.pth", _use_new_zipfile_serialization=not legacy)
        found = read(tmp_path / "net.pth", "torch")
        assert list(found) == list(wanted)
        torch.testing.assert_close(found["a.weight"], wanted["a.weight"])


@pytest.mark.parametrize("legacy", [False, True])
def test_a_torch_checkpoint_with_code_in_it_is_refused(tmp_path: Path, *, legacy: bool) -> None:
    for number, held in enumerate((Reduced(os.mkdir, str(tmp_path / "ran")), torch.nn.Linear(2, 2))):
        path = tmp_path / f"net{number}.pt"
        torch.save({"state_dict": held}, path, _use_new_zipfile_serialization=not legacy)
        assert "if you trust it, convert it" in refused(path, "torch")
    assert not (tmp_path / "ran").exists()


def test_other_torch_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "net.pt"
    torch.save([torch.zeros(2)], path)
    assert "no state dict" in refused(path, "torch")
    torch.save({"state_dict": {"a": 1}}, path)
    assert "no state dict" in refused(path, "torch")
    buffer = io.BytesIO()
    torch.save({"a": torch.zeros(1000)}, buffer)
    for data in (buffer.getvalue()[:2000], b"PK\x03\x04 not a zip", b"", b"hello"):
        path.write_bytes(data)
        refused(path, "torch")


def test_safetensors_are_known_by_their_content(tmp_path: Path) -> None:
    save_file({"a": torch.arange(3.0)}, tmp_path / "net.pth")
    assert read(tmp_path / "net.pth", "places-squeezenet")["a"].tolist() == [0, 1, 2]
    data = (tmp_path / "net.pth").read_bytes()
    (tmp_path / "net.pth").write_bytes(data[:-1])
    assert "safetensors" in refused(tmp_path / "net.pth", "torch")


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    assert "no weights file" in refused(tmp_path / "nothing.pt", "torch")
    assert "it is a folder" in refused(tmp_path, "torch")


def test_the_published_files_have_every_weight_in_place() -> None:
    places = read(shared("weights/squeezenet_weights_places365.params"), "places-squeezenet")
    places_squeezenet().load_state_dict(places)
    imagenet = read(shared("weights/compressed_SqueezeNet.net"), "deep-compression")
    network("squeezenet1_0").load_state_dict(imagenet)
