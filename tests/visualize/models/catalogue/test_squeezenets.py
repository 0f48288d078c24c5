"""The two SqueezeNets, against predictions that their authors published."""

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
from visualize.models import load

if TYPE_CHECKING:
    from visualize.methods.network.probe import Probe


def top(probe: Probe, picture: np.ndarray, count: int = 2) -> list[tuple[str, float]]:
    """The likeliest classes of a picture (H x W x 3, uint8) and their probabilities."""
    fitted = np.array(probe.prepare.fit(Image.fromarray(picture)))
    pictures = torch.from_numpy(fitted).permute(2, 0, 1)[None].float() / 255
    with torch.no_grad():
        best = probe.network(probe.prepare(pictures)).softmax(1)[0].topk(count)
    return [(probe.classes[index], float(value)) for value, index in zip(*best, strict=True)]


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
