from __future__ import annotations

import numpy as np
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms.functional import resize

from tests.kit.pictures import arrays
from tests.visualize.transfers.kit import small_probe
from visualize.transfers.preparation import TwiceResized, twice_resized


def test_pictures_are_resized_twice_as_torchvision_does() -> None:
    (held,) = arrays(1, (300, 411))
    picture = Image.fromarray(held)
    first = resize(picture, [256], InterpolationMode.BILINEAR)
    expected = resize(first, [224, 224], InterpolationMode.BILINEAR)
    assert np.array_equal(np.asarray(TwiceResized((224, 224)).fit(picture)), np.asarray(expected))


def test_a_network_keeps_its_name_and_its_size() -> None:
    probe = small_probe()
    other = twice_resized(probe)
    assert other.identity == probe.identity
    assert other.prepare.size == probe.prepare.size
    assert isinstance(other.prepare, TwiceResized)
