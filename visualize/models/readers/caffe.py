"""Caffe's ``.caffemodel`` and ``.binaryproto``, read through protobuf with a description of just the needed fields.

The message types are made at run time (NetParameter, its two generations of layers, BlobProto, BlobShape), so that
neither Caffe nor code generated from its ``caffe.proto`` is needed. A blob's packed numbers are declared as bytes,
which is what they are on the wire, and become arrays without a Python object for each number.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from visualize.methods.errors import InputError, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_MOST_BYTES = (1 << 31) - 1  # protobuf's own limit, and Caffe's
_MOST_AXES = 32  # Caffe's kMaxBlobAxes
_MOST_LAYERS = 100_000
_V1_TYPES = {4: "Convolution", 14: "InnerProduct", 39: "Deconvolution"}
_PACKAGE = "viz.caffe"

# message -> field -> (number, type, whether repeated); a type that starts with "." is one of these messages
_FIELDS: dict[str, dict[str, tuple[int, str, bool]]] = {
    "BlobShape": {"dim": (1, "int64", True)},
    "BlobProto": {
        "num": (1, "int32", False),
        "channels": (2, "int32", False),
        "height": (3, "int32", False),
        "width": (4, "int32", False),
        "data": (5, "bytes", True),
        "shape": (7, ".BlobShape", False),
        "double_data": (8, "bytes", True),
    },
    "LayerParameter": {"name": (1, "bytes", False), "type": (2, "bytes", False), "blobs": (7, ".BlobProto", True)},
    "V1LayerParameter": {"name": (4, "bytes", False), "type": (5, "int32", False), "blobs": (6, ".BlobProto", True)},
    "NetParameter": {"layers": (2, ".V1LayerParameter", True), "layer": (100, ".LayerParameter", True)},
}


@dataclass(frozen=True)
class CaffeLayer:
    """A layer of a ``.caffemodel`` that has weights.

    Args:
        name: the layer's name in the file.
        kind: Caffe's type, such as "Convolution"; "" where an old file's type has no weights that we know of.
        blobs: the layer's arrays, float32, in Caffe's order and shapes.
    """

    name: str
    kind: str
    blobs: tuple[NDArray[np.float32], ...]


def read(path: Path) -> dict[str, Tensor]:
    """The weights of a ``.caffemodel`` under the names of its layers, as torch names a layer's tensors.

    ``LAYER.weight`` and ``LAYER.bias`` for convolutions (O x I x h x w), fully connected layers (O x I), Scale and
    PReLU; ``LAYER.running_mean`` and ``LAYER.running_var`` for BatchNorm, divided by its third blob as Caffe does.

    Raises:
        InputError: the file is damaged, too large or in another format.
    """
    state: dict[str, Tensor] = {}
    for layer in layers(path):
        for key, value in _named(layer, path):
            if key in state:
                raise InputError(f"{path} has two layers that are called {layer.name!r}")
            state[key] = torch.from_numpy(value)
    return state


def layers(path: Path) -> tuple[CaffeLayer, ...]:
    """The layers of a ``.caffemodel`` that have weights, in the file's order.

    Raises:
        InputError: the file is damaged, too large or in another format.
    """
    net = _parsed(path, "NetParameter")
    if len(net.layers) + len(net.layer) > _MOST_LAYERS:
        raise InputError(f"{path} has {len(net.layers) + len(net.layer):,} layers; no Caffe model has so many")
    parsed = [
        CaffeLayer(_text(layer.name, path), _V1_TYPES.get(layer.type, ""), _blobs(layer, path)) for layer in net.layers
    ]
    parsed += [CaffeLayer(_text(layer.name, path), _text(layer.type, path), _blobs(layer, path)) for layer in net.layer]
    weighty = tuple(layer for layer in parsed if layer.blobs)
    if not weighty:
        raise InputError(f"{path} is no .caffemodel with weights: it has {len(parsed)} layers, none with numbers in it")
    return weighty


def read_blob(path: Path) -> NDArray[np.float32]:
    """The array of a ``.binaryproto``, such as a mean image: 1 x 3 (B, G, R) x H x W in 0..255.

    Raises:
        InputError: the file is damaged, too large or in another format.
    """
    return _array(_parsed(path, "BlobProto"), path, "the blob")


def mean_values(path: Path) -> tuple[float, ...]:
    """The mean of each channel of a mean image in a ``.binaryproto``, in the file's order: B, G, R in 0..255.

    Raises:
        InputError: the file is damaged, or holds no image.
    """
    image = read_blob(path)
    if image.ndim not in {3, 4}:
        raise InputError(
            f"{path} holds an array of shape {image.shape}; expected an image, (1,) channels, rows, columns"
        )
    means = image.reshape(-1, *image.shape[-3:]).mean((0, 2, 3), dtype=np.float64)
    return tuple(float(value) for value in means)


def _named(layer: CaffeLayer, path: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    if layer.kind == "BatchNorm":
        yield from _batch_norm(layer, path)
        return
    weight, *more = layer.blobs
    if len(more) > 1:
        raise InputError(f"{path} has {len(layer.blobs)} arrays in layer {layer.name} ({layer.kind}); expected 1 or 2")
    if layer.kind == "InnerProduct" and weight.ndim == 4:  # old files write 1 x 1 x O x I
        weight = weight.reshape(weight.shape[0] * weight.shape[1] * weight.shape[2], weight.shape[3])
    elif layer.kind not in {"InnerProduct", "Convolution", "Deconvolution", ""}:  # Scale, PReLU: one value a channel
        weight = weight.reshape(-1)
    yield f"{layer.name}.weight", weight
    for bias in more:
        yield f"{layer.name}.bias", bias.reshape(-1)


def _batch_norm(layer: CaffeLayer, path: Path) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Mean and variance of a batch norm: the first two blobs over the third, for Caffe stores sums and a count."""
    if len(layer.blobs) != 3 or layer.blobs[2].size != 1:
        raise InputError(f"{path} has {len(layer.blobs)} arrays in the batch norm {layer.name}; expected 3")
    count = float(layer.blobs[2].reshape(-1)[0])
    share = np.float32(1 / count if count else 0)
    yield f"{layer.name}.running_mean", layer.blobs[0].reshape(-1) * share
    yield f"{layer.name}.running_var", layer.blobs[1].reshape(-1) * share


def _blobs(layer: Any, path: Path) -> tuple[NDArray[np.float32], ...]:  # noqa: ANN401 (a message made at run time)
    return tuple(_array(blob, path, f"layer {_text(layer.name, path)}") for blob in layer.blobs)


def _array(blob: Any, path: Path, where: str) -> NDArray[np.float32]:  # noqa: ANN401 (a message made at run time)
    """A blob's numbers in its shape, new or old."""
    packed, dtype = (blob.double_data, "<f8") if blob.double_data else (blob.data, "<f4")
    data = packed[0] if len(packed) == 1 else b"".join(packed)
    old = (blob.num, blob.channels, blob.height, blob.width)
    shape = tuple(blob.shape.dim) if blob.HasField("shape") else old
    size = np.dtype(dtype).itemsize
    if len(shape) > _MOST_AXES or min(shape, default=0) < 0 or math.prod(shape) * size != len(data) or not data:
        raise InputError(f"{path} is damaged: {where} has {len(data):,} bytes of numbers for a shape of {shape}")
    values = np.frombuffer(data, dtype).astype(np.float32).reshape(shape)
    if not np.isfinite(values).all():
        raise InputError(f"{path} has infinite or undefined values in {where}")
    return values


def _text(name: bytes, path: Path) -> str:
    try:
        return name.decode()
    except UnicodeDecodeError as fault:
        raise InputError(f"{path} is no Caffe model: a layer's name is not text") from fault


def _parsed(path: Path, kind: str) -> Any:  # noqa: ANN401 (a message made at run time)
    from google.protobuf.message import DecodeError

    size = path.stat().st_size
    if size > _MOST_BYTES:
        raise InputError(f"{path} has {size:,} bytes; Caffe's files end at {_MOST_BYTES:,}")
    message = _messages()[kind]()
    try:
        message.ParseFromString(path.read_bytes())
    except DecodeError as fault:
        raise InputError(f"{path} is no complete Caffe file ({one_line(fault)})") from fault
    return message


@functools.cache
def _messages() -> dict[str, type[Any]]:
    """Classes of protobuf messages, by name."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

    kinds = descriptor_pb2.FieldDescriptorProto
    types = {"int32": kinds.TYPE_INT32, "int64": kinds.TYPE_INT64, "bytes": kinds.TYPE_BYTES}
    file = descriptor_pb2.FileDescriptorProto(name="viz_caffe.proto", package=_PACKAGE, syntax="proto2")
    for message, fields in _FIELDS.items():
        described = file.message_type.add(name=message)
        for name, (number, kind, repeated) in fields.items():
            label = kinds.LABEL_REPEATED if repeated else kinds.LABEL_OPTIONAL
            field = described.field.add(name=name, number=number, label=label)
            if kind.startswith("."):
                field.type, field.type_name = kinds.TYPE_MESSAGE, f".{_PACKAGE}{kind}"
            else:
                field.type = types[kind]
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return {name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}")) for name in _FIELDS}
