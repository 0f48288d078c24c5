"""The names that finished dissections have for units: found where ``viz dissect`` leaves them by itself."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from methods.errors import BrokenImage, InputError
from visualize.inspection.saving import ROOT, safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from methods.dissection.scores import LayerScores, Verdict
    from methods.labelled import Labelled
    from methods.probe import Probe
    from methods.retrieval import TopResult
    from methods.unit import Unit

_FOLDER = "dissect"


def default_folder(model: str, data: str) -> Path:
    """Where the dissection of a model on a probe set goes, and is looked for: ``viz-out/MODEL/dissect/PROBESET``."""
    return ROOT / safe(model) / _FOLDER / safe(data)


@dataclass(frozen=True, eq=False)
class Names:
    """What one dissection calls the units of a layer.

    Args:
        out: the dissection's folder.
        layer: the layer's own name.
        cut: the IoU above which a unit is a detector.
        labelled: the probe set.
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

    def headline(self, unit: Unit) -> str:
        """Such as ``"car, IoU 0.13"``; of a unit that is no detector, what comes nearest."""
        return headline(self._verdicts[unit.index], self.cut)

    def marked(self, top: TopResult) -> TopResult:
        """Top images that show where the unit's concept is labelled, if the unit detects one and all have labels."""
        verdict = self._verdicts[top.unit.index]
        if not verdict.label or verdict.iou <= self.cut:
            return top
        number = next(
            one.number for one in self._scores.concepts if (one.category, one.name) == (verdict.category, verdict.label)
        )
        try:
            masks = [self._where(number, verdict.category, file, top) for file in top.files]
        except (BrokenImage, KeyError):
            return top
        return top.marked(masks, verdict.label)

    def _where(self, number: int, category: str, file: str, top: TopResult) -> NDArray[np.bool_]:
        found = np.zeros(self.labelled.label_shape(top.preparation), np.bool_)
        for one in self.labelled.labels(self._places[file], top.preparation).get(category, ()):
            found |= np.asarray(one) == number
        return found

    @functools.cached_property
    def _places(self) -> dict[str, int]:
        return {self.labelled.file(index): index for index in range(len(self.labelled))}


def headline(verdict: Verdict, cut: float) -> str:
    """What a unit is called, for the head of its card."""
    if not verdict.label:
        return "no concept: its mask meets none"
    said = f"{verdict.label}, IoU {verdict.iou:.2f}"
    return said if verdict.iou > cut else f"no detector (nearest: {said})"


def names(model: str, probe: Probe, layers: Sequence[str], images: str | Path | None) -> dict[str, Names]:
    """The dissections at hand of that network, on that probe set, by layer; of several, the newest.

    Args:
        model: the model's name.
        probe: the network; a dissection of other weights is left aside.
        layers: whose units are looked at, by their own names.
        images: the probe set as it was asked for; None has no names.
    """
    manifests = list(_manifests(model))
    if images is None or not manifests:
        return {}
    labelled = _labelled(images)
    found: dict[str, Names] = {}
    for folder, held in manifests:
        if labelled is None or held["weights_sha256"] != probe.identity.weights_sha256 or held["settings"]["rotate"]:
            continue
        if held["set"]["fingerprint"] != labelled.fingerprint:
            continue
        for layer in layers:
            if layer in held["layers"]:
                found.setdefault(layer, Names(folder, layer, float(held["settings"]["cut"]), labelled))
    return found


def _manifests(model: str) -> Iterator[tuple[Path, dict]]:  # type: ignore[type-arg] # JSON
    """Finished dissections of a model in the default place, the newest first; what cannot be read is left aside."""
    from visualize.dissection.files import read_json
    from visualize.dissection.tables import MANIFEST

    files = [path for path in (ROOT / safe(model) / _FOLDER).glob(f"*/{MANIFEST}") if path.is_file()]
    for path in sorted(files, key=lambda path: -path.stat().st_mtime):
        try:
            held = read_json(path)
        except (InputError, OSError):
            continue
        if {"weights_sha256", "settings", "set", "layers"} <= held.keys():
            yield path.parent, held


def _labelled(images: str | Path) -> Labelled | None:
    from visualize.data import open_labelled

    try:
        return open_labelled(images)
    except InputError:
        return None
