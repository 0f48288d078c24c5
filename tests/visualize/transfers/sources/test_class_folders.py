from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.visualize.transfers.kit import save_classes
from visualize.methods.errors import InputError
from visualize.transfers.sources.class_folders import read_class_folders

if TYPE_CHECKING:
    from pathlib import Path


def test_folders_are_classes(tmp_path: Path) -> None:
    task = read_class_folders(save_classes(tmp_path, 12))
    assert task.classes == ("blue", "green", "red")
    assert task.parts == ()
    for place in range(12):
        assert task.classes[int(task.labels[place].argmax())] == task.images.file(place).split("/")[0]


@pytest.mark.parametrize(
    ("folders", "parts"),
    [
        (("train", "test"), ("test", "train")),
        (("train", "val"), ("train", "test")),
        (("Train", "val", "test"), ("train", "test", "train")),
    ],
)
def test_folders_around_them_are_parts(tmp_path: Path, folders: tuple[str, ...], parts: tuple[str, ...]) -> None:
    task = read_class_folders(save_classes(tmp_path, 18, *folders))
    by_folder = {task.images.file(place).split("/")[0]: part for place, part in enumerate(task.parts)}
    assert by_folder == dict(zip(sorted(folders), parts, strict=True))


def test_a_picture_in_no_class_is_refused(tmp_path: Path) -> None:
    save_classes(tmp_path, 6)
    Image.new("RGB", (8, 8)).save(tmp_path / "stray.png")
    with pytest.raises(InputError, match=r"stray\.png of .* lies in no class's folder"):
        read_class_folders(tmp_path)
