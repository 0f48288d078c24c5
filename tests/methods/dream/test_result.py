"""Records of dreams: animations that cannot be made are refused."""

from __future__ import annotations

import pytest

from methods.dream.method import DeepDream
from methods.errors import InputError
from methods.pictures.images import Stack
from methods.unit import Unit
from tests.kit.networks import SIZE
from tests.kit.pictures import arrays
from tests.methods.dream.dreams import classifier, dream


def test_animations_that_cannot_be_made_are_refused() -> None:
    result = dream(DeepDream(steps=1), classifier(), Unit("deep", 1), Stack(arrays(1, SIZE)))
    with pytest.raises(InputError, match="frames=24"):
        result.animation()
    filmed = dream(DeepDream(steps=1, frames=2), classifier(), Unit("deep", 1), Stack(arrays(1, SIZE)))
    with pytest.raises(InputError, match="no dream 1"):
        filmed.animation(place=1)
