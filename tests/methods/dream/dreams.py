"""Dreams, pictures and a network that the tests of DeepDream share."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from PIL import Image

from tests.kit.networks import SIZE, Classifier, seeded
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.methods.dream.method import DeepDream
    from visualize.methods.dream.result import DreamResult
    from visualize.methods.pictures.images import Images
    from visualize.methods.unit import Target


def dream(method: DeepDream, probe: Probe, unit: Target, images: Images | None = None) -> DreamResult:
    (result,) = method(probe, unit, images)
    return cast("DreamResult", result)


def smooth(size: tuple[int, int], seed: int = 0) -> NDArray[np.uint8]:
    coarse = np.random.default_rng(seed).integers(60, 196, (4, 5, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((size[1], size[0]), Image.Resampling.BICUBIC))


def classifier(size: tuple[int, int] = SIZE) -> Probe:
    return Probe(seeded(Classifier()).double(), prepare=Preparation(size))
