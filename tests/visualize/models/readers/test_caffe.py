"""Caffe's files: real ones against OpenCV's reader, made ones of both generations, and broken ones."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import nn

from tests.kit.refusal import refusal
from tests.kit.shared import shared
from tests.visualize.models.caffe_files import blob, caffemodel, chunk, described, number, opencv, varint
from tests.visualize.models.readers.kit import refused
from visualize.methods.errors import InputError
from visualize.models.readers import caffe, read

if TYPE_CHECKING:
    from pathlib import Path


RNG = np.random.default_rng(0)


def random(*shape: int) -> np.ndarray:
    return RNG.normal(0, 0.1, shape).astype(np.float32)


def pool(size: int) -> nn.Module:
    return nn.MaxPool2d(size, 2, ceil_mode=True)


def net(layers: dict[str, nn.Module]) -> nn.Sequential:
    return nn.Sequential(OrderedDict(layers))


# After the .prototxt files: the parts up to where the outputs branch, and the branches.
MTCNN: dict[int, tuple[int, dict[str, nn.Module], dict[str, nn.Module]]] = {
    1: (
        12,
        {"conv1": nn.Conv2d(3, 10, 3), "PReLU1": nn.PReLU(10), "pool1": pool(2), "conv2": nn.Conv2d(10, 16, 3),
         "PReLU2": nn.PReLU(16), "conv3": nn.Conv2d(16, 32, 3), "PReLU3": nn.PReLU(32)},
        {"conv4-1": nn.Conv2d(32, 2, 1), "conv4-2": nn.Conv2d(32, 4, 1)},
    ),
    2: (
        24,
        {"conv1": nn.Conv2d(3, 28, 3), "prelu1": nn.PReLU(28), "pool1": pool(3), "conv2": nn.Conv2d(28, 48, 3),
         "prelu2": nn.PReLU(48), "pool2": pool(3), "conv3": nn.Conv2d(48, 64, 2), "prelu3": nn.PReLU(64),
         "flat": nn.Flatten(), "conv4": nn.Linear(576, 128), "prelu4": nn.PReLU(128)},
        {"conv5-1": nn.Linear(128, 2), "conv5-2": nn.Linear(128, 4)},
    ),
    3: (
        48,
        {"conv1": nn.Conv2d(3, 32, 3), "prelu1": nn.PReLU(32), "pool1": pool(3), "conv2": nn.Conv2d(32, 64, 3),
         "prelu2": nn.PReLU(64), "pool2": pool(3), "conv3": nn.Conv2d(64, 64, 3), "prelu3": nn.PReLU(64),
         "pool3": pool(2), "conv4": nn.Conv2d(64, 128, 2), "prelu4": nn.PReLU(128), "flat": nn.Flatten(),
         "conv5": nn.Linear(1152, 256), "prelu5": nn.PReLU(256)},
        {"conv6-1": nn.Linear(256, 2), "conv6-2": nn.Linear(256, 4), "conv6-3": nn.Linear(256, 10)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("which", [1, 2, 3])
def test_real_models_compute_what_opencv_s_caffe_reader_computes(which: int) -> None:
    pytest.importorskip("cv2", reason="OpenCV 4 (dev group) is the oracle")
    size, trunk, heads = MTCNN[which]
    file = shared(f"weights/mtcnn/det{which}.caffemodel")
    state = dict(read(file, "caffe"))
    network = nn.ModuleDict({"trunk": net(trunk), "heads": nn.ModuleDict(heads)})
    wanted = {
        f"{part}.{name}": state.pop(name)
        for part, held in (("trunk", trunk), ("heads", heads))
        for layer, module in held.items()
        for name in (f"{layer}.{key}" for key in module.state_dict())
    }
    network.load_state_dict(wanted)
    assert {name.split(".")[0] for name in state} <= {"conv5-3"}  # in det2.caffemodel, and in no part of its network
    picture = np.random.default_rng(which).normal(size=(1, 3, size, size)).astype(np.float32)
    prototxt = described(shared(f"weights/mtcnn/det{which}.prototxt"))
    expected = opencv(prototxt, file.read_bytes(), picture, list(heads))
    with torch.no_grad():
        features = network["trunk"](torch.from_numpy(picture))
        for (name, head), theirs in zip(heads.items(), expected, strict=True):
            np.testing.assert_allclose(head(features).numpy(), theirs, rtol=1e-4, atol=1e-5, err_msg=name)


def test_the_mean_image_of_places365_has_its_published_means() -> None:
    path = shared("reference/places365/places365CNN_mean.binaryproto")
    assert caffe.read_blob(path).shape == (1, 3, 256, 256)
    assert caffe.mean_values(path) == pytest.approx((104.05, 112.51, 116.68), abs=0.005)


@pytest.mark.parametrize("old", [False, True])
def test_both_generations_of_layers_give_the_same_names_and_shapes(tmp_path: Path, *, old: bool) -> None:
    weights = {
        "conv1": ("Convolution", [random(4, 3, 5, 5), random(4)]),
        "relu1": ("ReLU", []),
        "conv2/3x3": ("Convolution", [random(1, 4, 3, 3)]),
        "fc": ("InnerProduct", [random(6, 16), random(6)]),
    }
    path = tmp_path / "net.caffemodel"
    path.write_bytes(caffemodel([(name, *rest) for name, rest in weights.items()], old=old))
    state = read(path, "torch")  # known by its name
    assert list(state) == ["conv1.weight", "conv1.bias", "conv2/3x3.weight", "fc.weight", "fc.bias"]
    for key, (_, arrays) in weights.items():
        for part, array in zip(("weight", "bias"), arrays, strict=False):
            np.testing.assert_array_equal(state[f"{key}.{part}"], array)


def test_batch_norm_is_divided_by_its_count_as_caffe_does(tmp_path: Path) -> None:
    mean, variance = random(5), np.abs(random(5))
    layers = [
        ("bn", "BatchNorm", [mean * 8, variance * 8, np.array([8], np.float32)]),
        ("empty", "BatchNorm", [mean, variance, np.zeros(1, np.float32)]),
        ("scale", "Scale", [random(5), random(5)]),
    ]
    path = tmp_path / "net.caffemodel"
    path.write_bytes(caffemodel(layers))
    state = read(path, "caffe")
    np.testing.assert_allclose(state["bn.running_mean"], mean, rtol=1e-6)
    np.testing.assert_allclose(state["bn.running_var"], variance, rtol=1e-6)
    assert not state["empty.running_mean"].any()
    np.testing.assert_array_equal(state["scale.weight"], layers[2][2][0])


def test_double_precision_and_chunked_numbers_are_read(tmp_path: Path) -> None:
    values = random(2, 3, 1, 1)
    shape = chunk(7, chunk(1, b"".join(map(varint, values.shape))))
    flat = values.reshape(-1)
    parts = {
        "double": shape + chunk(8, flat.astype("<f8").tobytes()),
        "chunked": shape + chunk(5, flat[:2].tobytes()) + chunk(5, flat[2:].tobytes()),
    }
    layers = [chunk(1, name.encode()) + chunk(2, b"Convolution") + chunk(7, part) for name, part in parts.items()]
    path = tmp_path / "net.caffemodel"
    path.write_bytes(b"".join(chunk(100, layer) for layer in layers))
    for name in parts:
        np.testing.assert_array_equal(read(path, "caffe")[f"{name}.weight"], values)


GOOD = caffemodel([("conv", "Convolution", [random(2, 3, 3, 3), random(2)])])
SHAPE = chunk(7, chunk(1, varint(2)))


@pytest.mark.parametrize(
    ("kept", "reason"),
    [(0, "it has 0 layers"), (5, "it has 0 layers"), *((kept, "no complete") for kept in (1, 40, 100, len(GOOD) - 1))],
)
def test_truncated_files_are_refused(tmp_path: Path, kept: int, reason: str) -> None:
    (tmp_path / "net.caffemodel").write_bytes(GOOD[:kept])
    refused(tmp_path / "net.caffemodel", "caffe", reason)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"this is no protobuf at all", "no complete Caffe file"),
        (chunk(100, chunk(1, b"a")), "none with numbers"),
        (chunk(100, chunk(1, b"\xff\xfe") + chunk(7, blob(random(2)))), "a layer's name is not text"),
        (chunk(100, chunk(1, b"a") + chunk(7, SHAPE + chunk(5, bytes(4)))), "4 bytes of numbers for a shape of (2,)"),
        (chunk(100, chunk(1, b"a") + chunk(7, SHAPE)), "is damaged: layer a"),
        (chunk(100, chunk(1, b"a") + chunk(7, chunk(7, chunk(1, varint(1) * 33)) + chunk(5, bytes(4)))), "damaged"),
        (chunk(100, chunk(1, b"a") + chunk(7, number(1, 1 << 31) + chunk(5, bytes(4)))), "damaged"),
        (GOOD + GOOD, "two layers that are called 'conv'"),
        (
            caffemodel([("c", "Convolution", [np.full((1, 1, 1, 1), np.nan, np.float32)])]),
            "undefined values in layer c",
        ),
        (caffemodel([("b", "BatchNorm", [random(2), random(2)])]), "2 arrays in the batch norm b; expected 3"),
        (caffemodel([("c", "Convolution", [random(1), random(1), random(1)])]), "3 arrays in layer c"),
    ],
)
def test_malformed_files_are_refused_in_one_line(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "net.caffemodel").write_bytes(content)
    refused(tmp_path / "net.caffemodel", "caffe", reason)


def test_no_byte_that_is_changed_crashes_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "net.caffemodel"
    for place in range(80):
        path.write_bytes(GOOD[:place] + bytes([GOOD[place] ^ 0x5A]) + GOOD[place + 1 :])
        with contextlib.suppress(InputError):
            read(path, "caffe")


def test_a_huge_file_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "net.caffemodel"
    with path.open("wb") as file:
        file.truncate(1 << 32)
    refused(path, "caffe", "files end at 2,147,483,647")


def test_a_mean_that_is_no_image_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mean.binaryproto"
    path.write_bytes(blob(random(3)))
    with refusal("expected an image"):
        caffe.mean_values(path)
