"""Records of dreams: animations that cannot be made are refused."""

from __future__ import annotations

import pytest

from tests.kit.networks import SIZE
from tests.kit.pictures import arrays
from tests.methods.dream.dreams import classifier, dream
from visualize.methods.dream.method import DeepDream
from visualize.methods.errors import InputError
from visualize.methods.pictures.images import Stack
from visualize.methods.unit import Unit


def test_animations_that_cannot_be_made_are_refused() -> None:
    result = dream(DeepDream(steps=1), classifier(), Unit("deep", 1), Stack(arrays(1, SIZE)))
    with pytest.raises(InputError, match="frames=24"):
        result.animation()
    filmed = dream(DeepDream(steps=1, frames=2), classifier(), Unit("deep", 1), Stack(arrays(1, SIZE)))
    with pytest.raises(InputError, match="no dream 1"):
        filmed.animation(place=1)
