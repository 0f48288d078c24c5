"""Tables, lists, folders and settings of ``viz transfer`` and ``viz ablate``: refused in a line, with nothing left."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.kit import harm
from tests.kit.hostile import refused
from tests.visualize.cli.kit import TINY, viz

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SPLIT = ("train",) * 3 + ("test",) * 2
ROWS = [(f"{label}/{n}.png", label, SPLIT[n], f"film {n}") for label in "ab" for n in range(5)]
GOOD = "\n".join(",".join(row) for row in [("file", "label", "split", "group"), *ROWS, ()])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a network and pictures in folders of two classes."""
    (tmp_path / "tiny.py").write_text(TINY)
    for number, (file, *_) in enumerate(ROWS):
        path = tmp_path / "set" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        noise = np.random.default_rng(number).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(noise).save(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _transfer(home: Path, data: str | Path, *more: str) -> str:
    named = ["--model", f"{home}/tiny.py:tiny", "--layer", "conv", "--device", "cpu", "--no-twin", "--numbers", "1"]
    return refused("transfer", *named, "--data", data, "--out", home / "out/a/b", *more, within=home)


TABLES = {
    "nothing": "",
    "a head alone": "file,label\n",
    "no file": GOOD.replace("file,", "path,"),
    "no label": GOOD.replace("label", "kind"),
    "file twice": GOOD.replace("group", "file"),
    "one class": GOOD.replace(",b,", ",a,"),
    "no class": GOOD.replace(",b,", ",,").replace(",a,", ",,"),
    "a class for each": "file,label\n" + "".join(f"{row[0]},class {n}\n" for n, row in enumerate(ROWS)),
    "a picture twice": f"{GOOD}a/0.png,a,train,film 0\n",
    "a picture of two classes in two lines": f"{GOOD}a/0.png,b,train,film 0\n",
    "a picture on both sides": f"{GOOD}a/0.png,a,test,film 3\n",
    "a picture twice by another path": f"{GOOD}./a/0.png,a,train,film 0\n",
    "a film on both sides": GOOD.replace("film 4", "film 0"),
    "a split of another name": GOOD.replace("test", "exam"),
    "an empty split": GOOD.replace(",test,", ",,"),
    "nothing to learn from": GOOD.replace("train", "test"),
    "nothing to test": GOOD.replace("test", "train"),
    "a class that is not learnt": GOOD.replace("b/3.png,b,", "b/3.png,c,").replace("b/4.png,b,", "b/4.png,c,"),
    "a file that is not there": GOOD.replace("a/0.png", "a/9.png"),
    "a folder": GOOD.replace("a/0.png", "a"),
    "a file elsewhere": GOOD.replace("a/0.png", "/etc/passwd"),
    "a file upwards": GOOD.replace("a/0.png", "../../../etc/passwd"),
    "an address": GOOD.replace("a/0.png", "http://127.0.0.1:1/a.png"),
    "a zero byte": GOOD.replace("a/0.png", "a/0\0.png"),
    "a name of 5,000 letters": GOOD.replace("a/0.png", "x" * 5000),
    "a class of a million letters": GOOD.replace(",b,", f",{'x' * 1_000_000},", 1),
    "50,000 classes of one picture": GOOD.replace(",b,", f",{';'.join(map(str, range(50_000)))},", 1),
    "a line too long": GOOD.replace("film 0", "film 0,more,still more", 1),
    "an open quote": f'{GOOD}"a/0.png',
    "semicolons": GOOD.replace(",", ";"),
    "UTF-16": GOOD.encode("utf-16"),
    "zeros": bytes(1000),
}


@pytest.mark.parametrize("text", TABLES.values(), ids=TABLES)
def test_tables(text: str | bytes, home: Path) -> None:
    (home / "set/table.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    _transfer(home, home / "set/table.csv")


@pytest.mark.parametrize("name", ["loop.png", "out.png", "pipe.png"])
def test_what_is_no_picture_in_a_table(name: str, home: Path) -> None:
    (home / "set/a/loop.png").symlink_to("loop.png")
    (home / "set/a/out.png").symlink_to("/etc/passwd")
    os.mkfifo(home / "set/a/pipe.png")
    (home / "set/table.csv").write_text(GOOD.replace("a/0.png", f"a/{name}"))
    _transfer(home, home / "set/table.csv")


def _other_classes(root: Path) -> None:
    harm.into(root / "train", root / "a")
    harm.into(root / "test", root / "b")


FOLDERS: dict[str, Callable[[Path], object]] = {
    "a picture of no class": lambda root: shutil.copy(root / "a/0.png", root / "stray.png"),
    "one class": lambda root: shutil.rmtree(root / "b"),
    "no picture": lambda root: [path.write_text("x") for path in root.rglob("*.png")],
    "empty": lambda root: harm.away_all(root, "*"),
    "nothing to test": lambda root: harm.into(root / "train", root / "a", root / "b"),
    "another class to test": _other_classes,
    "a link out": lambda root: (root / "a/9.png").symlink_to("/etc/passwd"),
}


@pytest.mark.filterwarnings("ignore::visualize.methods.errors.BrokenImageWarning")
@pytest.mark.parametrize("harmed", FOLDERS.values(), ids=FOLDERS)
def test_class_folders(harmed: Callable[[Path], object], home: Path) -> None:
    harmed(home / "set")
    _transfer(home, home / "set")


def _voc(home: Path) -> Path:
    lists = home / "VOC2007/ImageSets/Main"
    lists.mkdir(parents=True)
    (home / "VOC2007/JPEGImages").mkdir()
    for number in range(5):
        shutil.copy(home / f"set/a/{number}.png", home / f"VOC2007/JPEGImages/{number:06}.jpg")
    for label, sign in (("cat", 1), ("dog", -1)):
        for split, numbers in (("trainval", (0, 1, 2)), ("test", (3, 4))):
            values = [sign * (-1) ** number for number in numbers]
            lines = (f"{number:06} {value:2}\n" for number, value in zip(numbers, values, strict=True))
            (lists / f"{label}_{split}.txt").write_text("".join(lines))
    return lists


LISTS: dict[str, Callable[[Path], object]] = {
    "an empty list": lambda lists: (lists / "cat_trainval.txt").write_text(""),
    "a value of 2": lambda lists: (lists / "cat_trainval.txt").write_text("000000 2\n"),
    "a path for a name": lambda lists: (lists / "cat_trainval.txt").write_text("../../../etc/passwd 1\n"),
    "no test list of a class": lambda lists: (lists / "cat_test.txt").unlink(),
    "no test list": lambda lists: harm.away_all(lists, "*_test.txt"),
    "a picture with two values": lambda lists: (lists / "cat_trainval.txt").open("a").write("000000 -1\n"),
    "a picture on both sides": lambda lists: (lists / "cat_test.txt").open("a").write("000000  1\n"),
    "a picture that one class lacks": lambda lists: (lists / "cat_test.txt").open("a").write("000009  1\n"),
    "a pipe": lambda lists: harm.pipe(lists / "cat_test.txt"),
    "a folder": lambda lists: harm.folder(lists / "cat_trainval.txt"),
    "no text": lambda lists: (lists / "cat_trainval.txt").write_bytes(b"\xff\xfe\0" * 100),
    "900 MB": lambda lists: os.truncate(lists / "cat_trainval.txt", 900 << 20),
    "no pictures": lambda lists: shutil.rmtree(lists.parents[1] / "JPEGImages"),
}


@pytest.mark.parametrize("harmed", LISTS.values(), ids=LISTS)
def test_lists_of_voc(harmed: Callable[[Path], object], home: Path) -> None:
    harmed(_voc(home))
    _transfer(home, home / "VOC2007")


@pytest.mark.parametrize(
    "given",
    [
        "--numbers 0", "--numbers -1", "--share 0", "--share 1", "--share nan", "--share 1e400", "--seed -1",
        "--seed 99999999999999999999", "--pixels 0", "--batch 0", "--protocol best", "--layer nowhere",
        "--count 0", "--category sky", "--data nowhere", "--data /dev/zero", "--explain --protocol knn",
    ],
)  # fmt: skip
def test_settings_of_a_transfer(given: str, home: Path) -> None:
    _transfer(home, home / "set", *given.split())


@pytest.mark.parametrize("name", ["", " ", "\0", "x" * 5000, "hf/", "coco:nowhere"])
def test_names_of_no_data(name: str, home: Path) -> None:
    _transfer(home, name)


@pytest.mark.parametrize(
    "given",
    [
        "--least 0", "--least 1000000000", "--sizes 0", "--sizes x", "--sizes 1,,2", "--sizes -1", "--by median",
        "--labels mine", "--labels given", "--unit 99", "--unit 0-1000000000", "--unit 3+4", "--unit 0@1,1",
        "--count 0", "--count -1", "--seed -1", "--seed 99999999999999999999", "--batch 0", "--layer nowhere",
        "--data nowhere", "--data /dev/zero",
    ],
)  # fmt: skip
def test_settings_of_an_ablation(given: str, home: Path) -> None:
    named = ["--model", f"{home}/tiny.py:tiny", "--layer", "conv", "--device", "cpu", "--data", f"{home}/set"]
    refused("ablate", *named, "--least", "1", *given.split(), "--out", home / "out/a", within=home, warned=True)


def test_what_is_good_as_it_stands(home: Path) -> None:
    (home / "set/table.csv").write_text(GOOD)
    named = ["--model", f"{home}/tiny.py:tiny", "--layer", "conv", "--device", "cpu", "--no-twin", "--numbers", "1"]
    for data in (home / "set/table.csv", home / "set"):
        assert viz("transfer", *named, "--data", data, "--out", home / "out").status == 0
    _voc(home)
    assert viz("transfer", *named, "--data", home / "VOC2007", "--out", home / "out").status == 0
