"""Networks that torchvision does not have, against formulas and published predictions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import skimage.data
import sklearn.datasets
import torch
from PIL import Image

from tests.kit.shared import shared
from tests.visualize.models.caffe_files import CAFFENET
from visualize.models import load
from visualize.models.architectures.caffenet import caffenet

if TYPE_CHECKING:
    from methods.network.probe import Probe


ORDER = (
    "conv1", "relu1", "pool1", "lrn1", "conv2", "relu2", "pool2", "lrn2", "conv3", "relu3", "conv4", "relu4", "conv5",
    "relu5", "pool5", "flatten", "fc6", "relu6", "dropout6", "fc7", "relu7", "dropout7", "fc8",
)  # fmt: skip


def top(probe: Probe, picture: np.ndarray, count: int = 2) -> list[tuple[str, float]]:
    """The likeliest classes of a picture (H x W x 3, uint8) and their probabilities."""
    fitted = np.array(probe.prepare.fit(Image.fromarray(picture)))
    pictures = torch.from_numpy(fitted).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        found = probe.network(probe.prepare(pictures)).softmax(1)[0].topk(count)
    return [(probe.classes[index], float(value)) for value, index in zip(*found, strict=True)]


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the real networks and the class names."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    for path in ("weights/squeezenet_weights_places365.params", "weights/compressed_SqueezeNet.net",
                 "reference/places365/categories_places365.txt"):  # fmt: skip
        (folder / Path(path).name).symlink_to(shared(path))
    monkeypatch.setenv("VIZ_MIRROR", str(folder))
    return folder


def test_places_squeezenet_says_what_its_author_published(mirror: Path) -> None:
    probe = load("places-squeezenet")
    china = top(probe, sklearn.datasets.load_sample_image("china.jpg"))
    assert [name for name, _ in china] == ["pagoda", "temple/asia"]
    assert [value for _, value in china] == pytest.approx([0.935, 0.028], abs=0.001)
    for picture, expected, likely in (("chelsea", "veterinarians_office", 0.649), ("coffee", "coffee_shop", 0.235)):
        name, value = top(probe, getattr(skimage.data, picture)())[0]
        assert name == expected
        assert value == pytest.approx(likely, abs=0.001)


def test_imagenet_squeezenet_says_what_is_published(mirror: Path) -> None:
    probe = load("imagenet-squeezenet")
    for picture, expected, likely in (("coffee", "espresso", 0.994), ("chelsea", "Egyptian cat", 0.812)):
        name, value = top(probe, getattr(skimage.data, picture)())[0]
        assert name == expected
        assert value == pytest.approx(likely, abs=0.001)


def test_a_model_without_its_list_of_classes_has_none(mirror: Path) -> None:
    (mirror / "categories_places365.txt").unlink()
    assert load("places-squeezenet").classes == ()


def test_identity_is_the_published_hash(mirror: Path) -> None:
    identity = load("places-squeezenet").identity
    assert identity.name == "places-squeezenet"
    assert identity.weights_sha256 == "162b88966e38f586d4224bcc4324078e32fc484ac1824cc73876e9775b0fcc16"


def test_places_squeezenet_has_the_papers_layers_and_maps(mirror: Path) -> None:
    layers = load("places-squeezenet").layers
    sizes = {"conv1": (64, 112), "pool1": (64, 55), "fire2": (128, 55), "fire4": (256, 27), "fire6": (384, 13),
             "fire9": (512, 13), "conv10": (365, 13)}  # fmt: skip
    for name, (units, size) in sizes.items():
        assert (layers[name].units, layers[name].map_size) == (units, (size, size))


def test_caffenet_has_the_published_state_dict() -> None:
    with torch.device("meta"):
        net = caffenet(365)
    assert tuple(name for name, _ in net.named_children()) == ORDER
    found = {name: tuple(tensor.shape) for name, tensor in net.state_dict().items()}
    expected = {f"{name}.weight": shape for name, shape in CAFFENET.items()}
    assert found == expected | {f"{name}.bias": shape[:1] for name, shape in CAFFENET.items()}


def test_caffenet_pools_round_up() -> None:
    with torch.device("meta"):
        net = caffenet()
        for size, maps in ((227, (55, 27, 13, 13, 13)), (224, (54, 27, 13, 13, 13))):
            x, found = torch.empty(1, 3, size, size), []
            for name, layer in net.named_children():
                x = layer(x)
                if name.startswith("conv"):
                    found.append(x.shape[-1])
            assert tuple(found) == maps


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
