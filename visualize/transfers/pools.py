"""Pooling of layers: to a number of features at most, or as VISSL published it for two networks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.methods.transfer.pooling import AveragePool, Grid, grid_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.network.layer import Layer
    from visualize.methods.network.probe import Probe

NUMBERS = 9000
"""Features of a picture that a layer is pooled to at most, as in VISSL."""
_ALEXNET = {
    (96, 55): AveragePool(19, 4),
    (256, 27): AveragePool(12, 3),
    (384, 13): AveragePool(9, 1),
    (256, 13): AveragePool(8, 1),
}
_RESNET50 = {
    (64, 112): AveragePool(10, 10, 4),
    (256, 56): AveragePool(16, 8),
    (512, 28): AveragePool(13, 5),
    (1024, 14): AveragePool(8, 3),
    (2048, 7): AveragePool(6, 1),
}
"""Pooling by units and rows of a layer (configs/config/benchmark/linear_image_classification/voc07 in VISSL)."""


def by_number(numbers: int, layers: Sequence[Layer]) -> dict[str, AveragePool | Grid]:
    """The finest grid of each layer that gives at most so many features."""
    return {layer.name: Grid(grid_for(layer.units, layer.map_size, numbers)) for layer in layers}


def as_published(numbers: int, probe: Probe, layers: Sequence[Layer]) -> dict[str, AveragePool | Grid]:
    """VISSL's kernels and strides for layers of AlexNet and of ResNet50; of other networks as :func:`by_number`.

    A network is one of these where all the sizes of maps of the published layers occur in it.
    """
    sizes = {(layer.units, layer.map_size[0]) for layer in probe.layers.values()}
    published = next((table for table in (_ALEXNET, _RESNET50) if set(table) <= sizes), {})
    pools = by_number(numbers, layers)
    for layer in layers:
        pool = published.get((layer.units, layer.map_size[0]))
        if pool is not None and layer.map_size[0] == layer.map_size[1]:
            pools[layer.name] = pool
    return pools
