"""Caffe's models of the catalogue: AlexNet-Places365 in both of its formats, 233 MB each."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from tests.kit.shared import shared
from tests.visualize.cli.kit import viz
from tests.visualize.models.caffe_files import CAFFENET, Layers, caffemodel, described, drawn, opencv
from visualize.models import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from visualize.methods.network.probe import Probe


@dataclass(frozen=True)
class Published:
    """AlexNet-Places365 in both of its formats, 233 MB each, and the probes that either gives."""

    caffe: Path
    convolutions: bytes
    probes: tuple[Probe, Probe]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Published]:
    """The files lie in a folder that is gone after these tests."""
    folder = tmp_path_factory.mktemp("published")
    weights = {name: (drawn(*shape), drawn(shape[0])) for name, shape in CAFFENET.items()}
    layers: Layers = [
        (name, "InnerProduct" if name.startswith("fc") else "Convolution", list(pair)) for name, pair in weights.items()
    ]
    caffe, plain = folder / "alexnet_places365.caffemodel", folder / "alexnet.pth"
    caffe.write_bytes(caffemodel(layers))
    state = {f"{name}.{part}": torch.from_numpy(array) for name, pair in weights.items()
             for part, array in zip(("weight", "bias"), pair, strict=True)}  # fmt: skip
    torch.save(state, plain)
    probes = load("places-alexnet", weights=caffe), load("places-alexnet", weights=plain)
    plain.unlink()
    yield Published(caffe, caffemodel(layers[:5]), probes)
    shutil.rmtree(folder)


def test_alexnet_places365_is_the_same_network_from_either_format(published: Published) -> None:
    pictures = torch.rand(1, 3, 227, 227, generator=torch.Generator().manual_seed(0))
    activations = []
    for probe in published.probes:
        assert [probe.layer(name).units for name in CAFFENET] == [shape[0] for shape in CAFFENET.values()]
        assert probe.layer("conv5").map_size == (13, 13)
        assert probe.prepare.order == "BGR"
        activations.append(probe.activations(pictures, list(CAFFENET)))
    for name in CAFFENET:
        assert torch.equal(activations[0][name], activations[1][name])
        assert activations[0][name].std() > 0


def test_alexnet_computes_what_opencv_computes_from_the_published_description(published: Published) -> None:
    """conv1 to pool5: grouped convolutions, ceil pooling, local response normalisation."""
    pytest.importorskip("cv2")
    pictures = torch.rand(1, 3, 227, 227, generator=torch.Generator().manual_seed(1))
    bgr = pictures.numpy()[:, ::-1] * 255 - np.array([104.05, 112.51, 116.68], np.float32).reshape(3, 1, 1)
    prototxt = described(shared("reference/places365/deploy_alexnet_places365.prototxt"), until="pool5")
    ours = {"pool1": "pool1", "norm1": "lrn1", "norm2": "lrn2", "pool5": "pool5"}
    theirs = opencv(prototxt, published.convolutions, bgr, list(ours))
    activations = published.probes[0].activations(pictures, list(ours.values()))
    for name, expected in zip(ours.values(), theirs, strict=True):
        np.testing.assert_allclose(activations[name].numpy(), expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def test_a_card_of_the_talk_s_unit_is_drawn_from_the_mirror(
    published: Published, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZ_MIRROR", str(published.caffe.parent))
    out = tmp_path / "card.png"
    ran = viz("unit", "--model", "places-alexnet", "--layer", "conv5", "--unit", "79", "--steps", "2",
              "--methods", "ascent", "--out", out)  # fmt: skip
    assert ran.status == 0, ran.err
    assert out.stat().st_size > 10_000
    assert (tmp_path / "cache" / "models" / "alexnet_places365.caffemodel.sha256").is_file()
