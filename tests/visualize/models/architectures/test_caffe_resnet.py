"""Caffe's ResNets, against OpenCV's own reader and layers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.kit.shared import shared
from tests.visualize.models.caffe_files import caffemodel, described, of_prototxt, opencv
from visualize.models import entry_of, renaming
from visualize.models.loading import build


def test_caffe_s_resnet_computes_what_opencv_computes_from_the_published_description() -> None:
    """The stem, res2 and the first block of res3, where the stride is: the blocks after that repeat."""
    pytest.importorskip("cv2")
    prototxt = described(shared("reference/places365/deploy_resnet152_places365.prototxt"), until="res3a_relu", size=64)
    layers = of_prototxt(prototxt)
    entry = entry_of("places-resnet152-caffe")
    net = build(entry, None)
    state: dict[str, torch.Tensor] = {}
    for name, kind, blobs in layers:
        parts = ("running_mean", "running_var") if kind == "BatchNorm" else ("weight", "bias")
        count = blobs[2] if kind == "BatchNorm" else np.float32(1)
        state |= {f"{name}.{part}": torch.from_numpy(blob / count) for part, blob in zip(parts, blobs, strict=False)}
    renamed = renaming.caffe_resnet(state, entry, [])
    missing, unexpected = net.load_state_dict(renamed, strict=False)
    assert not unexpected
    assert not [name for name in missing if name.startswith(("conv1", "bn1", "layer1", "layer2.0."))
                and not name.endswith("num_batches_tracked")]  # fmt: skip
    picture = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    theirs = opencv(prototxt, caffemodel(layers), picture.numpy(), ["pool1", "res2c_relu", "res3a_relu"])
    with torch.no_grad():
        x = net.get_submodule("maxpool")(torch.relu(net.get_submodule("bn1")(net.get_submodule("conv1")(picture))))
        np.testing.assert_allclose(x.numpy(), theirs[0], rtol=1e-4, atol=1e-5)
        x = net.get_submodule("layer1")(x)
        np.testing.assert_allclose(x.numpy(), theirs[1], rtol=1e-3, atol=1e-4)
        x = net.get_submodule("layer2.0")(x)
        np.testing.assert_allclose(x.numpy(), theirs[2], rtol=1e-3, atol=1e-4)
