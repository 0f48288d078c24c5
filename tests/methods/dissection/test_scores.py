"""Scores: which concepts may be best, and how detectors are counted."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING

import numpy as np

from tests.kit.labelled import noise
from tests.kit.networks import SIZE, classifier_probe
from visualize.methods.dissection.pipeline import dissect
from visualize.methods.dissection.scores import Best, Verdict, count
from visualize.methods.dissection.settings import Settings

if TYPE_CHECKING:
    import pytest


def test_small_concepts_are_never_best_but_stay_in_the_table() -> None:
    probe, held = classifier_probe(), noise(12, SIZE, (20, 28))
    every = dissect(probe, ["deep"], held, Settings(quantile=0.02)).layers["deep"]
    bound = int(np.sort(every.truth)[3])
    some = dissect(probe, ["deep"], held, Settings(quantile=0.02, minimum_area=bound)).layers["deep"]
    np.testing.assert_array_equal(some.iou, every.iou)
    named = {best.label: best.truth for verdict in some.verdicts() for best in verdict.bests.values() if best.label}
    assert named
    assert min(named.values()) >= bound


def test_detectors_are_counted_once_or_once_for_each_category() -> None:
    def verdict(unit: int, **bests: tuple[str, float]) -> Verdict:
        named = {name: Best(label, 1, 1, 1, iou) for name, (label, iou) in bests.items()}
        return Verdict(unit, max(named, key=lambda name: named[name].iou), named)

    verdicts = [
        verdict(0, object=("car", 0.3), part=("wheel", 0.1)),
        verdict(1, object=("car", 0.2), part=("door", 0.04)),  # equal to the cut is no detector
        verdict(2, object=("tree", 0.03), part=("", 0.0)),
        verdict(3, object=("car", 0.05), part=("wheel", 0.06)),
    ]
    best = count(verdicts, ["part", "object"], 0.04, once_per_category=False)
    assert (best.detectors, best.concepts) == (3, 2)
    assert dict(best.by_category) == {"part": (1, 1), "object": (2, 1)}
    each = count(verdicts, ["part", "object"], 0.04, once_per_category=True)
    assert (each.detectors, each.concepts) == (5, 2)
    assert dict(each.by_category) == {"part": (2, 1), "object": (3, 1)}


def test_the_scores_of_a_layer_are_a_table_and_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", types.SimpleNamespace(DataFrame=list))
    scores = dissect(classifier_probe(), ["deep"], noise(12, SIZE, (20, 28)), Settings(quantile=0.02)).layers["deep"]
    table = scores.frame()
    assert [row["unit"] for row in table] == list(range(scores.units))
    for place, concept in enumerate(scores.concepts):
        both, truth = scores.intersection[:, place], scores.truth[place]
        union = scores.activation[:, scores.categories.index(concept.category)] + truth - both
        column = np.array([row[f"{concept.category}:{concept.name}"] for row in table])
        np.testing.assert_allclose(column * union, both, rtol=1e-12)
    assert repr(scores).startswith(f"<LayerScores of deep: {scores.units} units, {len(scores.concepts)} concepts")
    assert "\n" not in repr(scores)
