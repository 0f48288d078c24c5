"""The names that finished dissections have for units: found where ``viz dissect`` leaves them, and near by."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from methods.errors import BrokenImage, InputError
from visualize.files import ROOT, safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from methods.dissection.scores import LayerScores, Verdict
    from methods.network.probe import Probe
    from methods.pictures.labelled import Labelled
    from methods.provenance import Json
    from methods.top_images.result import TopResult
    from methods.unit import Unit


_FOLDER = "dissect"


def default_folder(model: str, data: str) -> Path:
    """Where the dissection of a model on a probe set goes, and is looked for: ``viz-out/MODEL/dissect/PROBESET``."""
    return ROOT / safe(model) / _FOLDER / safe(data)


@dataclass(frozen=True, eq=False)
class Named:
    """What a dissection calls a unit.

    Args:
        verdict: its best concepts.
        cut: the IoU above which a unit is a detector.
        out: the dissection's folder; None for one just made.
    """

    verdict: Verdict
    cut: float
    out: Path | None = None

    @property
    def detector(self) -> bool:
        """Whether the unit detects its best concept."""
        return bool(self.verdict.label) and self.verdict.iou > self.cut

    @property
    def headline(self) -> str:
        """Such as ``"car, IoU 0.13"``; of a unit that is no detector, what comes nearest."""
        if not self.verdict.label:
            return "no concept: its mask meets none"
        said = f"{self.verdict.label}, IoU {self.verdict.iou:.2f}"
        return said if self.detector else f"no detector (nearest: {said})"

    def facts(self) -> dict[str, Json]:
        """Label, category, iou, detector, folder (null for a dissection just made)."""
        return {
            "label": self.verdict.label,
            "category": self.verdict.category,
            "iou": self.verdict.iou,
            "detector": self.detector,
            "folder": None if self.out is None else str(self.out),
        }


@dataclass(frozen=True, eq=False)
class Names:
    """What one dissection calls the units of a layer.

    Args:
        out: the dissection's folder.
        layer: the layer's own name.
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
        """What a unit is called."""
        return Named(self._verdicts[unit.index], self.cut, self.out)

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


def names(model: str, probe: Probe, layers: Sequence[str], images: str | Path | None) -> dict[str, Names]:
    """The dissections at hand of that network, on that probe set, by layer; of several, the newest.

    At hand are those in ``viz-out/MODEL/dissect``, in the working folder and in the folders that lie in it.

    Args:
        model: the model's name.
        probe: the network; a dissection of other weights is left aside.
        layers: whose units are looked at, by their own names.
        images: the probe set as it was asked for; None has no names.
    """
    found: dict[str, Names] = {}
    if images is None:
        return found
    opened = functools.cache(functools.partial(_labelled, images))
    for folder, held in _manifests(model):
        if not _is_of(held, probe, layers):
            continue
        colours, count, seed = _drawn(held["source"] or {})
        labelled = opened(colours, count, seed)
        if labelled is None or held["set"]["fingerprint"] != labelled.fingerprint:
            continue
        labelled = (opened(colours, None, 0) if count is not None else None) or labelled  # any picture may be shown
        for layer in layers:
            if layer in held["layers"]:
                found.setdefault(layer, Names(folder, layer, float(held["settings"]["cut"]), labelled))
    return found


def _is_of(held: dict[str, Any], probe: Probe, layers: Sequence[str]) -> bool:
    """Whether a dissection is of the network as it stands, of its units, and of one of the layers."""
    return (
        held["weights_sha256"] == probe.identity.weights_sha256
        and not held["settings"]["rotate"]
        and any(layer in held["layers"] for layer in layers)
    )


def _manifests(model: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Finished dissections, the newest first; what cannot be read is left aside."""
    from visualize.dissection.durable_files import read_json
    from visualize.dissection.record import FORMAT
    from visualize.dissection.tables import MANIFEST

    places = (ROOT / safe(model) / _FOLDER, Path())
    files = {path for place in places for where in (MANIFEST, f"*/{MANIFEST}") for path in place.glob(where)}
    for path in sorted((path for path in files if path.is_file()), key=lambda path: (-path.stat().st_mtime, path)):
        try:
            held = read_json(path)
        except (InputError, OSError):
            continue
        if held.get("format") == FORMAT:
            yield path.parent, held


def _drawn(source: Mapping[str, Any]) -> tuple[bool | str, int | None, int]:
    """How the pictures of a dissection were chosen and coloured."""
    return source.get("colours", False), source.get("count"), source.get("seed", 0)


def _labelled(images: str | Path, colours: bool | str, count: int | None, seed: int) -> Labelled | None:  # noqa: FBT001 (as :func:`open_labelled` takes them)
    """The probe set as it was for a dissection."""
    from visualize.data import open_labelled

    try:
        return open_labelled(images, colours=colours, count=count, seed=seed)
    except InputError:
        return None
