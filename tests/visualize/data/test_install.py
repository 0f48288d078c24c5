"""Probe sets that come in several files, from a server on this machine."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.visualize.data.made_sets import coded, exact, grey, named, only_map, photograph
from tests.visualize.download.site import Site, missing, whole
from visualize.data import open_images, open_labelled
from visualize.data.catalogue import CATALOGUE
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("cache")
_SEGMENTS = "panoptic_annotations_trainval2017.zip"
_MAPS = "stuffthingmaps_trainval2017.zip"


def _archive(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def _served_in_parts(
    monkeypatch: pytest.MonkeyPatch, site: Site, name: str, contents: dict[str, bytes]
) -> dict[str, str]:
    """Serve the files of a set, under the names that they are published under."""
    addresses = {file: site.page(file, whole(content)) for file, content in contents.items()}
    parts = tuple(
        dataclasses.replace(
            part,
            resource=dataclasses.replace(
                part.resource,
                sources=(addresses[part.resource.file],),
                md5=part.resource.md5 and hashlib.md5(contents[part.resource.file]).hexdigest(),
                size=None,
            ),
        )
        for part in CATALOGUE[name].parts
    )
    monkeypatch.setitem(CATALOGUE, name, dataclasses.replace(CATALOGUE[name], parts=parts))
    return addresses


def _coco(tmp_path: Path) -> dict[str, bytes]:
    """Two archives as COCO publishes them: photographs, and segments in an archive within the archive of tables."""
    photograph(tmp_path / "a.jpg", (4, 6))
    coded(tmp_path / "a.png", np.array([[7] * 6, [7] * 6, [0] * 6, [260] * 6]))
    tables = {
        split: json.dumps({
            "images": [{"id": 1, "file_name": f"{split}.jpg", "height": 4, "width": 6}],
            "annotations": [{
                "image_id": 1,
                "file_name": f"{split}.png",
                "segments_info": [{"id": 7, "category_id": 1}, {"id": 260, "category_id": 184}],
            }],
            "categories": [{"id": 1, "name": "person"}, {"id": 184, "name": "tree-merged"}],
        }).encode()
        for split in ("train", "val")
    }  # fmt: skip
    segments = {
        split: _archive({f"panoptic_{split}2017/{split}.png": (tmp_path / "a.png").read_bytes(), "__MACOSX/x": b"x"})
        for split in tables
    }
    annotations = {f"annotations/panoptic_{split}2017.json": content for split, content in tables.items()}
    annotations |= {f"annotations/panoptic_{split}2017.zip": content for split, content in segments.items()}
    return {
        "val2017.zip": _archive({"val2017/val.jpg": (tmp_path / "a.jpg").read_bytes()}),
        "panoptic_annotations_trainval2017.zip": _archive(annotations),
    }


def _stuff(tmp_path: Path) -> dict[str, bytes]:
    """Maps and names as COCO-Stuff publishes them."""
    grey(tmp_path / "map.png", np.array([[0, 0, 0, 181, 255, 255]] * 4))
    label_map = (tmp_path / "map.png").read_bytes()
    return {
        _MAPS: _archive({"train2017/t.png": label_map, "val2017/val.png": label_map}),
        "cocostuff_labels.txt": b"0: unlabeled\n1: person\n182: wood\n",
    }


@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning")
def test_coco_comes_by_name_in_its_archives(
    tmp_path: Path, site: Site, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = _coco(tmp_path)
    addresses = _served_in_parts(monkeypatch, site, "coco-val", contents)
    site.page("panoptic_annotations_trainval2017.zip", missing)
    with pytest.raises(InputError, match=r"cannot get panoptic_annotations_trainval2017\.zip"):
        open_labelled("coco")
    assert not (cache / "data/coco-val").exists()
    assert (cache / "models/val2017.zip").exists()  # what came is not fetched again
    site.page("panoptic_annotations_trainval2017.zip", whole(contents["panoptic_annotations_trainval2017.zip"]))
    labelled = open_labelled("coco")
    assert [path for path, _ in site.asked].count("/val2017.zip") == 1, addresses
    assert (labelled.file(0), len(labelled), len(open_images("coco-val"))) == ("val.jpg", 1, 1)
    labels = only_map(labelled.labels(0, exact((4, 6))), "object")
    assert named(labelled, labels[:2]) == {"person"}
    assert not labels[2].any()
    assert named(labelled, labels[3]) == {"tree-merged"}
    assert CATALOGUE["coco-val"].on_disk == cache / "data/coco-val"
    left = {path.relative_to(cache / "data").as_posix() for path in (cache / "data").rglob("*") if path.is_file()}
    assert {name for name in left if "train" in name or name.endswith(".zip")} == set()
    assert not list((cache / "models").glob("*.zip"))


@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning")
def test_coco_stuff_comes_by_name(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    _served_in_parts(monkeypatch, site, "cocostuff-val", _coco(tmp_path) | _stuff(tmp_path))
    labelled = open_labelled("cocostuff")
    assert (len(labelled), labelled.file(0)) == (1, "val2017/val.jpg")
    labels = only_map(labelled.labels(0, exact((4, 6))), "object")
    assert named(labelled, labels) == {"person", "wood"}
    assert (labels == 0).sum() == 8


@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning")
@pytest.mark.parametrize("first", ["coco-val", "cocostuff-val"])
def test_sets_share_their_photographs(
    first: str, tmp_path: Path, site: Site, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = _coco(tmp_path) | _stuff(tmp_path)
    for name in ("coco-val", "cocostuff-val"):
        _served_in_parts(monkeypatch, site, name, contents)
    second = ({"coco-val", "cocostuff-val"} - {first}).pop()
    assert len(open_labelled(first)) == len(open_labelled(second)) == 1
    assert [path for path, _ in site.asked].count("/val2017.zip") == 1
    photographs = [cache / "data" / name / "val2017/val.jpg" for name in (first, second)]
    assert photographs[0].read_bytes() == photographs[1].read_bytes()


@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning")
def test_sets_that_share_photographs_may_be_asked_for_at_once(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = _coco(tmp_path) | _stuff(tmp_path)
    for name in ("coco-val", "cocostuff-val"):
        _served_in_parts(monkeypatch, site, name, contents)
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(lambda name: len(open_labelled(name)), ["coco", "cocostuff"])) == [1, 1]


@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning")
@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (_SEGMENTS, {"annotations/readme": b"x"}, r"does not hold annotations/panoptic_val2017\.zip; set aside"),
        (
            _SEGMENTS,
            {"annotations/panoptic_val2017.zip": b"x"},
            r"panoptic_val2017\.zip in .*_trainval2017\.zip .*complete",
        ),
        (_SEGMENTS, {"annotations/panoptic_val2017.zip": None}, "does not belong together: one panoptic.* coco-val"),
        (_MAPS, {"other/val2017/val.png": b"x"}, "does not belong together: cocostuff-val has neither"),
        ("cocostuff_labels.txt", b"Not found", r"does not belong together: .*labels\.txt, line 1"),
    ],
)
def test_what_is_published_wrongly_is_set_aside_and_fetched_again(
    file: str, content: bytes | dict[str, bytes | None], message: str, tmp_path: Path, site: Site, cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    name = "coco-val" if file == _SEGMENTS else "cocostuff-val"
    contents = _coco(tmp_path) | _stuff(tmp_path)
    if isinstance(content, dict):
        inner = _archive({"panoptic_val2017/val.png": b"x"})
        content = _archive({member: inner if held is None else held for member, held in content.items()})
    _served_in_parts(monkeypatch, site, name, contents | {file: content})
    with pytest.raises(InputError, match=message) as caught:
        open_labelled(name)
    assert "\n" not in str(caught.value)
    assert f".{name}-" not in str(caught.value)  # no folder that is gone
    assert not list((cache / "data").glob("*-val*/*"))
    assert (cache / "models" / f"{file}.bad").exists()
    site.page(file, whole(contents[file]))
    assert len(open_labelled(name)) == 1
