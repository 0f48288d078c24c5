"""The Places365 SqueezeNet's file: read as Lasagne means it, and a bad one can neither run code nor crash."""

from __future__ import annotations

import os
import pickle
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from tests.kit.shared import shared
from tests.visualize.models.readers.kit import Reduced, refused
from visualize.models.architectures.places_squeezenet import places_squeezenet
from visualize.models.readers import read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


Arrays = list[NDArray[Any]]
NO_ARRAYS = "no pickled list of float32 arrays"


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
        result = net.get_submodule("conv1")(torch.from_numpy(picture).float()[None])[0]
    np.testing.assert_allclose(result.numpy(), expected, rtol=1e-5, atol=1e-5)


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
    refused(path, "places-squeezenet", f"it asks for {module}.{name}")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("function", [os.system, eval, np.ndarray.tofile, np.load])
def test_a_pickle_that_python_itself_wrote_with_a_call_in_it_is_refused(
    tmp_path: Path, function: Callable[..., object]
) -> None:
    arrays: list[object] = [
        *places_arrays()[:3],
        Reduced(function, f"__import__('os').mkdir({str(tmp_path / 'ran')!r})"),
    ]
    refused(write(tmp_path / "net.params", arrays), "places-squeezenet", "nothing in it was run")
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
    for content in ([held], held):
        refused(write(tmp_path / "net.params", content), "places-squeezenet", NO_ARRAYS)


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
    refused(path, "places-squeezenet", NO_ARRAYS)


def test_a_huge_array_is_not_allocated(tmp_path: Path) -> None:
    data = pickle.dumps([np.zeros(3, np.float32)], protocol=3)
    assert data.count(b"K\x03\x85") == 1
    path = tmp_path / "net.params"
    path.write_bytes(data.replace(b"K\x03\x85", b"J\xff\xff\xff\x7f\x85"))  # a shape of (2147483647,)
    refused(path, "places-squeezenet", "12 bytes for an array of shape (2147483647,)")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "net.params"
    with path.open("wb") as file:
        file.truncate(1 << 33)
    refused(path, "places-squeezenet", "it was not read")


@pytest.mark.parametrize("kept", [1, 1000, 50_000, -1])
def test_truncated_files_are_refused(tmp_path: Path, kept: int) -> None:
    path = write(tmp_path / "net.params", places_arrays())
    path.write_bytes(path.read_bytes()[:kept])
    refused(path, "places-squeezenet", NO_ARRAYS)


def test_wrong_shapes_counts_and_values_are_named(tmp_path: Path) -> None:
    path, arrays = tmp_path / "net.params", places_arrays()
    refused(write(path, arrays[:-2]), "places-squeezenet", "ends before conv10")
    refused(write(path, [*arrays, arrays[0]]), "places-squeezenet", "more arrays")
    changed = [*arrays]
    changed[6] = arrays[6][:8]
    shapes = "shape (8, 64, 1, 1) where fire2.squeeze needs (16, 64, 1, 1)"
    refused(write(path, changed), "places-squeezenet", shapes)
    changed = [*arrays]
    changed[12] = np.full_like(arrays[12], np.nan)
    refused(write(path, changed), "places-squeezenet", "undefined values in fire2.expand1x1")


def test_the_published_file_has_every_weight_in_place() -> None:
    state = read(shared("weights/squeezenet_weights_places365.params"), "places-squeezenet")
    places_squeezenet().load_state_dict(state)
