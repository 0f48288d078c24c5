"""Names put to the test on pictures made to order: scenes with a concept, and the same scenes without it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from visualize.methods.concept_words import spoken
from visualize.methods.dissection.held_out import SURE, holm, rank_test, shift, sign_test
from visualize.methods.progress import silent
from visualize.scenes import Scenes
from visualize.scenes.render.sparing import SPARED
from visualize.scenes.scenes import render_without
from visualize.scenes.vocabulary import CONCEPTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from visualize.dissection.tables import Table
    from visualize.methods.network.probe import Probe
    from visualize.methods.progress import Progress
    from visualize.methods.provenance import Json
    from visualize.scenes.vocabulary import Concept

PAIRS = 40
"""Scenes with and without each concept, at most."""

LOOKED_AT = 360
"""Scenes that are drawn in search of concepts, at most: thirty of each kind."""

_FEWEST = 8  # pairs that a test needs: fewer cannot pass it among several detectors
_VISIBLE = 24  # label-map pixels of a concept, of 128 x 128, that are worth leaving out


@dataclass(frozen=True, kw_only=True)
class Verification:
    """How a unit answers to scenes with its concept and to the same scenes without it (CoSy; Kopf et al. 2024).

    Args:
        unit: the unit's number, from 0.
        label: its concept.
        category: the concept's category.
        pairs: how many scenes; fewer than 8 are no test.
        gains: part of the scenes that excite the unit more with the concept than the same without it, ties counting
            half; what excites is the mean of the map above 0, all that the rectifier after it lets through.
        auc: probability that any scene with the concept excites it more than any without (CoSy), ties counting half.
        shift: mean answer with the concept less that without, in standard deviations of those without.
        p: one-sided p-value of the sign test on the pairs; 1 without a test.
        adjusted: p after Holm's adjustment for all detectors that were tested.
        reason: why there was no test; empty where there was one.
    """

    unit: int
    label: str
    category: str
    pairs: int
    gains: float = 0.5
    auc: float = 0.5
    shift: float = 0.0
    p: float = 1.0
    adjusted: float = 1.0
    reason: str = ""

    @property
    def survives(self) -> bool:
        """Whether scenes with the concept excite the unit more than the same scenes without: adjusted p below 0.05."""
        return not self.reason and self.adjusted < SURE

    @property
    def told(self) -> str:
        """How the name did on scenes made to order, in a sentence without its full stop; empty without a test."""
        if self.reason:
            return ""
        return (
            f"of {self.pairs} scenes drawn with {spoken(self.category, self.label)} and without it {self.gains:.0%} "
            f"excite it more with it (adjusted p {self.adjusted:.1g}): the name "
            f"{'survives' if self.survives else 'does not survive'}"
        )

    def facts(self) -> dict[str, Json]:
        """The record for JSON."""
        return {**vars(self), "survives": self.survives}


def verify(probe: Probe, table: Table, *, pairs: int = PAIRS, progress: Progress = silent) -> list[Verification]:
    """Put the names of a layer's detectors to the test on scenes that no name was chosen on.

    Args:
        probe: the network that was dissected.
        table: the layer's table, of a dissection on scenes.
        pairs: how many scenes with and without each concept.
        progress: told how many scenes of how many were looked at.
    """
    detectors = [verdict for verdict in table.verdicts if verdict.label and verdict.iou > table.cut]
    wanted = {(verdict.category, verdict.label) for verdict in detectors}
    concepts = [item for item in CONCEPTS if (item.category, item.name) in wanted and item.category in SPARED]
    answers = _answers(probe, table.layer, concepts, pairs, progress)
    results = []
    for verdict in detectors:
        present, absent = answers.get((verdict.category, verdict.label), (np.empty((0, 0)),) * 2)
        named = Verification(unit=verdict.unit, label=verdict.label, category=verdict.category, pairs=len(present))
        if verdict.category not in SPARED:
            named = replace(named, reason=f"no scene can be drawn without a {verdict.category}")
        elif len(present) < _FEWEST:
            named = replace(named, reason="too few scenes can be drawn with and without it")
        else:
            some, others = present[:, verdict.unit], absent[:, verdict.unit]
            auc, _ = rank_test(some, others)
            gains = float(np.mean(np.sign(some - others) + 1) / 2)
            named = replace(named, gains=gains, auc=auc, shift=shift(some, others), p=sign_test(some - others))
        results.append(named)
    tested = [item for item in results if not item.reason]
    adjusted = dict(zip([item.unit for item in tested], holm([item.p for item in tested]).tolist(), strict=True))
    return [replace(item, adjusted=adjusted.get(item.unit, 1.0)) for item in results]


def _answers(
    probe: Probe, layer: str, concepts: Sequence[Concept], pairs: int, progress: Progress
) -> dict[tuple[str, str], tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Answers of all units to scenes with each concept and on the same without: pairs x units, twice."""
    scenes = Scenes(LOOKED_AT, split="held-out")
    gathered: dict[tuple[str, str], list[tuple[NDArray[np.float64], NDArray[np.float64]]]] = {}
    for index in range(LOOKED_AT):
        lacking = [item for item in concepts if len(gathered.get((item.category, item.name), ())) < pairs]
        if not lacking:
            break
        scene = scenes.scene(index)
        without = {}
        for item in lacking:
            if sum(int((plane == item.number).sum()) for plane in scene.labels[item.category]) >= _VISIBLE:
                other = render_without(scenes.kind(index), scenes.number(index), item)
                if other is not None:
                    without[item.category, item.name] = other.image
        if without:
            whole, *others = _means(probe, layer, [scene.image, *without.values()])
            for name, other_means in zip(without, others, strict=True):
                gathered.setdefault(name, []).append((whole, other_means))
        progress(index + 1, LOOKED_AT)
    progress(LOOKED_AT, LOOKED_AT)
    return {
        name: (np.stack([some for some, _ in items]), np.stack([others for _, others in items]))
        for name, items in gathered.items()
    }


def _means(probe: Probe, layer: str, images: Sequence[NDArray[np.uint8]]) -> list[NDArray[np.float64]]:
    """The mean of every unit's map on some pictures, where it is above 0."""
    import torch

    fitted = [np.array(probe.prepare.fit(Image.fromarray(image)), np.float32) / 255 for image in images]
    pictures = torch.from_numpy(np.stack(fitted)).permute(0, 3, 1, 2).to(probe.device)
    with torch.no_grad():
        maps = probe.activations(pictures, [layer])[layer]
    return list(maps.double().clamp(min=0).mean((2, 3)).cpu().numpy())
