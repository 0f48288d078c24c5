from __future__ import annotations

import numpy as np
import pytest
import torch
from torchvision.transforms import v2

from visualize.methods import InputError, Preparation
from visualize.methods.errors import InputWarning
from visualize.models.overrides import as_options, overrides

IMAGENET = Preparation(size=(224, 224), resize=256, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
CAFFE = Preparation(
    size=(227, 227), resize=(256, 256), order="BGR", mean=(104.0, 117.0, 123.0), std=(1.0, 1.0, 1.0), maximum=255
)


def test_nothing_stated_changes_nothing() -> None:
    for known in (IMAGENET, CAFFE):
        assert overrides().applied(known) == known


def test_mean_and_std_are_those_of_torchvisions_normalize() -> None:
    preparation = overrides(size=(9, 7), mean="0.1,0.2,0.3", std=[0.5, 0.25, 0.125]).applied(CAFFE)
    pictures = torch.rand(2, 3, 9, 7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    wanted = v2.functional.normalize(pictures.flip(1), [0.1, 0.2, 0.3], [0.5, 0.25, 0.125])  # CAFFE's order is BGR
    torch.testing.assert_close(preparation(pictures), wanted)


@pytest.mark.parametrize("known", [IMAGENET, CAFFE])
@pytest.mark.parametrize("stated", ["mean", "std"])
def test_one_of_them_is_stated_for_white_of_1_whatever_the_known_white_is(known: Preparation, stated: str) -> None:
    preparation = overrides(**{stated: 0.25}).applied(known)  # type: ignore[arg-type] # one of two
    pictures = torch.rand(1, 3, 4, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    channels = pictures.flip(1) if known.order == "BGR" else pictures
    mean, std = (torch.tensor(item)[:, None, None] / known.maximum for item in (known.mean, known.std))
    wanted = (channels - (0.25 if stated == "mean" else mean)) / (0.25 if stated == "std" else std)
    torch.testing.assert_close(preparation(pictures), wanted, rtol=1e-6, atol=1e-6)


def test_values_of_255_are_understood_and_said() -> None:
    with pytest.warns(InputWarning, match=r"taken for values in 0\.\.255"):
        facts = overrides(mean="123.675,116.28,103.53", std="58.395,57.12,57.375")
    black, white = torch.zeros(1, 3, 2, 2), torch.ones(1, 3, 2, 2)
    for picture in (black, white):
        torch.testing.assert_close(facts.applied(IMAGENET)(picture), IMAGENET(picture))


def test_the_order_takes_the_known_values_along() -> None:
    preparation = overrides(order="bgr").applied(IMAGENET)
    pictures = torch.rand(1, 3, 4, 4, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(preparation(pictures), IMAGENET(pictures).flip(1))
    grey = overrides(order="Grey", mean=0.5, std=0.25).applied(IMAGENET)
    assert (grey.order, grey.mean, grey.std) == ("L", (0.5,), (0.25,))


@pytest.mark.parametrize("known", [IMAGENET, CAFFE, Preparation()])
def test_another_size_sees_the_same_part_of_a_picture(known: Preparation) -> None:
    side = known.size[0]
    changed = overrides(size=2 * side).applied(known)
    tall, wide, top, left = known.window(600, 900)
    assert changed.size == (2 * side, 2 * side)
    np.testing.assert_allclose(np.array(changed.window(600, 900)) / 2, (tall, wide, top, left), atol=1)


def test_a_size_that_is_typed() -> None:
    sizes: list[int | str | tuple[int, int]] = ["96x160", "96X160", " 96 x 160", "96,160", (96, 160)]
    assert {overrides(size=size).size for size in sizes} == {(96, 160)}
    assert overrides(size="32").size == overrides(size=np.int64(32)).size == (32, 32)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stated", "message"),
    [
        ({"size": 0}, r"size .* 0; write"), ({"size": "3x"}, "size"), ({"size": (3, 4, 5)}, "size"),
        ({"size": 3.5}, "size"), ({"size": True}, "size"), ({"size": 10**6}, "16384"), ({"mean": ""}, "mean"),
        ({"mean": "nan"}, "mean"), ({"std": float("inf")}, "std"), ({"mean": "a,b,c"}, "mean"),
        ({"std": 0}, "above 0"), ({"std": "0.1,-1,0.1"}, "above 0"), ({"mean": -0.1}, r"lies in 0\.\.1"),
        ({"mean": 300}, r"lies in 0\.\.1"), ({"mean": 120, "std": 0.2}, r"mean 120 is in 0\.\.255 and the std 0\.2"),
        ({"order": "gbr"}, "rgb, bgr or grey"), ({"prepare": (32, 32)}, "Preparation, not a tuple"),
        ({"mean": (0.1, 0.2)}, "mean has 2 values, and the network takes 3"), ({"order": "grey"}, "needs the mean"),
        ({"order": "grey", "mean": (0.1, 0.2, 0.3), "std": 1}, r"takes 1 channel \(grey\); give 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_sentence(stated: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message) as fault:
        overrides(**stated).applied(IMAGENET)  # type: ignore[arg-type] # wrong ones
    assert "\n" not in str(fault.value)


@pytest.mark.filterwarnings("ignore::visualize.methods.errors.InputWarning")
@pytest.mark.parametrize("known", [IMAGENET, CAFFE])
@pytest.mark.parametrize("wanted", [IMAGENET, CAFFE, Preparation((8, 9), order="L", mean=(0.5,), std=(0.25,))])
def test_words_of_a_command_line_lead_to_a_preparation(known: Preparation, wanted: Preparation) -> None:
    words = as_options(wanted, known)
    given = dict(zip((word.removeprefix("--") for word in words[::2]), words[1::2], strict=True))
    made = overrides(**given).applied(known)  # type: ignore[arg-type] # words
    assert made.size == wanted.size
    picture = torch.rand(1, 3, 4, 4, generator=torch.Generator().manual_seed(3))
    torch.testing.assert_close(made(picture), wanted(picture))
    assert words == [] if wanted == known else words
