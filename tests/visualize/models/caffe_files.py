"""Caffe's files, written byte by byte after protobuf's wire format, and its networks as OpenCV runs them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Weights = NDArray[np.float32]
Layers = list[tuple[str, str, list[Weights]]]

_TILE = np.random.default_rng(0).standard_normal(100_003).astype(np.float32)
# layer: weight shape, as AlexNet-Places365 is published, in both of its formats
CAFFENET = {
    "conv1": (96, 3, 11, 11),
    "conv2": (256, 48, 5, 5),
    "conv3": (384, 256, 3, 3),
    "conv4": (384, 192, 3, 3),
    "conv5": (256, 192, 3, 3),
    "fc6": (4096, 9216),
    "fc7": (4096, 4096),
    "fc8": (365, 4096),
}
_V1 = {"Convolution": 4, "InnerProduct": 14}


def varint(number: int) -> bytes:
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    return bytes([*out, number])


def chunk(field: int, content: bytes) -> bytes:
    """A field of bytes: its number and wire type 2, its length, itself."""
    return varint(field << 3 | 2) + varint(len(content)) + content


def number(field: int, value: int) -> bytes:
    """A field of one integer, wire type 0."""
    return varint(field << 3) + varint(value)


def blob(values: Weights, *, old: bool = False) -> bytes:
    """A BlobProto; ``old`` states its shape as num, channels, height, width, as Caffe did before blobs had any axes."""
    if old:
        shape = b"".join(number(field, size) for field, size in enumerate(((1,) * 4 + values.shape)[-4:], 1))
    else:
        shape = chunk(7, chunk(1, b"".join(map(varint, values.shape))))
    return shape + chunk(5, values.astype("<f4").tobytes())


def caffemodel(layers: Sequence[tuple[str, str, Sequence[Weights]]], *, old: bool = False) -> bytes:
    """A NetParameter: name, then layers in field 100, or in the older field 2 with types as numbers."""
    out = [chunk(1, b"net")]
    for name, kind, blobs in layers:
        if old:
            parts = [
                chunk(4, name.encode()),
                number(5, _V1.get(kind, 18)),
                *(chunk(6, blob(b, old=True)) for b in blobs),
            ]
        else:
            parts = [chunk(1, name.encode()), chunk(2, kind.encode()), *(chunk(7, blob(b)) for b in blobs)]
        out.append(chunk(2 if old else 100, b"".join(parts)))
    return b"".join(out)


def described(prototxt: Path, *, until: str = "", size: int | None = None) -> str:
    """The text of a network's description, cut after the layer ``until``, for one picture of ``size`` pixels."""
    text = prototxt.read_text()
    if until:
        head, *layers = re.split(r"^(?=layer\s*\{)", text, flags=re.MULTILINE)
        last = next(place for place, layer in enumerate(layers) if f'name: "{until}"' in layer)
        text = head + "".join(layers[: last + 1])
    sizes = re.findall(r"input_dim: \d+", text)
    wanted = [1, 3, size or int(sizes[2].split()[1]), size or int(sizes[3].split()[1])]
    for old, new in zip(sizes, wanted, strict=True):
        text = text.replace(old, f"input_dims {new}", 1)
    return text.replace("input_dims ", "input_dim: ")


def opencv(prototxt: str, weights: bytes, picture: Weights, outputs: Sequence[str]) -> list[Weights]:
    """What OpenCV's own Caffe reader and its own layers give for a prepared picture, 1 x 3 x H x W."""
    import cv2

    net = cv2.dnn.readNetFromCaffe(np.frombuffer(prototxt.encode(), np.uint8), np.frombuffer(weights, np.uint8))
    net.setPreferableBackend(cv2.dnn.DNN_BACKEND_OPENCV)
    net.enableFusion(False)  # fusing would let a layer's name mean what comes after it
    net.setInput(picture)
    return [np.asarray(values, np.float32) for values in net.forward(list(outputs))]


def drawn(*shape: int) -> Weights:
    """Random weights that keep activations of one size (He et al. 2015), from a tile: drawing 61 million takes long."""
    count = int(np.prod(shape))
    spread = np.sqrt(2 / np.prod(shape[1:])) if len(shape) > 1 else 0.1
    return np.resize(np.roll(_TILE, count % 977), count).reshape(shape) * np.float32(spread)


def of_prototxt(text: str) -> Layers:
    """Random weights for every layer of a network's description, shaped by OpenCV's own reading of it."""
    layers: Layers = []
    channels: dict[str, int] = {"data": 3}
    for block in re.split(r"^(?=layer\s*\{)", text, flags=re.MULTILINE)[1:]:
        name, kind = (re.search(rf'\b{key}: "([^"]+)"', block)[1] for key in ("name", "type"))  # type: ignore[index]
        bottoms = re.findall(r'bottom: "([^"]+)"', block)
        outputs = int(match[1]) if (match := re.search(r"num_output: (\d+)", block)) else 0
        size = int(match[1]) if (match := re.search(r"kernel_size: (\d+)", block)) else 1
        inputs = sum(channels[bottom] for bottom in bottoms) if kind == "Concat" else channels[bottoms[0]]
        channels[re.search(r'top: "([^"]+)"', block)[1]] = outputs or inputs  # type: ignore[index]
        if kind in {"Convolution", "InnerProduct"}:
            shape = (outputs, inputs, size, size) if kind == "Convolution" else (outputs, inputs)
            bias = [] if "bias_term: false" in block else [drawn(outputs)]
            layers.append((name, kind, [drawn(*shape), *bias]))
        elif kind == "BatchNorm":
            count = np.array([2], np.float32)
            layers.append((name, kind, [2 * drawn(inputs), 2 + np.abs(drawn(inputs)), count]))
        elif kind == "Scale":
            layers.append((name, kind, [1 + drawn(inputs), drawn(inputs)]))
    return layers
