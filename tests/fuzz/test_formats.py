"""Every format that is read, in hundreds of bad versions: one line and exit 2, or, where it is not so bad, success."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from tests.fuzz import mutations
from tests.kit.hostile import outcome
from tests.visualize.cli.kit import TINY, viz
from tests.visualize.cli.shops import dissecting, of_labels
from tests.visualize.data.made_sets import coded, grey, masks, photograph, scene_parsing
from tests.visualize.dissection.made import dissected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


@dataclass(frozen=True)
class Format:
    """A file that is read, good as it stands, with the command that reads it.

    Args:
        file: the file that is made bad.
        command: arguments of ``viz``.
        cases: bad versions of the file.
        least: how many of them must be refused.
    """

    file: Path
    command: list[str | Path]
    cases: Iterable[mutations.Case]
    least: int


def _csv(root: Path) -> Format:
    names = ("label", "truth", "activation", "intersect", "iou")
    each = ",".join(f"object-{column}" for column in names)
    rows = ["1,object,car,0.25,car,80,60,28,0.25", "2,object,dog,0.02,dog,90,66,3,0.02"]
    file = root / "table.csv"
    file.write_text("\n".join([f"unit,category,label,score,{each}", *rows, ""]))
    return Format(
        file, ["compare", file, "--out", root / "out/a.png"], mutations.of_table(file.read_text(), most=40), 50
    )


def _manifest(root: Path) -> Format:
    dissected(root / "done")
    file = root / "done/dissection.json"
    return Format(file, ["compare", root / "done", "--out", root / "out/a.png"], _of_json(file), 68)


def _old_manifest(root: Path) -> Format:
    """Without checksums, as version 0.2 wrote it: types and ranges are all that tells."""
    form = _manifest(root)
    content = json.loads(form.file.read_text())
    content = {**{key: value for key, value in content.items() if key != "sha256"}, "format": 1}
    form.file.write_text(json.dumps(content))
    return Format(form.file, form.command, _of_json(form.file, most=40), 25)


def _shards(root: Path) -> list[str | Path]:
    """Two shards of a set; gives the command that puts them together."""
    of_labels(root)
    for which in (1, 2):
        assert viz(*dissecting(root, "--shard", f"{which}/2", "--out", root / str(which))).status == 0
    return ["merge", root / "1", root / "2", "--out", root / "merged"]


def _asked(root: Path) -> Format:
    command = _shards(root)
    file = root / "2/partial/asked.json"
    content = {**json.loads(file.read_text()), "format": 1}
    del content["sha256"]
    file.write_text(json.dumps(content))
    return Format(file, command, mutations.of_json(content, most=40), 50)


def _summary(root: Path) -> Format:
    command = _shards(root)
    file = root / "2/partial/summary.npz"
    return Format(file, command, mutations.of_bytes(file.read_bytes(), most=20), 25)


def _broden(name: str) -> Callable[[Path], Format]:
    def make(root: Path) -> Format:
        of_labels(root)
        file = root / f"set/{name}"
        return Format(file, ["data", root / "set"], mutations.of_table(file.read_text(), most=25), 15)

    return make


def _panoptic(root: Path) -> Format:
    photograph(root / "set/photos/a.jpg", (16, 20))
    coded(root / "set/panoptic_x/a.png", np.full((16, 20), 5))
    file = root / "set/panoptic_x.json"
    content = {
        "images": [{"id": 1, "file_name": "a.jpg", "height": 16, "width": 20}],
        "annotations": [{"image_id": 1, "file_name": "a.png", "segments_info": [{"id": 5, "category_id": 2}]}],
        "categories": [{"id": 2, "name": "sky"}],
    }
    file.write_text(json.dumps(content))
    return Format(file, ["data", f"coco:{root}/set"], mutations.of_json(content, most=100), 90)


def _stuff(root: Path) -> Format:
    photograph(root / "set/val2017/01.jpg", (4, 4))
    grey(root / "set/annotations/stuff_val2017_pixelmaps/01.png", np.array([[0, 92, 183, 105]] * 4))
    names = [{"id": 92, "name": "banner"}, {"id": 105, "name": "clouds"}, {"id": 183, "name": "other"}]
    file = root / "set/annotations/stuff_val2017.json"
    file.write_text(json.dumps({"categories": names}))
    return Format(file, ["data", root / "set"], mutations.of_json({"categories": names}), 50)


def _stuff_lines(root: Path) -> Format:
    photograph(root / "set/images/val2017/01.jpg", (4, 4))
    grey(root / "set/stuffthingmaps/val2017/01.png", np.array([[0, 11, 255, 181]] * 4))
    file = root / "set/labels.txt"
    file.write_text("1: person\n12: street sign\n182: wood\n")
    return Format(file, ["data", root / "set"], mutations.of_lines(file.read_text()), 6)


def _names(name: str) -> Callable[[Path], Format]:
    def make(root: Path) -> Format:
        masks(root / "set")
        (root / "set/names.csv").unlink()
        file = root / f"set/{name}"
        if name.endswith("json"):
            content = {"1": "wall", "2": "floor", "300": "rug"}
            file.write_text(json.dumps(content))
            return Format(file, ["data", root / "set"], mutations.of_json(content), 25)
        file.write_text("1 wall\n2 floor\n300 rug\n")
        return Format(file, ["data", root / "set"], mutations.of_lines(file.read_text()), 5)

    return make


def _scene_parsing(root: Path) -> Format:
    scene_parsing(root / "set")
    file = root / "set/objectInfo150.txt"
    return Format(file, ["data", root / "set"], mutations.of_table(file.read_text(), most=20, separator="\t"), 12)


def _outlines(root: Path) -> Format:
    photograph(root / "set/photos/a.jpg", (16, 20))
    runs = {"size": [16, 20], "counts": [40, 20, 260]}
    content = {
        "images": [{"id": 1, "file_name": "a.jpg", "height": 16, "width": 20}],
        "annotations": [
            {"image_id": 1, "category_id": 2, "iscrowd": 0, "segmentation": [[1, 1, 9, 1, 9.5, 9, 1, 9]]},
            {"image_id": 1, "category_id": 3, "iscrowd": 1, "segmentation": runs},
        ],
        "categories": [{"id": 2, "name": "car"}, {"id": 3, "name": "dog"}],
    }
    file = root / "set/instances.json"
    file.write_text(json.dumps(content))
    return Format(file, ["data", f"coco:{file}"], mutations.of_json(content, most=50), 30)


def _labelme(root: Path) -> Format:
    photograph(root / "set/a.jpg", (16, 20))
    shapes = [
        {"label": "car", "points": [[1, 1], [9, 1], [9, 9.5]], "shape_type": "polygon", "group_id": None},
        {"label": "dog", "points": [[12, 8], [14, 8]], "shape_type": "circle", "group_id": 3},
    ]
    content = {"version": "5", "shapes": shapes, "imagePath": "a.jpg", "imageHeight": 16, "imageWidth": 20}
    file = root / "set/a.json"
    file.write_text(json.dumps(content))
    return Format(file, ["data", f"labelme:{root}/set"], mutations.of_json(content, most=50), 7)


def _yolo(name: str, least: int) -> Callable[[Path], Format]:
    def make(root: Path) -> Format:
        texts = {
            "labels/a.txt": "0 0.1 0.1 0.5 0.1 0.5 0.5\n1 0.5 0.5 0.25 0.25\n1 0.2 0.3 0.6 0.3 0.6 0.9 0.2 0.9\n",
            "data.yaml": "path: .\nnames:\n  0: car\n  1: dog\n",
            "classes.txt": "car\ndog\n",
        }
        photograph(root / "set/images/a.jpg", (16, 20))
        for path in {"labels/a.txt", "classes.txt", name} - ({"classes.txt"} if name == "data.yaml" else set()):
            (root / "set" / path).parent.mkdir(exist_ok=True)
            (root / "set" / path).write_text(texts[path])
        file = root / "set" / name
        return Format(file, ["data", f"yolo:{root}/set"], mutations.of_lines(file.read_text()), least)

    return make


def _colours(name: str, text: str) -> Callable[[Path], Format]:
    def make(root: Path) -> Format:
        photograph(root / "set/a.jpg", (4, 4))
        coded(root / "set/a_mask.png", np.array([[0, 0x040302, 0x070605, 0]] * 4))
        file = root / "set" / name
        file.write_text(text)
        cases = mutations.of_lines(text) if name.endswith("txt") else mutations.of_table(text, most=25)
        return Format(file, ["data", f"masks:{root}/set"], cases, 5)

    return make


def _colour_mask(root: Path) -> Format:
    form = _colours("colors.txt", "road 2 3 4\nsky 5 6 7\n")(root)
    file = root / "set/a_mask.png"
    return Format(file, form.command, mutations.of_bytes(file.read_bytes(), most=20), 8)


def _checkpoint(root: Path) -> Format:
    return _weights(root, "net.pth", torch.save, 25)


def _legacy(root: Path) -> Format:
    return _weights(
        root, "old.pth", lambda state, path: torch.save(state, path, _use_new_zipfile_serialization=False), 10
    )


def _safetensors(root: Path) -> Format:
    return _weights(root, "net.safetensors", save_file, 10)


def _npz(root: Path) -> Format:
    return _weights(
        root, "net.npz", lambda state, path: np.savez(path, **{key: value.numpy() for key, value in state.items()}), 25
    )


def _weights(root: Path, name: str, save: Callable[[Any, Path], object], least: int) -> Format:
    (root / "tiny.py").write_text(TINY)
    scope: dict[str, Any] = {}
    exec(compile(TINY, "tiny", "exec"), scope)
    save(scope["tiny"]()[0].state_dict(), root / name)
    command: list[str | Path] = ["layers", f"{root}/tiny.py:tiny", "--weights", root / name]
    return Format(root / name, command, mutations.of_bytes((root / name).read_bytes(), most=20), least)


def _picture(ending: str) -> Callable[[Path], Format]:
    def make(root: Path) -> Format:
        (root / "tiny.py").write_text(TINY)
        file = root / f"a{ending}"
        Image.effect_noise((40, 30), 90).convert("RGB").save(file)
        command: list[str | Path] = ["predict", file, "--model", f"{root}/tiny.py:tiny", "--out", root / "out/a.png"]
        return Format(file, command, mutations.of_bytes(file.read_bytes(), most=20), 8)

    return make


def _of_json(file: Path, most: int = 60) -> Iterable[mutations.Case]:
    return mutations.of_json(json.loads(file.read_text()), most=most)


FORMATS: dict[str, Callable[[Path], Format]] = {
    "a table of a dissection": _csv,
    "the record of a dissection": _manifest,
    "the record of an old dissection": _old_manifest,
    "the record of a shard": _asked,
    "the summary of a shard": _summary,
    "Broden's index": _broden("index.csv"),
    "Broden's labels": _broden("label.csv"),
    "Broden's categories": _broden("category.csv"),
    "Broden's coverage": _broden("c_object.csv"),
    "COCO's panoptic table": _panoptic,
    "COCO's table of stuff": _stuff,
    "COCO's labels.txt": _stuff_lines,
    "names.json": _names("names.json"),
    "names.txt": _names("names.txt"),
    "ADE20K's classes": _scene_parsing,
    "COCO's table of outlines": _outlines,
    "LabelMe's file": _labelme,
    "YOLO's text": _yolo("labels/a.txt", 0),  # whose faults break its picture alone
    "YOLO's data.yaml": _yolo("data.yaml", 4),
    "YOLO's classes.txt": _yolo("classes.txt", 3),
    "colors.txt": _colours("colors.txt", "road 2 3 4\nsky 5 6 7\n"),
    "colors.csv": _colours("colors.csv", "name,r,g,b\nroad,2,3,4\nsky,5,6,7\n"),
    "a mask in colour": _colour_mask,
    "torch's checkpoint": _checkpoint,
    "torch's old checkpoint": _legacy,
    "safetensors": _safetensors,
    "numpy's npz": _npz,
    "a JPEG": _picture(".jpg"),
    "a PNG": _picture(".png"),
    "a GIF": _picture(".gif"),
    "a TIFF": _picture(".tif"),
    "a WebP": _picture(".webp"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_bad_versions_are_refused_in_one_line(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    form = FORMATS[name](tmp_path)
    cases, faults, refusals = list(form.cases), [], 0
    assert outcome(*form.command, within=tmp_path) is None, "it is good as it stands"
    for what, content in cases:
        for made in ("merged", "out"):
            shutil.rmtree(tmp_path / made, ignore_errors=True)
        form.file.write_bytes(content)
        try:
            refusals += outcome(*form.command, within=tmp_path) is not None
        except AssertionError as fault:
            faults.append(f"{what}: {str(fault).splitlines()[0][:300]}")
    assert not faults, "\n".join([f"{len(faults)} of {len(cases)}", *faults[:12]])
    assert refusals >= form.least, f"{refusals} of {len(cases)}"
