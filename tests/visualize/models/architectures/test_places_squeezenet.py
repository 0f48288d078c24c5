"""SqueezeNet 1.1 with batch norm, against the paper's table."""

from __future__ import annotations

from visualize.models import load


def test_places_squeezenet_has_the_papers_layers_and_maps() -> None:
    sizes = {"conv1": (64, 112), "pool1": (64, 55), "fire2": (128, 55), "fire4": (256, 27), "fire6": (384, 13),
             "fire9": (512, 13), "conv10": (365, 13)}  # fmt: skip
    layers = load("random/places-squeezenet").layers
    for name, (units, size) in sizes.items():
        assert (layers[name].units, layers[name].map_size) == (units, (size, size))
