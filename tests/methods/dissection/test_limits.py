"""Limits against hand-worked cases, sets that are put where they overlap most, and plain sums over pixels."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.kit.labelled import Held
from tests.kit.networks import SIZE, Classifier, seeded
from tests.kit.pictures import arrays
from visualize.methods.dissection.limits import ceiling, chance, limits
from visualize.methods.dissection.pipeline import dissect
from visualize.methods.dissection.settings import Settings
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.labelled import Concept


def test_a_mask_of_half_a_percent_reaches_the_published_arithmetic_for_a_road() -> None:
    """A road that covers 34.24 % of CamVid: 0.005 / 0.3424."""
    assert ceiling(0.005, 0.3424) == pytest.approx(0.0146, abs=5e-5)
    assert chance(0.005, 0.3424) == pytest.approx(0.005 * 0.3424 / (0.005 + 0.3424 - 0.005 * 0.3424))


def test_no_placement_of_a_mask_passes_the_ceiling_and_the_best_one_reaches_it() -> None:
    for mask, concept in itertools.product(range(1, 7), repeat=2):
        places = [set(range(start, start + mask)) for start in range(8)]
        labelled = set(range(concept))
        best = max(len(place & labelled) / len(place | labelled) for place in places)
        assert float(ceiling(mask, concept)) == best


def test_chance_is_the_iou_of_a_mask_and_a_concept_that_do_not_know_each_other() -> None:
    """Rows against columns: every row is labelled in the same part."""
    mask, concept = np.zeros((12, 10), bool), np.zeros((12, 10), bool)
    mask[:3], concept[:, :4] = True, True
    assert float(chance(mask.mean(), concept.mean())) == pytest.approx((mask & concept).sum() / (mask | concept).sum())


def test_what_is_empty_has_no_limits() -> None:
    assert ceiling([0, 0, 3], [0, 2, 0]).tolist() == chance([0, 0, 0.5], [0, 0.5, 0]).tolist() == [0, 0, 0]


def _set() -> Held:
    """Eight pictures: all name objects, two of them a texture as well, and a quarter of the first one is a car."""
    car, wood = np.zeros((10, 14), int), np.zeros((10, 14), int)
    car[:5, :7], wood[:, :7] = 1, 3
    annotations: list[dict[str, list[object]]] = [{"object": [np.full((10, 14), 2)]} for _ in range(8)]
    annotations[0]["object"] = [np.where(car, 1, 2)]
    annotations[3]["texture"] = annotations[5]["texture"] = [wood]
    concepts = [Concept(1, "car", "object"), Concept(2, "road", "object"), Concept(3, "wood", "texture")]
    return Held([*arrays(8, SIZE)], annotations, concepts, (10, 14))


def test_limits_of_a_dissection_are_those_of_its_pixels() -> None:
    quantile = 0.1
    labelled, probe = _set(), Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    scores = dissect(probe, ["deep"], labelled, Settings(quantile=quantile)).layers["deep"]
    assert scores.pixels == 8 * 140
    assert scores.area is not None
    assert scores.area.tolist() == [8 * 140, 2 * 140]
    found = limits(scores, quantile)
    assert found is not None
    covered, car, road, wood = 112, 35, 8 * 140 - 35, 140
    # where only two pictures say what they are made of, a mask may lie on these two as far as it likes
    wooden = max(min(mask, wood) / max(mask, wood) for mask in range(covered + 1))
    assert found.ceiling.tolist() == pytest.approx([car / covered, covered / road, wooden])
    shares = [car / (8 * 140), road / (8 * 140), wood / (2 * 140)]
    expected = [quantile * share / (quantile + share - quantile * share) for share in shares]
    assert found.chance.tolist() == pytest.approx(expected)
    assert (scores.iou <= found.reach + 1e-12).all()
    masks = scores.activation[:, [0, 0, 1]]
    each = np.minimum(masks, [car, road, wood]) / np.maximum(masks, [car, road, wood])
    np.testing.assert_allclose(found.reach, each.max(0))
    np.testing.assert_array_equal(
        found.out_of_reach(0.12), [max(*pair) <= 0.12 for pair in zip(found.ceiling, found.reach, strict=True)]
    )
    assert found.out_of_reach(0.12).tolist()[1]


def test_a_mask_that_does_not_fit_elsewhere_lies_on_the_annotated_pictures() -> None:
    """Nine tenths of all pixels cannot all lie in the other six pictures."""
    labelled, probe = _set(), Probe(seeded(Classifier()), prepare=Preparation(SIZE))
    scores = dissect(probe, ["deep"], labelled, Settings(quantile=0.9)).layers["deep"]
    found = limits(scores, 0.9)
    assert found is not None
    least = round(0.9 * 8 * 140) - 6 * 140
    assert found.ceiling[2] == pytest.approx(140 / max(least, 140))
