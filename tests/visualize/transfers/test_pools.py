from __future__ import annotations

import torch
from torch import nn
from torchvision.models import resnet50

from tests.visualize.transfers.kit import small_probe
from visualize.methods import Probe
from visualize.methods.transfer.pooling import AveragePool, Grid
from visualize.transfers.pools import as_published, by_number


def test_resnet50_is_pooled_as_vissl_does() -> None:
    probe = Probe(resnet50(weights=None))
    names = ("relu", "layer1", "layer2", "layer3", "layer4")
    pools = as_published(9000, probe, [probe.layer(name) for name in names])
    expected = {
        "relu": (10, 10, 4),
        "layer1": (16, 8, 0),
        "layer2": (13, 5, 0),
        "layer3": (8, 3, 0),
        "layer4": (6, 1, 0),
    }
    sizes = {"relu": 9216, "layer1": 9216, "layer2": 8192, "layer3": 9216, "layer4": 8192}
    for name in names:
        layer, pool = probe.layer(name), pools[probe.layer(name).name]
        assert isinstance(pool, AveragePool)
        assert (pool.kernel, pool.stride, pool.padding) == expected[name]
        maps = torch.rand(1, layer.units, *layer.map_size)
        plain = nn.AvgPool2d(*expected[name])(maps).flatten(1)
        assert torch.equal(pool(maps), plain)
        assert plain.shape[1] == sizes[name]
        assert layer.units * pool.grid(layer.map_size)[0] * pool.grid(layer.map_size)[1] == sizes[name]


def test_other_networks_are_pooled_to_the_number_that_is_asked_for() -> None:
    probe = small_probe()
    layers = list(probe.layers.values())
    assert as_published(100, probe, layers) == by_number(100, layers)
    assert by_number(100, [probe.layer("0")]) == {"0": Grid((4, 4))}
