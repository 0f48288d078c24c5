"""The files of a finished dissection."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

from visualize.dissection.durable_files import durable, read_arrays, write_arrays, write_json
from visualize.dissection.formulas import read_formulas, write_formulas
from visualize.dissection.range_table import write_ranges
from visualize.dissection.record_fields import read_manifest
from visualize.dissection.seals import FORMAT, of_file, sealed
from visualize.dissection.tables import MANIFEST, as_csv, read_listed, undissected, verify
from visualize.files import safe, sweep
from visualize.methods.dissection.certainty import Bootstrap
from visualize.methods.dissection.limits import limits
from visualize.methods.dissection.scores import LayerScores, count
from visualize.methods.errors import InputError
from visualize.methods.pictures.labelled import Concept
from visualize.methods.provenance import versions_in_use

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from visualize.dissection.record import Record
    from visualize.methods.dissection.composition.composing import Composition
    from visualize.methods.pictures.labelled import Labelled

_KINDS = ("csv", "npz", "formulas", "ranges")  # of a layer's files

_SURE = "sure_"
_PICTURES = ("both_pictures", "mask_pictures", "concept_pictures")
_COUNTS = ("intersection", "activation", "truth", "annotated", "minimum_area", "area", "pixels", f"{_SURE}resamples",
           *_PICTURES)  # fmt: skip
_PARTS = tuple(f"{_SURE}{name}" for name in ("low", "high", "kept", "half_iou", "held_iou", "auc", "p"))  # of 1


def write_results(  # noqa: PLR0913 (where to, what it was, and what came out)
    out: Path,
    record: Record,
    labelled: Labelled,
    layers: Mapping[str, LayerScores],
    *,
    scanned: int,
    broken: Sequence[str],
    composed: Mapping[str, Composition] | None = None,
) -> tuple[Path, ...]:
    """Write the tables and formulas of each layer, and last of all ``dissection.json``: if that is there, all is.

    Unfinished files that a killed process has left in the folder are removed.

    Args:
        out: the folder.
        record: what the dissection was asked for.
        labelled: the probe set.
        layers: layer -> its scores.
        scanned: number of pictures that the network has seen.
        broken: names of the pictures that could not be read.
        composed: layer -> its units' formulas, if they were asked for.

    Returns:
        the files' paths, ``dissection.json`` first.
    """
    content = {key: value for key, value in record.content.items() if key != "shard"}
    content |= {"format": FORMAT, "versions": dict(versions_in_use()), "scanned": scanned, "broken": list(broken)}
    content["layers"] = {name: dict(about) for name, about in content["layers"].items()}
    written = []
    sweep(out)
    names = _names(list(layers))
    for name, scores in layers.items():
        csv, npz = out / f"{names[name]}.csv", out / f"{names[name]}.npz"
        with durable(csv) as file:
            file.write(as_csv(scores.verdicts(), scores.categories).encode())
        more = _limits(scores, record.settings.quantile) | _sure(scores) | _of_pictures(scores)
        write_arrays(npz, _arrays(scores, labelled) | more)
        written += [csv, npz]
        files = {"csv": csv, "npz": npz}
        if composed and name in composed:
            files["formulas"] = out / f"{names[name]}.formulas.json"
            write_formulas(files["formulas"], composed[name])
            written.append(files["formulas"])
            if composed[name].ranges:
                files["ranges"] = out / f"{names[name]}.ranges.csv"
                write_ranges(files["ranges"], composed[name])
                written.append(files["ranges"])
        sums = {"sha256": {kind: of_file(path) for kind, path in files.items()}}
        listed = {kind: path.name for kind, path in files.items()}
        content["layers"][name] |= listed | sums | _counts(scores, record.settings.cut)
    write_json(out / MANIFEST, sealed(content))
    return (out / MANIFEST, *written)


def paths_of(out: Path) -> tuple[Path, ...]:
    """The files of a finished dissection, ``dissection.json`` first.

    Raises:
        InputError: one of them is missing, cut or otherwise not what was written.
    """
    held = read_manifest(out / MANIFEST)
    read_listed(out / MANIFEST, held)
    for layer in held["layers"]:
        _arrays_of(out, layer, held)
        read_formulas(out, layer)
        if "ranges" in held["layers"][layer]:
            verify(out / held["layers"][layer]["ranges"], held["layers"][layer], "ranges")
    listed = [about[kind] for about in held["layers"].values() for kind in _KINDS if kind in about]
    return (out / MANIFEST, *(out / name for name in listed))


def _names(layers: Sequence[str]) -> dict[str, str]:
    """File names of layers, no two the same."""
    files: dict[str, str] = {}
    for layer in layers:
        name = safe(layer)
        while name in files.values():
            name += "_"
        files[layer] = name
    return files


def _counts(scores: LayerScores, cut: float) -> dict[str, Any]:
    verdicts, counts = scores.verdicts(), {}
    for key, once in (("best_category_only", False), ("once_per_category", True)):
        counted = count(verdicts, scores.categories, cut, once_per_category=once)
        each = {
            name: {"detectors": numbers[0], "concepts": numbers[1]} for name, numbers in counted.by_category.items()
        }
        counts[key] = {"detectors": counted.detectors, "concepts": counted.concepts, "by_category": each}
    return {"counts": counts}


def _arrays(scores: LayerScores, labelled: Labelled) -> dict[str, NDArray[Any]]:
    """Arrays of the file that :func:`read_scores` reads."""
    names = {int(index): labelled.file(int(index)) for index in np.unique(scores.top_indices) if index >= 0}
    return {
        "iou": scores.iou,
        "intersection": scores.intersection,
        "activation": scores.activation,
        "truth": scores.truth,
        "annotated": scores.annotated,
        "thresholds": scores.thresholds,
        "categories": np.array(scores.categories),
        "concept_numbers": np.array([concept.number for concept in scores.concepts], np.int64),
        "concept_names": np.array([concept.name for concept in scores.concepts]),
        "concept_categories": scores.category,
        "minimum_area": np.array(scores.minimum_area),
        "top_indices": scores.top_indices,
        "top_peaks": scores.top_peaks,
        "top_files": np.array([[names.get(int(index), "") for index in row] for row in scores.top_indices]),
    }


def _of_pictures(scores: LayerScores) -> dict[str, NDArray[Any]]:
    """Counts of whole pictures, by their keys; none if there were none."""
    held = {name: getattr(scores, name) for name in _PICTURES}
    return {name: array for name, array in held.items() if array is not None}


def _limits(scores: LayerScores, quantile: float) -> dict[str, NDArray[Any]]:
    """Arrays on what sizes allow, by their keys."""
    held = limits(scores, quantile)
    if held is None or scores.area is None:
        return {}
    return {
        "area": scores.area,
        "pixels": np.array(scores.pixels),
        "ceiling": held.ceiling,
        "chance": held.chance,
        "reach": held.reach,
    }


def _sure(scores: LayerScores) -> dict[str, NDArray[Any]]:
    """Arrays on how sure names are, by their keys; none if that was not measured."""
    held = scores.sure
    return {} if held is None else {f"{_SURE}{name}": np.asarray(value) for name, value in vars(held).items()}


def read_scores(out: str | Path, layer: str) -> LayerScores:
    """The full unit x concept table of one layer.

    The file ``LAYER.npz`` holds: ``iou``, ``intersection`` (units x concepts), ``activation`` (units x categories),
    ``truth`` (concepts), ``annotated`` (pictures, by category), ``thresholds`` (units), ``categories``,
    ``concept_numbers``, ``concept_names``, ``concept_categories`` (numbers of ``categories``), ``minimum_area``,
    ``top_indices``, ``top_peaks`` and ``top_files`` (units x count; -1 and empty where there are fewer). Units count
    from 0. ``area`` (label-map pixels of the annotated pictures, by category), ``pixels`` (of all pictures) and
    ``ceiling``, ``chance`` and ``reach`` (concepts; see :class:`visualize.methods.dissection.limits.Limits`) are
    missing in older ones. So are ``sure_units``, ``sure_concepts``, ``sure_low``, ``sure_high`` (pairs),
    ``sure_kept``, ``sure_half_concepts``, ``sure_half_iou``, ``sure_held_iou``, ``sure_auc``, ``sure_shift``,
    ``sure_p`` (units) and ``sure_resamples``: see :class:`visualize.methods.dissection.bootstrap.Bootstrap`. Named by a
    score of whole pictures it holds ``both_pictures`` (units x concepts), ``mask_pictures`` (units x categories) and
    ``concept_pictures`` too.

    Raises:
        InputError: the folder holds no finished dissection, or not of that layer.
    """
    from pathlib import Path

    out = Path(out).expanduser()
    if not (out / MANIFEST).is_file():
        raise undissected(out)
    manifest = read_manifest(out / MANIFEST)
    layers = manifest["layers"]
    if layer not in layers:
        raise InputError(f"{out} holds no layer {layer!r}; choose one of {', '.join(layers)}")
    held = _arrays_of(out, layer, manifest)
    categories = tuple(held["categories"].tolist())
    columns = zip(held["concept_numbers"], held["concept_names"], held["concept_categories"], strict=True)
    concepts = tuple(Concept(int(number), str(name), categories[category]) for number, name, category in columns)
    plain: dict[str, Any] = {
        item.name: held[item.name] for item in dataclasses.fields(LayerScores) if item.name in held
    }
    plain |= {"minimum_area": int(held["minimum_area"]), "layer": layer, "concepts": concepts, "categories": categories}
    plain["pixels"], plain["score"] = int(held.get("pixels", 0)), manifest["settings"].get("score", "iou")
    if f"{_SURE}kept" in held:
        sure: dict[str, Any] = {item.name: held[f"{_SURE}{item.name}"] for item in dataclasses.fields(Bootstrap)}
        plain["sure"] = Bootstrap(**sure | {"resamples": int(sure["resamples"])})
    return LayerScores(**plain)


def has_scores(out: str | Path, layer: str) -> bool:
    """Whether the full table of a layer lies in the folder of a finished dissection, whole or damaged."""
    from pathlib import Path

    out = Path(out).expanduser()
    about = read_manifest(out / MANIFEST)["layers"].get(layer)
    return about is not None and (out / about["npz"]).is_file()


def _arrays_of(out: Path, layer: str, manifest: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """The arrays of one layer's file, which fit together and the record.

    Raises:
        InputError: the file is missing or not what was written.
    """
    about = manifest["layers"][layer]
    path = out / about["npz"]
    verify(path, about, "npz")
    held = read_arrays(path)
    units, concepts = about["units"], len(held.get("concept_numbers", ()))
    categories, pictures = len(held.get("categories", ())), manifest["set"]["pictures"]
    shapes = _shapes(units, concepts, categories)
    later: dict[str, tuple[tuple[int | None, ...], str]] = {"area": ((categories,), "iu"), "pixels": ((), "iu")}
    sizes = ((units, concepts), (units, categories), (concepts,))
    later |= {name: (size, "iu") for name, size in zip(_PICTURES, sizes, strict=True)}
    shapes |= {name: shape for name, shape in later.items() if name in held}  # older files lack these
    sure = any(name.startswith(_SURE) for name in held)
    if sure:
        shapes |= _sure_shapes(units, len(held.get(f"{_SURE}units", ())))
    for name, (shape, kinds) in shapes.items():
        array = held.get(name)
        if array is None or array.dtype.kind not in kinds or not _alike(array.shape, shape):
            raise InputError(f"{path} is damaged: it has no {name} of the shape that its record calls for")
    named, top = held["concept_categories"], held["top_indices"]
    followed = [(held[f"{_SURE}{name}"], most) for name, most in (("units", units), ("concepts", concepts)) if sure]
    if sure and (held[f"{_SURE}half_concepts"] >= concepts).any():
        raise InputError(f"{path} is damaged: it names a concept that there is not")
    if any(((array < 0) | (array >= most)).any() for array, most in followed):
        raise InputError(f"{path} is damaged: it follows a unit or a concept that there is not")
    if ((named < 0) | (named >= categories)).any() or ((top < -1) | (top >= pictures)).any():
        raise InputError(f"{path} is damaged: it names a category or a picture that there is not")
    if wrong := _impossible(held):
        raise InputError(f"{path} is damaged: {wrong} holds what cannot be")
    return held


def _impossible(held: Mapping[str, NDArray[Any]]) -> str:
    """Name of an array whose numbers cannot be; "" where all can."""
    wrong = [name for name in _COUNTS if name in held and (held[name] < 0).any()]
    inner = held["intersection"]
    if (inner > held["truth"]).any() or (inner > held["activation"][:, held["concept_categories"]]).any():
        wrong.append("intersection")
    wrong += [name for name in _PARTS if name in held and ((held[name] < 0) | (held[name] > 1)).any()]
    return next(iter([*wrong, *(["thresholds"] if np.isnan(held["thresholds"]).any() else [])]), "")


def _sure_shapes(units: int, pairs: int) -> dict[str, tuple[tuple[int | None, ...], str]]:
    """Shapes and kinds of numbers of the arrays that say how sure names are."""
    each: dict[str, tuple[tuple[int | None, ...], str]] = {
        "units": ((pairs,), "iu"),
        "concepts": ((pairs,), "iu"),
        "low": ((pairs,), "f"),
        "high": ((pairs,), "f"),
        "kept": ((units,), "f"),
        "half_concepts": ((units,), "iu"),
        **dict.fromkeys(("half_iou", "held_iou", "auc", "shift", "p"), ((units,), "f")),
        "resamples": ((), "iu"),
    }
    return {f"{_SURE}{name}": shape for name, shape in each.items()}


def _shapes(units: int, concepts: int, categories: int) -> dict[str, tuple[tuple[int | None, ...], str]]:
    """Shape and kinds of numbers of each array that is needed; None for any length."""
    return {
        "categories": ((categories,), "U"),
        "concept_numbers": ((concepts,), "iu"),
        "concept_names": ((concepts,), "U"),
        "concept_categories": ((concepts,), "iu"),
        "intersection": ((units, concepts), "iu"),
        "activation": ((units, categories), "iu"),
        "truth": ((concepts,), "iu"),
        "annotated": ((categories,), "iu"),
        "thresholds": ((units,), "f"),
        "minimum_area": ((), "iu"),
        "top_indices": ((units, None), "iu"),
        "top_peaks": ((units, None), "f"),
    }


def _alike(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(shape) == len(wanted) and all(want in {None, length} for length, want in zip(shape, wanted, strict=True))
