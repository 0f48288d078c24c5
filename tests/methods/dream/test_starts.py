"""Pictures that dreams begin with: their sizes and shapes."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kit.networks import SIZE
from tests.kit.pictures import Listed, arrays
from tests.methods.dream.dreams import classifier, dream
from visualize.methods.dream.method import DeepDream
from visualize.methods.errors import InputError
from visualize.methods.pictures.images import Stack, Subset
from visualize.methods.unit import Unit


def test_pictures_keep_their_own_sizes() -> None:
    images = Stack([arrays(1, (90, 70))[0], arrays(1, (66, 120))[0]])
    result = dream(DeepDream(size="own", steps=2, frames=2), classifier(), Unit("deep", 1), images)
    assert [tuple(picture.shape[1:]) for picture in result.pictures] == [(90, 70), (66, 120)]
    np.testing.assert_array_equal((result.starts[1] * 255).round().byte().permute(1, 2, 0), images.pictures[1])
    assert set(result.arrays()) == {"dream0", "dream1", "frames0", "frames1", "before", "after"}
    turned = dream(DeepDream(size="own", steps=2), classifier(), Unit("deep", 1), Subset(images, (1, 0)))
    assert [tuple(picture.shape[1:]) for picture in turned.pictures] == [(66, 120), (90, 70)]
    with pytest.raises(InputError, match="own sizes"):
        dream(DeepDream(size="own", steps=1), classifier(), Unit("deep", 1), Listed(arrays(1, SIZE)))


def test_another_size_keeps_the_pictures_shape() -> None:
    """A disc stays a disc where a wide picture is made into a square: it is cut, not squashed."""
    across, down = np.meshgrid(np.arange(200), np.arange(100))
    disc = ((across - 100) ** 2 + (down - 50) ** 2 < 40**2).astype(np.uint8) * 255
    images = Stack([np.repeat(disc[..., None], 3, axis=2)])
    result = dream(DeepDream(size=(80, 80), steps=1), classifier(), Unit("deep", 1), images)
    inside = result.starts[0][0] > 0.5
    assert abs(int(inside.any(0).sum()) - int(inside.any(1).sum())) <= 1
    assert int(inside.any(0).sum()) == pytest.approx(64, abs=2)
