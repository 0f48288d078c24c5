"""The files of one part of a dissection, read and held against its record: progress, summary and counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from visualize.dissection.durable_files import from_text, read_sealed
from visualize.dissection.seals import AGAIN, FORMAT, UNSEALED
from visualize.intake.fields import checked, items, one_of, record, text, whole
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from visualize.dissection.record import Record
    from visualize.intake.fields import Reader
    from visualize.methods.dissection.counting import Counting

    Arrays = dict[str, NDArray[Any]]


def read_state(path: Path, record: Record, *, strict: bool) -> tuple[dict[str, Any], Arrays]:
    """Progress of a scan: what it says of itself, and the bounds and top images of each layer.

    Args:
        path: the file.
        record: what the part was asked for.
        strict: refuse what has no checksums or no format.

    Raises:
        InputError: the file is damaged, or is not of this part.
    """
    first, last = record.range
    fields = {**_scan(record), "done": whole(first, last)}
    arrays = read_sealed(path, strict=strict)
    about = _about(path, arrays, fields, strict=strict)
    for place, name in enumerate(record.layers):
        if f"bounds{place}" in arrays:
            _require(path, arrays, f"bounds{place}", (_units(record, name),), "f")
            _check_peaks(path, arrays, place, record)
    return about, arrays


def read_summary(path: Path, record: Record, *, strict: bool) -> tuple[dict[str, Any], Arrays]:
    """Summary of a part that was scanned: what it says of itself, and the top images of each layer.

    Raises:
        InputError: the file is damaged, of another format, or not of this part.
    """
    places = range(len(record.layers))
    only = ["about", *(f"{name}{place}" for place in places for name in ("peaks", "indices"))]
    arrays = read_sealed(path, only=only, strict=strict)
    about = _about(path, arrays, _scan(record), strict=strict)
    for place in places:
        if about["scanned"] or f"peaks{place}" in arrays:
            _check_peaks(path, arrays, place, record)
    return about, arrays


def read_top(path: Path, record: Record, layer: str, *, strict: bool) -> NDArray[Any] | None:
    """The largest activations of every unit of a layer, units x most; None if the part saw no picture.

    Raises:
        InputError: the file is damaged, or not of this part.
    """
    name = f"top{record.layers.index(layer)}"
    arrays = read_sealed(path, only=[name], strict=strict)
    if name in arrays:
        _require(path, arrays, name, (_units(record, layer), None), "f")
    return arrays.get(name)


def read_counts(path: Path, counting: Counting, record: Record, *, strict: bool) -> tuple[dict[str, Any], Arrays]:
    """Counts that were saved on the way.

    Args:
        path: the file.
        counting: the counts to add them to, which have the same shapes.
        record: what the part was asked for.
        strict: refuse what has no checksums or no format.

    Raises:
        InputError: the file is damaged, or of another probe set.
    """
    first, last = record.range
    fields: dict[str, Reader[Any]] = {"thresholds": text(1, 200), "broken": _names}
    fields |= {"next": whole(1, last - first + 1), "done": whole(0, last - first)}
    arrays = read_sealed(path, strict=strict)
    about = _about(path, arrays, fields, strict=strict)
    truth = counting.truth
    for name, wanted in (("truth", truth.concepts), ("pixels", truth.categories), ("annotated", truth.pictures)):
        _require(path, arrays, name, wanted.shape, "iu")
    for place, layer in enumerate(record.layers):
        if layer in counting.tallies:
            tally = counting.tallies[layer]
            _require(path, arrays, f"intersection{place}", tally.intersection.shape, "iu")
            _require(path, arrays, f"activation{place}", tally.activation.shape, "iu")
    return about, arrays


_names = items(text(0))


def _scan(record: Record) -> dict[str, Reader[Any]]:
    first, last = record.range
    return {"scanned": whole(0, last - first), "broken": _names, "chunks": whole(0, last - first)}


def _about(path: Path, arrays: Arrays, fields: dict[str, Reader[Any]], *, strict: bool) -> dict[str, Any]:
    """Description that a file gives of itself, in JSON."""
    if "about" not in arrays:
        raise InputError(f"{path} is damaged: it does not say what it is; {AGAIN}")
    form = {"format": one_of((FORMAT,) if strict else (UNSEALED, FORMAT))}
    reader = record({**fields, **(form if strict else {})}, {} if strict else form)
    return checked(from_text(arrays["about"], str(path)), reader, str(path))


def _units(record: Record, layer: str) -> int:
    return int(record.content["layers"][layer]["units"])


def _check_peaks(path: Path, arrays: Arrays, place: int, record: Record) -> None:
    """Top images are as many as were asked for, and of the part's pictures."""
    shape = (_units(record, record.layers[place]), record.settings.count)
    _require(path, arrays, f"peaks{place}", shape, "f")
    _require(path, arrays, f"indices{place}", shape, "i")
    indices, (first, last) = arrays[f"indices{place}"], record.range
    if ((indices != -1) & ((indices < first) | (indices >= last))).any():
        raise InputError(f"{path} is damaged: it lists a picture that its part does not have; {AGAIN}")


def _require(path: Path, arrays: Arrays, name: str, shape: tuple[int | None, ...], kinds: str) -> None:
    array = arrays.get(name)
    good = array is not None and array.dtype.kind in kinds and len(array.shape) == len(shape)
    if array is None or not good or any(want not in {None, got} for want, got in zip(shape, array.shape, strict=True)):
        raise InputError(f"{path} is damaged: it has no {name} of the shape that its record calls for; {AGAIN}")
