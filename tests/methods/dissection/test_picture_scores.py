"""Scores of whole pictures, against scikit-learn's own of the masks that the pictures have."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from visualize.methods import InputError
from visualize.methods.dissection.agreement import SCORES
from visualize.methods.dissection.bootstrap import draws
from visualize.methods.dissection.pipeline import Dissected, dissect, masks
from visualize.methods.dissection.settings import Score, Settings
from visualize.methods.testing.subjects import SIZE, LabelledNoise, tiny_probe

if TYPE_CHECKING:
    from visualize.methods.pictures.labelled import Labelled

metrics = pytest.importorskip("sklearn.metrics")

LAYER, PICTURES = "deep", 24


@cache
def _labelled() -> LabelledNoise:
    """Pictures of which each has some of the concepts, in a corner, and some no scene."""
    generator = np.random.default_rng(3)
    pictures = [generator.integers(0, 256, (*SIZE, 3), dtype=np.uint8) for _ in range(PICTURES)]
    annotations = []
    for number in range(PICTURES):
        label = np.zeros((SIZE[0] // 2, SIZE[1] // 2), int)
        label[:4, :6] = number % 3
        annotations.append({"object": [label], **({"scene": [7]} if number % 5 == 0 else {})})
    return LabelledNoise(pictures, annotations)  # type: ignore[arg-type]


@cache
def _dissected(score: Score) -> Dissected:
    settings = Settings(score=score, quantile=0.02, resamples=40)
    return dissect(tiny_probe(), [LAYER], cast("Labelled", _labelled()), settings)


def _active() -> np.ndarray:
    """Units x pictures, whether the mask covers anything."""
    done = _dissected("picture-f1")
    units = done.layers[LAYER].units
    pairs = [(unit, picture) for unit in range(units) for picture in range(PICTURES)]
    drawn = masks(done.store, LAYER, done.evaluators[LAYER], pairs)
    return np.array([[drawn[unit, picture].any() for picture in range(PICTURES)] for unit in range(units)])


def _present() -> dict[str, np.ndarray]:
    """Concept -> whether it occurs in each picture."""
    objects = np.array([number % 3 for number in range(PICTURES)])
    return {"car": objects == 1, "tree": objects == 2, "street": np.arange(PICTURES) % 5 == 0}


def test_scores_are_those_of_scikit_learn_on_the_annotated_pictures() -> None:
    layer, active = _dissected("picture-f1").layers[LAYER], _active()
    assert 0 < active.mean() < 1
    annotated = {"object": _present()["car"] | _present()["tree"], "scene": _present()["street"]}
    for column, concept in enumerate(layer.concepts):
        asked = annotated[concept.category]
        present = _present()[concept.name][asked]
        for unit in range(layer.units):
            on = active[unit][asked]
            assert layer.scored("picture-f1")[unit, column] == pytest.approx(
                metrics.f1_score(present, on, zero_division=0), abs=1e-12
            )
            if present.all() or on.all() or not on.any():
                continue
            assert layer.scored("picture-correlation")[unit, column] == pytest.approx(
                metrics.matthews_corrcoef(present, on), abs=1e-12
            )
            if (present & on).any():
                assert layer.scored("picture-auprc")[unit, column] == pytest.approx(
                    metrics.average_precision_score(on, present), abs=1e-12
                )


def test_units_are_named_by_it_and_iou_stays_that_of_pixels() -> None:
    by_pixels, by_pictures = (_dissected(score).layers[LAYER] for score in ("iou", "picture-f1"))
    np.testing.assert_array_equal(by_pixels.iou, by_pictures.iou)
    allowed = np.where(by_pictures.intersection > 0, by_pictures.scored("picture-f1"), 0)
    for unit, verdict in enumerate(by_pictures.verdicts()):
        if verdict.label:
            column = [concept.name for concept in by_pictures.concepts].index(verdict.label)
            assert allowed[unit, column] == allowed[unit].max()
            assert verdict.iou == by_pictures.iou[unit, column]
    assert by_pixels.both_pictures is None
    with pytest.raises(InputError, match="no counts of pictures"):
        by_pixels.scored("picture-f1")


def test_how_often_a_name_is_kept_is_told_by_the_same_score() -> None:
    """Drawn anew by hand: the same draws of pictures, the score of each by its definition."""
    layer, active, present = _dissected("picture-f1").layers[LAYER], _active(), _present()
    annotated = np.stack([present["car"] | present["tree"], present["street"]], 1)
    drawn = draws(annotated.astype(np.uint8), 40).astype(int)
    assert layer.sure is not None
    for unit in range(layer.units):
        score = np.zeros((len(layer.concepts), 40))
        for column, concept in enumerate(layer.concepts):
            on = active[unit] & annotated[:, int(concept.category == "scene")]
            there = present[concept.name]
            both, masked, occurs = (item.astype(float) @ drawn for item in (on & there, on, there))
            score[column] = SCORES["f1"].function(both, masked, occurs) * (layer.intersection[unit, column] > 0)
        best = np.where(score.max(0) > 0, score.argmax(0), -1)
        name = layer.best[0][unit]
        assert layer.sure.kept[unit] == pytest.approx((best == name).mean() if name >= 0 else 0)


def test_without_resamples_there_are_no_counts_of_pictures() -> None:
    with pytest.raises(InputError, match="resamples 0"):
        Settings(score="picture-f1", resamples=0)
