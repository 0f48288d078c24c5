"""Features that a target stands for."""

from __future__ import annotations

import torch

from visualize.methods.optimization.features import Part, features
from visualize.methods.unit import Sum, Unit


def test_a_target_stands_for_its_units_or_for_whole_layers() -> None:
    both = Sum((Unit("a", 3), Unit("b", 1, (2, 2)), Unit("a", 0)))
    assert features(both, whole=False) == (Part("a", (3, 0), None), Part("b", (1,), (2, 2)))
    assert features(both, whole=True) == (Part("a", None, None), Part("b", None, (2, 2)))


def test_features_are_taken_from_the_maps_of_their_layer() -> None:
    maps = torch.arange(2 * 4 * 3 * 3).view(2, 4, 3, 3)
    assert torch.equal(Part("a", None, None).of(maps), maps)
    assert torch.equal(Part("a", (3, 0), None).of(maps), torch.stack([maps[:, 3], maps[:, 0]], 1))
    assert torch.equal(Part("a", (1,), (2, 0)).of(maps), maps[:, 1:2, 2, 0])
