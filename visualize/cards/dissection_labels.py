"""Names of units by finished dissections, which are looked for where ``viz dissect`` leaves them, and near by."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from methods.errors import InputError
from methods.result import UnitName
from visualize.dissection.at_hand import finished

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from methods.dissection.scores import LayerScores, Verdict
    from methods.network.preprocessing import Preparation
    from methods.network.probe import Probe
    from methods.pictures.labelled import Concept, Labelled
    from methods.provenance import Json
    from methods.result import Result
    from methods.unit import Unit


@dataclass(frozen=True, eq=False)
class Named:
    """The name that a dissection gives to a unit.

    Args:
        name: the unit's best concept.
        out: the dissection's folder; None for one just made.
    """

    name: UnitName
    out: Path | None = None

    @property
    def headline(self) -> str:
        """Name and IoU, such as ``"car, IoU 0.13"``; for a unit that is no detector, those of the nearest concept."""
        return self.name.headline

    def facts(self) -> dict[str, Json]:
        """The name for JSON: label, category, iou, detector, folder (null for a dissection just made)."""
        return {
            "label": self.name.label,
            "category": self.name.category,
            "iou": self.name.iou,
            "detector": self.name.detector,
            "folder": None if self.out is None else str(self.out),
        }


@dataclass(frozen=True, eq=False)
class Names:
    """The names that one dissection gives to the units of a layer.

    Args:
        out: the dissection's folder.
        layer: the layer's name in the network.
        cut: the IoU above which a unit is a detector.
        labelled: the probe set, as a whole.
    """

    out: Path
    layer: str
    cut: float
    labelled: Labelled

    @functools.cached_property
    def _scores(self) -> LayerScores:
        from visualize.dissection import read_scores

        return read_scores(self.out, self.layer)

    @functools.cached_property
    def _verdicts(self) -> list[Verdict]:
        return self._scores.verdicts()

    def named(self, unit: Unit) -> Named:
        """The name of a unit of the layer."""
        verdict = self._verdicts[unit.index]
        name = UnitName(label=verdict.label, category=verdict.category, iou=verdict.iou, cut=self.cut)
        return Named(name, self.out)

    def marked(self, unit: Unit, results: Mapping[str, Result]) -> dict[str, Result]:
        """Results whose pictures show where the unit's concept is labelled, if the unit detects one."""
        name = self.named(unit).name
        if not name.detector:
            return dict(results)
        concept = next(
            item for item in self._scores.concepts if (item.category, item.name) == (name.category, name.label)
        )
        masks = functools.partial(self._masks, concept)
        return {method: result.with_concept(name.label, masks) for method, result in results.items()}

    def _masks(self, concept: Concept, preparation: Preparation, files: Sequence[str]) -> list[NDArray[np.bool_]]:
        """Masks of a concept in pictures, by the names of their files; KeyError for a picture without labels."""
        return [self._mask(concept, preparation, self._places[file]) for file in files]

    def _mask(self, concept: Concept, preparation: Preparation, place: int) -> NDArray[np.bool_]:
        mask = np.zeros(self.labelled.label_shape(preparation), np.bool_)
        for label_map in self.labelled.labels(place, preparation).get(concept.category, ()):
            mask |= np.asarray(label_map) == concept.number
        return mask

    @functools.cached_property
    def _places(self) -> dict[str, int]:
        return {self.labelled.file(index): index for index in range(len(self.labelled))}


def names(model: str, probe: Probe, layers: Sequence[str], images: str | Path | None) -> dict[str, Names]:
    """Names of a network's units by the dissections at hand on a probe set, by layer; of several, by the newest.

    At hand are those in ``viz-out/MODEL/dissect``, in the working folder and in the folders that lie in it.

    Args:
        model: the model's name.
        probe: the network; a dissection of other weights is left aside.
        layers: the layers whose units are looked at, by their names in the network.
        images: the probe set as it was asked for; None has no names.
    """
    by_layer: dict[str, Names] = {}
    if images is None:
        return by_layer
    opened = functools.cache(functools.partial(_labelled, images))
    for item in finished(model):
        held = item.content
        if not _is_of(held, probe, layers):
            continue
        colours, count, seed = _drawn(held["source"] or {})
        labelled = opened(colours, count, seed)
        if labelled is None or held["set"]["fingerprint"] != labelled.fingerprint:
            continue
        labelled = (opened(colours, None, 0) if count is not None else None) or labelled  # any picture may be shown
        for layer in layers:
            if layer in held["layers"]:
                by_layer.setdefault(layer, Names(item.folder, layer, float(held["settings"]["cut"]), labelled))
    return by_layer


def _is_of(held: dict[str, Any], probe: Probe, layers: Sequence[str]) -> bool:
    """Whether a dissection is of the network as it stands, of its units, and of one of the layers."""
    return (
        held["weights_sha256"] == probe.identity.weights_sha256
        and not held["settings"]["rotate"]
        and any(layer in held["layers"] for layer in layers)
    )


def _drawn(source: Mapping[str, Any]) -> tuple[bool | str, int | None, int]:
    """Colours, count and seed by which the pictures of a dissection were drawn."""
    return source.get("colours", False), source.get("count"), source.get("seed", 0)


def _labelled(images: str | Path, colours: bool | str, count: int | None, seed: int) -> Labelled | None:  # noqa: FBT001 (as :func:`open_labelled` takes them)
    """The probe set as a dissection had it; None if it cannot be opened."""
    from visualize.data import open_labelled

    try:
        return open_labelled(images, colours=colours, count=count, seed=seed)
    except InputError:
        return None
