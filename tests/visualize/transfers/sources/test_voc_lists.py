from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from visualize.methods.errors import InputError
from visualize.transfers.sources.voc_lists import has_voc_lists, read_voc_lists

if TYPE_CHECKING:
    from pathlib import Path

_LISTS = {
    "cat_trainval": "000001  1\n000003 -1\n",
    "dog_trainval": "000001 -1\n000003  0\n",
    "cat_test": "000002 -1\n000004  0\n",
    "dog_test": "000002  1\n000004 -1\n",
}


def _kit(root: Path, **changed: str | None) -> Path:
    folder = root / "VOCdevkit" / "VOC2007" / "ImageSets" / "Main"
    folder.mkdir(parents=True)
    for name, text in {**_LISTS, **changed}.items():
        if text is not None:
            (folder / f"{name}.txt").write_text(text)
    (folder / "trainval.txt").write_text("000001\n000003\n")
    return folder.parents[1]


def test_one_is_there_minus_one_is_not_and_zero_is_difficult(tmp_path: Path) -> None:
    folder = _kit(tmp_path)
    assert has_voc_lists(folder)
    for root in (folder, tmp_path / "VOCdevkit", tmp_path):
        task = read_voc_lists(root)
        assert task.classes == ("cat", "dog")
        assert task.labels.tolist() == [[1, 0], [0, 1], [0, -1], [-1, 0]]
        assert task.parts == ("train", "test", "train", "test")
        assert task.images.file(2) == "JPEGImages/000003.jpg"
        assert "2 difficult labels" in task.notes[0]


def test_without_a_test_list_validation_is_tested_on(tmp_path: Path) -> None:
    lists = {
        f"{name}_{split}": _LISTS[f"{name}_{old}"]
        for name in ("cat", "dog")
        for split, old in (("train", "trainval"), ("val", "test"))
    }
    task = read_voc_lists(_kit(tmp_path, **lists, cat_test=None, dog_test=None, cat_trainval=None, dog_trainval=None))
    assert "learnt from train and tested on val" in task.notes[0]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"dog_test": "000002 2\n"}, "line 1: '000002 2'; expected a name and 1, 0 or -1"),
        ({"dog_test": "000002 1\n"}, "000004 is in the lists of some classes"),
        ({"dog_test": "000001 1\n"}, "000001 of .* is both in trainval and in test"),
        ({"cat_test": None, "dog_test": None}, "has no CLASS_trainval"),
    ],
)
def test_lists_that_contradict_one_another_are_refused(
    tmp_path: Path, changed: dict[str, str | None], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read_voc_lists(_kit(tmp_path, **changed))
