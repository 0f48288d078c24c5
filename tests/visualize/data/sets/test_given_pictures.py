"""Pictures from Python against torchvision's own conversions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch.utils.data import DataLoader, TensorDataset
from torchvision.datasets import FakeData, ImageFolder
from torchvision.transforms.v2 import functional

from visualize.data.sets.given_pictures import open_given
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.pictures.images import Images, Stack

if TYPE_CHECKING:
    from pathlib import Path

SIZE = (12, 16)
RAW = np.random.default_rng(0).integers(0, 256, (*SIZE, 3), np.uint8)
AS_IT_IS = Preparation(size=SIZE)


@pytest.mark.parametrize("kind", ["pillow", "array", "floats", "tensor", "float tensor", "half", "file"])
@pytest.mark.parametrize("several", [False, True])
def test_one_picture_in_every_form(tmp_path: Path, kind: str, *, several: bool) -> None:
    picture = Image.fromarray(RAW)
    picture.save(tmp_path / "a.png")
    forms: dict[str, Any] = {
        "pillow": picture, "array": RAW, "floats": RAW / 255, "tensor": functional.pil_to_tensor(picture),
        "float tensor": functional.to_dtype(functional.pil_to_tensor(picture), torch.float32, scale=True),
        "half": torch.from_numpy(RAW / 255).permute(2, 0, 1).half(), "file": tmp_path / "a.png",
    }  # fmt: skip
    images = open_given([forms[kind]] * 3 if several else forms[kind])
    assert isinstance(images, Images)
    assert len(images) == (3 if several else 1)
    np.testing.assert_allclose(images.load(len(images) - 1, AS_IT_IS), RAW, atol=1 if kind == "half" else 0)


def test_batches_grey_and_transparency() -> None:
    assert len(open_given(np.stack([RAW] * 4))) == len(open_given(torch.zeros(4, 3, 5, 5))) == 4
    grey = open_given([RAW[:, :, 0], RAW[:, :, :1], torch.from_numpy(RAW[:, :, 0])[None]])
    for index in range(3):
        np.testing.assert_array_equal(grey.load(index, AS_IT_IS), np.repeat(RAW[:, :, :1], 3, 2))
    clear = open_given(np.zeros((*SIZE, 4), np.uint8))
    assert (clear.load(0, AS_IT_IS) == 255).all()


def test_a_mixture_keeps_its_order(tmp_path: Path) -> None:
    Image.new("RGB", (16, 12), "red").save(tmp_path / "red.png")
    images = open_given([RAW, tmp_path / "red.png"])
    np.testing.assert_array_equal(images.load(0, AS_IT_IS), RAW)
    assert images.load(1, AS_IT_IS).reshape(-1, 3).mean(0).tolist() == [255, 0, 0]


def test_a_dataset_of_torchvision_gives_its_own_pictures(tmp_path: Path) -> None:
    dataset = FakeData(5, (3, *SIZE), 4)
    images = open_given(dataset)
    assert (len(images), images.name, images.file(2)) == (5, "FakeData", "FakeData/2")
    for index in range(5):
        np.testing.assert_array_equal(images.load(index, AS_IT_IS), np.asarray(dataset[index][0]))
    (tmp_path / "cat").mkdir()
    Image.fromarray(RAW).save(tmp_path / "cat/1.png")
    folder = open_given(ImageFolder(str(tmp_path), transform=functional.pil_to_tensor))
    np.testing.assert_array_equal(folder.load(0, AS_IT_IS), RAW)


def test_an_item_of_a_dataset_that_fails_is_a_broken_picture() -> None:
    pictures = torch.zeros(2, 3, *SIZE)
    pictures[1] = -2
    images = open_given(TensorDataset(pictures, torch.arange(2)))
    assert images.load(0, AS_IT_IS).shape == (*SIZE, 3)
    with pytest.raises(BrokenImage, match=r"TensorDataset/1: has floats from -2 to -2"):
        images.load(1, AS_IT_IS)


def test_a_probe_set_stays_as_it_is() -> None:
    stack = Stack([RAW])
    assert open_given(stack) is stack


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (5, "a int holds no pictures"), ({}, "a dict holds no pictures"), ([], "list of pictures is empty"),
        ([None], "picture 0 is a NoneType"), (np.zeros((3, 9, 9)), "shape 3 x 9 x 9"),
        (np.full((4, 4, 3), 0.5) * 3, r"floats from 1.5 to 1.5"), (np.full((4, 4, 3), np.nan), "floats from nan"),
        (np.zeros((4, 4, 3), np.int64), "numbers of int64"), (TensorDataset(torch.zeros(0, 3, 4, 4)), "is empty"),
        (TensorDataset(torch.full((2, 3, 4, 4), -2.0)), "item 0 of the dataset a TensorDataset has floats"),
        (DataLoader(TensorDataset(torch.zeros(2, 3, 4, 4))), "torch dataset"), (iter([RAW]), "torch dataset"),
    ],
)  # fmt: skip
def test_anything_else_is_one_sentence(given: object, message: str) -> None:
    with pytest.raises(InputError, match=message) as fault:
        open_given(given)
    assert "\n" not in str(fault.value)
