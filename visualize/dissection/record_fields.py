"""Types and ranges of the two records of a dissection: of what was asked for, and of what is finished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visualize.dissection.seals import unsealed
from visualize.intake import json_text
from visualize.intake.fields import (
    WrongValueError,
    checked,
    either,
    items,
    mapping,
    maybe,
    number,
    one_of,
    record,
    text,
    truth,
    whole,
)
from visualize.methods.errors import InputError
from visualize.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.intake.fields import Reader

_MOST_SIDE = 1 << 14  # pixels of a network's input, and positions of a map
_MOST_PICTURES = 1_000_000_000
_MOST_UNITS = 1 << 20
_MEMORY = 100 << 20  # the names of a million broken pictures

_pair = items(number(-1e9, 1e9), least=2, most=2)
_sides = items(whole(1, _MOST_SIDE), least=2, most=2)
_channels = items(number(-1e9, 1e9), least=1, most=4)
_words = items(text(1, 200), most=10_000)
_field = record({"size": items(whole(0, 1 << 30), least=2, most=2), "stride": _pair, "offset": _pair}, closed=True)
_geometry = {
    "source": text(1),
    "rectify": truth,
    "units": whole(1, _MOST_UNITS),
    "map": _sides,
    "field": maybe(_field),
}
_preparation = record(
    {
        "size": _sides,
        "resize": maybe(either(_sides, whole(1, _MOST_SIDE))),
        "order": one_of(("RGB", "BGR", "L")),
        "mean": _channels,
        "std": _channels,
        "maximum": number(0, 1e9),
    },
    closed=True,
)
_settings = record(
    {
        "quantile": number(0, 1),
        "cut": number(0, 1),
        "alignment": text(1, 100),
        "categories": maybe(_words),
        "minimum_area": whole(),
        "rectifier": text(1, 100),
        "rotate": number(0, 1),
        "seed": whole(-(1 << 63), 1 << 64),
        "count": whole(1, 10_000),
    },
    {
        "compose": whole(0, 10),
        "ranges": whole(0, 20),
        "resamples": whole(0, 100_000),
        "score": text(1, 100),
        "forward": one_of(("float32", "bf16")),
    },
    closed=True,
)
_source = record(
    {"where": text(1)},
    {
        "categories": maybe(_words),
        "colours": either(truth, text(1)),
        "count": maybe(whole(1, _MOST_PICTURES)),
        "seed": whole(-(1 << 63), 1 << 64),
    },
    closed=True,
)
_common = {
    "model": text(1),
    "weights_sha256": text(0, 100),
    "preparation": _preparation,
    "set": record({"name": text(0), "pictures": whole(1, _MOST_PICTURES), "fingerprint": text(1, 200)}),
    "source": maybe(_source),
    "settings": _settings,
    "torch": text(1, 100),
    "device": text(1, 100),
    "threads": whole(1, 1 << 20),
}


def _some(reader: Reader[Any]) -> Reader[dict[Any, Any]]:
    """An object of one entry or more."""
    entries = mapping(reader)

    def read(value: object) -> dict[Any, Any]:
        if value == {}:
            raise WrongValueError("an object of one entry or more", value)
        return entries(value)

    return read


_notes = {"notes": items(text(1)), "decoding": one_of(("gpu",)), "products": one_of(("tf32",))}
_asked = record({**_common, "layers": _some(record(_geometry)), "shard": items(whole(1), least=2, most=2)}, _notes)


def _file_name(value: object) -> str:
    name = text(1, 255)(value)
    if name in {".", ".."} or any(letter in name for letter in "/\\:"):
        raise WrongValueError("the name of a file beside it", value)
    return name


_sums = record({"csv": text(64, 64), "npz": text(64, 64)}, {"formulas": text(64, 64), "ranges": text(64, 64)})
_files = {"csv": _file_name, "npz": _file_name}
_later = {"sha256": _sums, "formulas": _file_name, "ranges": _file_name}
_finished = record(
    {
        **_common,
        "layers": _some(record({**_geometry, **_files}, _later)),
        "scanned": whole(0, _MOST_PICTURES),
        "broken": items(text(0)),
    },
    _notes,
)


def read_asked(path: Path) -> dict[str, Any]:
    """Record of what a part of a dissection was asked for.

    Raises:
        InputError: it cannot be read, is damaged, of another format, or holds what cannot be.
    """
    held = _read(path, _asked)
    which, count = held["shard"]
    if not which <= count <= held["set"]["pictures"]:
        raise InputError(f"{printable(str(path))}: there is no shard {which}/{count} of so many pictures")
    return held


def read_manifest(path: Path) -> dict[str, Any]:
    """Record of a finished dissection.

    Raises:
        InputError: it cannot be read, is damaged, of another format, or holds what cannot be.
    """
    return _read(path, _finished)


def layer_facts(path: Path, layer: str) -> dict[str, Any]:
    """Facts of one layer in the record of a finished dissection.

    Args:
        path: the record.
        layer: the layer's name.

    Raises:
        InputError: the record cannot be read, or lists no such layer.
    """
    layers: dict[str, dict[str, Any]] = read_manifest(path)["layers"]
    if layer not in layers:
        raise InputError(f"{path.parent} holds no layer {layer!r}; choose one of {', '.join(layers)}")
    return layers[layer]


def _read(path: Path, reader: Reader[dict[str, Any]]) -> dict[str, Any]:
    held = unsealed(json_text.load(path, memory=_MEMORY), path)
    content: dict[str, Any] = as_json(checked(held, reader, str(path)))
    return content


def as_json(content: Any) -> Any:  # noqa: ANN401 (JSON of any depth)
    """Content as JSON gives it back: lists for tuples."""
    if isinstance(content, dict):
        return {key: as_json(value) for key, value in content.items()}
    return [as_json(value) for value in content] if isinstance(content, list | tuple) else content
