"""Preparation against torchvision's transforms, Pillow's colour conversion and the formula in float64."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torchvision.transforms import v2

from tests.kit.pictures import arrays, pictures
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def test_values_are_those_of_torchvision() -> None:
    shown = pictures(3, (5, 7), dtype=torch.float64)
    wanted = v2.Normalize(list(_MEAN), list(_STD))(shown)
    torch.testing.assert_close(Preparation(mean=_MEAN, std=_STD)(shown), wanted, rtol=1e-12, atol=1e-12)


def test_caffes_values_follow_the_formula() -> None:
    """(x - mean) in BGR with x in 0..255, as CaffeNet is fed."""
    mean = (104.05, 112.51, 116.68)
    shown = pictures(2, (4, 6))
    prepared = Preparation(order="BGR", mean=mean, std=(255.0, 1.0, 2.0), maximum=255)(shown)
    numbers = shown.double().numpy()
    for channel, (colour, std) in enumerate(zip((2, 1, 0), (255.0, 1.0, 2.0), strict=True)):
        wanted = (numbers[:, colour] * 255 - mean[channel]) / std
        np.testing.assert_allclose(prepared[:, channel], wanted, rtol=1e-5, atol=2e-5)


def test_grey_is_pillows_grey() -> None:
    """Pillow weighs in 16-bit fixed point, and rounds to whole numbers."""
    colours = np.array(list(itertools.product(range(0, 256, 15), repeat=3)), np.uint8)[None]
    wanted = np.asarray(Image.fromarray(colours).convert("L"))
    tensor = torch.from_numpy(colours).permute(2, 0, 1)[None].double() / 255
    given_grey = Preparation(order="L", mean=(0.0,), std=(1.0,), maximum=255)(tensor)
    assert given_grey.shape == (1, 1, *wanted.shape)
    assert np.abs(given_grey[0, 0].numpy() - wanted).max() <= 0.5 + 0.01


@pytest.mark.parametrize("order", ["RGB", "BGR", "L"])
def test_the_gradient_is_that_of_finite_differences(order: str) -> None:
    channels = len(order)
    prepare = Preparation(
        order=order,  # type: ignore[arg-type]
        mean=(0.3,) * channels,
        std=tuple(0.1 * (k + 1) for k in range(channels)),
    )
    shown = pictures(1, (2, 3), dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(prepare, (shown,))


@given(st.integers(30, 90), st.integers(30, 90), st.sampled_from([32, 36, 40]))
def test_resize_and_crop_are_torchvisions(tall: int, wide: int, resize: int) -> None:
    (array,) = arrays(1, (tall, wide), seed=tall * wide)
    picture = Image.fromarray(array)
    if picture.size == (32, 32):
        return  # one that fits is left alone
    chain = v2.Compose([v2.Resize(resize, antialias=True), v2.CenterCrop(32)])
    given_picture = np.asarray(Preparation((32, 32), resize=resize).fit(picture))
    np.testing.assert_array_equal(given_picture, np.asarray(chain(picture)))


@pytest.mark.parametrize("size", [(32, 48), (50, 20)])
def test_squashing_is_pillows_resize(size: tuple[int, int]) -> None:
    picture = Image.fromarray(arrays(1, (61, 47))[0])
    wanted = np.asarray(picture.resize((size[1], size[0]), Image.Resampling.BILINEAR))
    np.testing.assert_array_equal(np.asarray(Preparation(size).fit(picture)), wanted)
    np.testing.assert_array_equal(np.asarray(Preparation(size, resize=size).fit(picture)), wanted)


def test_squash_then_crop_is_what_the_models_were_tried_with() -> None:
    """Resized to 256 x 256 whatever the aspect, and the centre 224 cut out: 16 pixels off on every side."""
    picture = Image.fromarray(arrays(1, (300, 400))[0])
    whole = np.asarray(picture.resize((256, 256), Image.Resampling.BILINEAR))
    given_picture = np.asarray(Preparation((224, 224), resize=(256, 256)).fit(picture))
    np.testing.assert_array_equal(given_picture, whole[16:240, 16:240])


def test_a_picture_of_the_right_size_is_left_as_it_is() -> None:
    (array,) = arrays(1, (20, 30))
    np.testing.assert_array_equal(np.asarray(Preparation((20, 30), resize=64).fit(Image.fromarray(array))), array)


@pytest.mark.parametrize(
    "wrong", [{"mean": (0.0,)}, {"std": (1.0, 1.0)}, {"std": (1.0, 0.0, 1.0)}, {"order": "L", "mean": (0.0, 0.0, 0.0)}]
)
def test_a_preparation_that_cannot_be(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match=r"needs [13] means and [13] non-zero"):
        Preparation(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"size": (0, 3)}, "1 x 1 pixels or more"),
        ({"size": 32}, r"\(height, width\)"),
        ({"size": (3.5, 2)}, r"\(height, width\)"),
        ({"resize": "big"}, "resize"),
        ({"mean": (float("nan"), 0, 0)}, "no finite number"),
        ({"std": (float("inf"), 1, 1)}, "no finite number"),
        ({"mean": 0.5}, "one number for each channel"),
        ({"order": "GBR"}, "RGB, BGR, L"),
        ({"maximum": 0}, "value of white"),
    ],
)
def test_values_that_cannot_be(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Preparation(**wrong)  # type: ignore[arg-type]


def test_a_preparation_is_a_plain_value_whatever_holds_its_numbers() -> None:
    held: dict[str, Any] = {
        "size": list(np.array([8, 9])), "mean": torch.tensor([0.5, 0.25, 0.0]), "std": np.ones(3, np.float32)
    }  # fmt: skip
    plain = Preparation(size=(8, 9), mean=(0.5, 0.25, 0.0))
    assert Preparation(**held) == plain
    assert {plain: 1}[Preparation(**held)] == 1
    assert Preparation.of(json.loads(json.dumps(Preparation(**held).document()))) == plain
