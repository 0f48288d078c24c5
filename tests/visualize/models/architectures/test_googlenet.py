"""GoogLeNet as Caffe has it, against OpenCV's own reader and layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from tests.kit.shared import shared
from tests.visualize.models.caffe_files import caffemodel, described, drawn, of_prototxt, opencv
from visualize.models import load

if TYPE_CHECKING:
    from pathlib import Path


def test_googlenet_computes_what_opencv_computes_from_the_published_description(tmp_path: Path) -> None:
    pytest.importorskip("cv2")
    prototxt = described(shared("reference/places365/deploy_googlenet_places365.prototxt"))
    data = caffemodel([*of_prototxt(prototxt), ("loss1/classifier", "InnerProduct", [drawn(365, 8), drawn(365)])])
    (tmp_path / "net.caffemodel").write_bytes(data)
    probe = load("places-googlenet", weights=tmp_path / "net.caffemodel")
    pictures = torch.rand(1, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    ours = ["pool1/norm1", "conv2/norm2", "inception_3a/output", "inception_4e/output", "inception_5b/output",
            "loss3/classifier"]  # fmt: skip
    theirs = opencv(prototxt, data, probe.prepare(pictures).numpy(), ours)
    activations = probe.activations(pictures, ours)
    for name, expected in zip(ours, theirs, strict=True):
        got = activations[name].numpy().reshape(expected.shape)
        np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max(), err_msg=name)
