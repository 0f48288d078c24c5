from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from visualize.methods.errors import InputError
from visualize.transfers.sources.tables import read_class_table

if TYPE_CHECKING:
    from pathlib import Path


def _table(folder: Path, text: str, name: str = "birds.csv") -> Path:
    for number in range(4):
        Image.new("RGB", (8, 8)).save(folder / f"{number}.png")
    (folder / name).write_text(text)
    return folder / name


def test_a_table_names_one_class_for_each_picture(tmp_path: Path) -> None:
    text = "file,label,split,group\n0.png,owl,train,a\n1.png,jay,train,b\n2.png,owl,test,c\n3.png,jay,val,\n"
    task = read_class_table(_table(tmp_path, text))
    assert task.classes == ("jay", "owl")
    assert task.labels.tolist() == [[0, 1], [1, 0], [0, 1], [1, 0]]
    assert task.parts == ("train", "train", "test", "test")
    assert task.groups == ("a", "b", "c", "line 5")
    assert not task.several
    assert [task.images.file(place) for place in range(4)] == ["0.png", "1.png", "2.png", "3.png"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("file,label,label\n0.png,owl,jay\n1.png,jay,\n2.png,,\n", "birds.csv"),
        ("file,label,label_2\n0.png,owl,jay\n1.png,jay\n2.png,\n", "birds.csv"),
        ("file\tlabels\n0.png\towl; jay\n1.png\tjay\n2.png\t\n", "birds.tsv"),
    ],
)
def test_a_picture_may_have_several_classes_or_none(tmp_path: Path, text: str, name: str) -> None:
    task = read_class_table(_table(tmp_path, text, name))
    assert task.several
    assert task.labels.tolist() == [[1, 1], [1, 0], [0, 0]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("image,label\n0.png,owl\n", "no column file"),
        ("file,name\n0.png,owl\n", "no column label"),
        ("file,label\n", "lists no pictures"),
        ("file,label\n0.png,\n", "names no class"),
        ("file,label\n9.png,owl\n", r"line 2: there is no file 9\.png"),
        ("file,label\n../0.png,owl\n", "leads out of the folder"),
        ("file,label,split\n0.png,owl,third\n", "line 2: the split 'third' is not known"),
    ],
)
def test_what_is_wrong_with_a_table_is_said_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_class_table(_table(tmp_path, text))
