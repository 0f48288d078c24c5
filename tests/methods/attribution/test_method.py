"""Pictures that every explaining method chooses, and the settings that it refuses."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from tests.kit.networks import SIZE
from tests.kit.pictures import Listed, arrays
from tests.methods.attribution.explained import UNIT, classifier
from visualize.methods.attribution.deconvolution import Deconvolution
from visualize.methods.attribution.guided_backprop import GuidedBackpropagation
from visualize.methods.attribution.result import AttributionResult, strength
from visualize.methods.attribution.saliency import Saliency
from visualize.methods.errors import BrokenImageWarning, InputError
from visualize.methods.pictures.images import Stack, Subset
from visualize.methods.progress import silent
from visualize.methods.top_images.method import TopImages

if TYPE_CHECKING:
    from visualize.methods.unit import Unit


def explained(
    method: Saliency | Deconvolution | GuidedBackpropagation, images: object, unit: Unit = UNIT
) -> AttributionResult:
    (result,) = method(classifier(), unit, images)  # type: ignore[arg-type]
    assert isinstance(result, AttributionResult)
    return result


def test_a_large_set_is_scanned_for_the_pictures_that_excite_the_unit_most() -> None:
    images = Stack(arrays(9, SIZE))
    (top,) = TopImages(count=3).look(classifier(), [UNIT], images, silent)
    for method in (Saliency(count=3), Deconvolution(count=3), GuidedBackpropagation(count=3)):
        result = explained(method, images)
        assert result.indices == top.indices
        assert result.positions == top.positions
        np.testing.assert_allclose(result.activations, top.activations)
        whole = explained(method, Subset(images, result.indices))
        np.testing.assert_allclose(whole.arrays()["attribution"], result.arrays()["attribution"])
        assert whole.indices == (0, 1, 2)
        assert whole.files == result.files


def test_a_small_set_is_explained_whole_in_its_own_order() -> None:
    images = Stack(arrays(4, SIZE))
    result = explained(Saliency(), images)
    assert result.indices == (0, 1, 2, 3)
    probe = classifier()
    shown = torch.stack([torch.from_numpy(picture) for picture in images.pictures]).permute(0, 3, 1, 2).double() / 255
    maps = probe.activations(shown, ["deep"])["deep"][:, 1]
    np.testing.assert_allclose(result.activations, maps.flatten(1).amax(1).numpy(), rtol=1e-6)
    given = Saliency().attribute(probe, shown, UNIT)
    np.testing.assert_allclose(result.arrays()["attribution"], given.numpy(), rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(result.map(2), np.abs(result.arrays()["attribution"][2]).max(0))
    assert strength(given).shape == (4, *SIZE)


def test_pictures_that_cannot_be_read_are_named_and_left_out() -> None:
    with pytest.warns(BrokenImageWarning, match=r"picture-1\.jpg"):
        result = explained(Saliency(), Listed(arrays(3, SIZE), frozenset({1})))
    assert result.indices == (0, 2)
    assert result.broken == ("picture-1.jpg",)
    assert result.notes == ("1 of 3 pictures could not be read and were skipped",)
    unreadable = Listed(arrays(2, SIZE), frozenset({0, 1}))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(InputError, match="none of the 2 pictures of listed can be read"):
            explained(Saliency(), unreadable)
    with pytest.raises(InputError, match="holds no pictures"):
        explained(Saliency(), Stack([]))


@pytest.mark.parametrize("wrong", [{"count": 0}, {"batch": 0}])
def test_settings_that_make_no_sense_are_named(wrong: dict[str, int]) -> None:
    for method in (Saliency, Deconvolution, GuidedBackpropagation):
        with pytest.raises(InputError, match=rf"{next(iter(wrong))} is 1 or more(, or auto)?, not 0"):
            method(**wrong)  # type: ignore[arg-type]
