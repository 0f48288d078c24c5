"""Formulas of a whole dissection are measured on the pixels of its masks and labels."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.kit.labelled import Held, noise
from tests.kit.networks import SIZE, Classifier, seeded
from visualize.methods.dissection.method import Dissection
from visualize.methods.dissection.pipeline import Dissected, dissect, masks
from visualize.methods.dissection.result import DissectionResult
from visualize.methods.dissection.settings import Settings
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SHAPE = (20, 28)
_SETTINGS = Settings(quantile=0.05, compose=3)


def _probe() -> Probe:
    return Probe(seeded(Classifier()), prepare=Preparation(SIZE))


@pytest.fixture(scope="module")
def held() -> Held:
    """Pictures of which some lack a category, and some bear a concept twice at a place."""
    return noise(24, SIZE, _SHAPE)


@pytest.fixture(scope="module")
def dissected(held: Held) -> Dissected:
    return dissect(_probe(), ["deep", "fc"], held, _SETTINGS)


def _whole(held: Held) -> list[int]:
    """The pictures that bear a concept of every category."""
    numbers = [[concept.number for concept in held.concepts if concept.category == name] for name in held.categories]
    planes = [[plane for maps in labels.values() for plane in maps] for labels in held.annotations]
    return [
        index
        for index, every in enumerate(planes)
        if all(any(np.isin(plane, some).any() for plane in every) for some in numbers)
    ]


def _planes(held: Held, numbers: list[int], indices: list[int]) -> NDArray[np.bool_]:
    """Concepts x pixels of some pictures."""

    def plane(number: int, labels: dict[str, list[Any]]) -> NDArray[np.bool_]:
        every = [np.broadcast_to(np.asarray(each) == number, _SHAPE) for maps in labels.values() for each in maps]
        held: NDArray[np.bool_] = np.logical_or.reduce(every).reshape(-1)
        return held

    rows = [np.concatenate([plane(number, held.annotations[index]) for index in indices]) for number in numbers]
    planes: NDArray[np.bool_] = np.stack(rows)
    return planes


@pytest.mark.parametrize("layer", ["deep", "fc"])
def test_the_counts_are_those_of_the_pixels(held: Held, dissected: Dissected, layer: str) -> None:
    indices, composition = _whole(held), dissected.composed[layer]
    assert 0 < composition.pictures == len(indices) < len(held)
    planes = _planes(held, [concept.number for concept in composition.concepts], indices)
    assert composition.cells == len(np.unique(planes.T, axis=0))
    wanted = [(unit, index) for unit in range(len(composition.best)) for index in indices]
    drawn = masks(dissected.store, layer, dissected.evaluators[layer], wanted)
    for unit, best in enumerate(composition.best):
        mask = np.concatenate([drawn[unit, index].reshape(-1) for index in indices])
        if best is None:
            assert not (mask & planes).any()
            continue
        formula = best.formula.where(planes.__getitem__)
        assert (best.activation, best.truth) == (mask.sum(), formula.sum())
        assert best.intersection == (mask & formula).sum()
        alone = [(mask & plane).sum() / (mask | plane).sum() for plane in planes]
        assert best.single_iou == max(alone) == alone[best.single]
        assert best.iou >= best.single_iou


def test_a_formula_of_one_concept_is_the_name_itself(held: Held) -> None:
    settings = replace(_SETTINGS, compose=1, categories=("object",))
    dissected = dissect(_probe(), ["deep"], held, settings)
    scores, composition = dissected.layers["deep"], dissected.composed["deep"]
    assert [best.iou if best else 0 for best in composition.best] == scores.iou.max(1).tolist()


def test_formulas_change_nothing_else(held: Held, dissected: Dissected) -> None:
    plain = dissect(_probe(), ["deep", "fc"], held, replace(_SETTINGS, compose=0))
    assert not plain.composed
    for layer, scores in plain.layers.items():
        np.testing.assert_array_equal(scores.iou, dissected.layers[layer].iou)


def test_categories_that_no_picture_has_all_of_are_refused(held: Held) -> None:
    apart = replace(
        held, annotations=[dict([item]) for labels in held.annotations for item in list(labels.items())[:1]]
    )
    apart.pictures = held.pictures[: len(apart.annotations)]
    with pytest.raises(InputError, match=r"annotated in all of object, part, scene.*--categories"):
        dissect(_probe(), ["deep"], apart, _SETTINGS)


def test_a_card_names_the_formula_and_outlines_its_concepts(held: Held) -> None:
    probe = _probe()
    (result,) = Dissection(quantile=0.05, compose=3)(probe, probe.unit("deep:0"), held)
    assert isinstance(result, DissectionResult)
    assert result.composed is not None
    assert any(result.formula in note for note in result.notes)
    columns = set(result.composed.formula.columns)
    assert {key.words for key in result.legend[1:]} == {
        f"where {result.concepts[column].name} is labelled" for column in columns
    }
    planes = {column: result.labelled(0, column) for column in columns}
    share = (result.composed.formula.where(planes.__getitem__) & result.masks[0]).sum() / result.masks[0].sum()
    assert f"{share:.0%} of the mask" in result.panels()[0].caption
