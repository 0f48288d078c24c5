"""Labels that do not fit the probe set's own list are refused."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kit.labelled import noise
from tests.kit.networks import SIZE, classifier_probe
from visualize.methods.dissection.pipeline import dissect
from visualize.methods.dissection.settings import Settings
from visualize.methods.errors import InputError


def test_labels_that_the_set_does_not_list_are_an_error() -> None:
    held = noise(12, SIZE, (10, 14))
    held.annotations[5]["object"] = [np.full((10, 14), 3)]
    with pytest.raises(InputError, match=r"held/5 \(object\) is labelled with concept 3, which"):
        dissect(classifier_probe(), ["deep"], held, Settings())
    held.annotations[5]["object"] = [np.full((10, 14), 77)]
    with pytest.raises(InputError, match="concept 77"):
        dissect(classifier_probe(), ["deep"], held, Settings())


def test_label_maps_of_another_size_are_an_error() -> None:
    held = noise(12, SIZE, (10, 14))
    held.annotations[5]["object"] = [np.ones((14, 10), int)]
    with pytest.raises(InputError, match=r"label map of held/5 \(object\) is 14 x 10; expected 10 x 14"):
        dissect(classifier_probe(), ["deep"], held, Settings())
