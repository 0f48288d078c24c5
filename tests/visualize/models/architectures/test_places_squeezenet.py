"""SqueezeNet 1.1 with batch norm, against the paper's table."""

from __future__ import annotations

from torch import nn

from visualize.models import load
from visualize.models.architectures.places_squeezenet import places_squeezenet


def test_places_squeezenet_has_the_papers_layers_and_maps() -> None:
    sizes = {"conv1": (64, 112), "pool1": (64, 55), "fire2": (128, 55), "fire4": (256, 27), "fire6": (384, 13),
             "fire9": (512, 13), "conv10": (365, 13)}  # fmt: skip
    layers = load("random/places-squeezenet").layers
    for name, (units, size) in sizes.items():
        assert (layers[name].units, layers[name].map_size) == (units, (size, size))


def test_the_epsilon_of_its_norms_is_positive_as_some_torch_wants_and_changes_no_variance_of_1() -> None:
    epsilons = [norm.eps for norm in places_squeezenet().modules() if isinstance(norm, nn.BatchNorm2d)]
    assert len(epsilons) == 25
    assert all(epsilon > 0 and 1 + epsilon == 1 for epsilon in epsilons)
