"""CaffeNet, against the published shapes and Caffe's formulas."""

from __future__ import annotations

import numpy as np
import torch

from tests.visualize.models.caffe_files import CAFFENET
from visualize.models.architectures.caffenet import caffenet

ORDER = (
    "conv1", "relu1", "pool1", "lrn1", "conv2", "relu2", "pool2", "lrn2", "conv3", "relu3", "conv4", "relu4", "conv5",
    "relu5", "pool5", "flatten", "fc6", "relu6", "dropout6", "fc7", "relu7", "dropout7", "fc8",
)  # fmt: skip


def test_caffenet_has_the_published_state_dict() -> None:
    with torch.device("meta"):
        net = caffenet(365)
    assert tuple(name for name, _ in net.named_children()) == ORDER
    shapes = {name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}
    expected = {f"{name}.weight": shape for name, shape in CAFFENET.items()}
    assert shapes == expected | {f"{name}.bias": shape[:1] for name, shape in CAFFENET.items()}


def test_caffenet_pools_round_up() -> None:
    with torch.device("meta"):
        net = caffenet()
        for size, maps in ((227, (55, 27, 13, 13, 13)), (224, (54, 27, 13, 13, 13))):
            x, sides = torch.empty(1, 3, size, size), []
            for name, layer in net.named_children():
                x = layer(x)
                if name.startswith("conv"):
                    sides.append(x.shape[-1])
            assert tuple(sides) == maps


def test_caffenet_normalises_as_caffe_documents() -> None:
    """Caffe: x / (1 + alpha / n * sum over the n nearest channels of x^2) ^ beta, written out in float64."""
    x = np.random.default_rng(0).normal(0, 100, (2, 9, 3, 4))
    expected = np.empty_like(x)
    for channel in range(9):
        near = x[:, max(0, channel - 2) : channel + 3]
        expected[:, channel] = x[:, channel] / (1 + 1e-4 / 5 * (near**2).sum(1)) ** 0.75
    with torch.device("meta"):
        net = caffenet()
    for name in ("lrn1", "lrn2"):
        np.testing.assert_allclose(net.get_submodule(name)(torch.from_numpy(x)).numpy(), expected, rtol=1e-12)


def test_caffenet_groups_keep_halves_apart() -> None:
    net = caffenet(1).get_submodule("conv2")
    x = torch.rand(1, 96, 5, 5)
    changed = x.clone()
    changed[:, 48:] = 0
    with torch.no_grad():
        before, after = net(x), net(changed)
    torch.testing.assert_close(before[:, :128], after[:, :128])
    assert not torch.allclose(before[:, 128:], after[:, 128:])
