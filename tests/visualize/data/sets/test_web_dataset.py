from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from tests.kit.web_server import serving
from visualize.data import open_images, open_labelled
from visualize.data.files.remote_files import LocalFile
from visualize.data.sets.web_dataset import open_web_dataset
from visualize.methods.errors import BrokenImage, InputError, InputWarning
from visualize.methods.network.preprocessing import Preparation

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

webdataset = pytest.importorskip("webdataset", reason="webdataset, which writes shards, is not installed")
PLAIN = Preparation((12, 16))
COUNT = 10


def _picture(number: int) -> NDArray[np.uint8]:
    return np.random.default_rng(number).integers(0, 256, (12, 16, 3), np.uint8)


def _map(number: int) -> NDArray[np.uint8]:
    values = np.zeros((12, 16), np.uint8)
    values[:, : number + 1] = number % 3 + 1
    values[0] = 255
    return values


def _png(values: NDArray[np.uint8]) -> bytes:
    held = io.BytesIO()
    Image.fromarray(values).save(held, "PNG")
    return held.getvalue()


def _written(folder: Path, samples: list[dict[str, Any]], each: int = 4) -> Path:
    """Shards as the package webdataset writes them."""
    folder.mkdir(parents=True, exist_ok=True)
    with webdataset.ShardWriter(str(folder / "shard-%06d.tar"), maxcount=each, verbose=0) as writer:
        for sample in samples:
            writer.write(sample)
    return folder


def _samples(*, maps: bool = False, classes: str = "") -> list[dict[str, Any]]:
    samples: list[dict[str, Any]] = []
    for number in range(COUNT):
        sample: dict[str, Any] = {"__key__": f"part/{number:03d}", "png": _png(_picture(number))}
        if maps:
            sample["seg.png"] = _png(_map(number))
        if classes == "cls":
            sample["cls"] = str(number % 2).encode()
        if classes == "json":
            sample["json"] = json.dumps({"label": ["cat", "dog"][number % 2], "caption": "a pet"}).encode()
        samples.append(sample)
    return samples


def test_pictures_come_in_the_order_of_the_shards_as_they_were_written(tmp_path: Path) -> None:
    folder = _written(tmp_path / "set", _samples())
    opened = open_images(f"wds:{folder}/shard-{{000000..000002}}.tar")
    assert [opened.file(index) for index in (0, 4, 9)] == [
        "shard-000000/part/000.png", "shard-000001/part/004.png", "shard-000002/part/009.png",
    ]  # fmt: skip
    for index in range(COUNT):
        np.testing.assert_array_equal(opened.load(index, PLAIN), _picture(index))
    read = [
        sample["png"]
        for sample in webdataset.WebDataset(str(folder / "shard-{000000..000002}.tar"), shardshuffle=False)
    ]
    assert read == [_png(_picture(index)) for index in range(COUNT)]  # the package itself gives the same
    assert [item.file(0) for item in (open_images(f"wds:{folder}"), opened)] == ["shard-000000/part/000.png"] * 2
    assert len(open_images(f"wds:{folder}", count=3, seed=1)) == 3


def test_label_maps_and_their_names(tmp_path: Path) -> None:
    folder = _written(tmp_path / "set", _samples(maps=True))
    (folder / "id2label.json").write_text(json.dumps({"1": "sky", "2": "tree", "3": "road"}))
    labelled = open_labelled(f"wds:{folder}")
    assert [(item.number, item.name, item.category) for item in labelled.concepts] == [
        (1, "sky", "object"), (2, "tree", "object"), (3, "road", "object"),
    ]  # fmt: skip
    (values,) = labelled.labels(4, PLAIN)["object"]
    expected = np.where(_map(4) == 255, 0, _map(4))[1::2, 1::2]
    np.testing.assert_array_equal(values, expected)


@pytest.mark.parametrize(("classes", "names"), [("cls", ["class 0", "class 1"]), ("json", ["cat", "dog"])])
def test_classes_hold_for_whole_pictures(tmp_path: Path, classes: str, names: list[str]) -> None:
    labelled = open_labelled(f"wds:{_written(tmp_path / 'set', _samples(classes=classes))}")
    assert [item.name for item in labelled.concepts] == names
    assert labelled.categories == ("class",)
    numbers = [item.number for item in labelled.concepts]
    assert [labelled.labels(index, PLAIN)["class"] for index in range(4)] == [
        [numbers[index % 2]] for index in range(4)
    ]


def test_maps_and_classes_have_numbers_of_their_own(tmp_path: Path) -> None:
    labelled = open_web_dataset(f"wds:{_written(tmp_path / 'set', _samples(maps=True, classes='json'))}")
    numbers = [item.number for item in labelled.concepts]
    assert len(set(numbers)) == len(numbers)
    assert labelled.only(["class"]).categories == ("class",)
    assert labelled.only(["class"]).fingerprint != labelled.fingerprint


def test_a_broken_picture_is_named_and_samples_without_one_are_counted(tmp_path: Path) -> None:
    samples = _samples()
    samples[3]["png"] = b"no picture"
    del samples[5]["png"]
    samples[5]["txt"] = "a caption"
    with pytest.warns(InputWarning, match="1 samples without a picture"):
        opened = open_images(f"wds:{_written(tmp_path / 'set', samples)}")
    assert len(opened) == COUNT - 1
    with pytest.raises(BrokenImage, match=r"shard-000000/part/003\.png"):
        opened.load(3, PLAIN)
    np.testing.assert_array_equal(opened.load(5, PLAIN), _picture(6))


def test_what_lies_elsewhere_is_read_in_parts(tmp_path: Path) -> None:
    pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    folder = _written(tmp_path / "set", _samples(maps=True))
    (folder / "id2label.json").write_text(json.dumps({"1": "sky", "2": "tree", "3": "road"}))
    here = open_labelled(f"wds:{folder}/shard-{{000000..000002}}.tar")
    with serving(tmp_path) as served:
        there = open_labelled(f"wds:{served.url}/set/shard-{{000000..000002}}.tar")
        listed = open_labelled(f"wds:{served.url}/set/")
        assert there.fingerprint == here.fingerprint == listed.fingerprint
        before = len(served.sent)
        for index in range(COUNT):
            np.testing.assert_array_equal(there.load(index, PLAIN), _picture(index))
            np.testing.assert_array_equal(there.labels(index, PLAIN)["object"], here.labels(index, PLAIN)["object"])
        assert max(served.sent[before:]) < 2 * len(_png(_picture(0)))  # never a whole shard
        with pytest.raises(InputError, match=r"shard-000007\.tar"):
            open_labelled(f"wds:{served.url}/set/shard-000007.tar")
    with serving(tmp_path, ranges=False) as served, pytest.raises(InputError, match=r"shard-000000\.tar"):
        open_labelled(f"wds:{served.url}/set/shard-000000.tar").load(0, PLAIN)


def test_object_storage_is_asked_by_fsspec(tmp_path: Path) -> None:
    memory = pytest.importorskip("fsspec", reason="fsspec is not installed").filesystem("memory")
    folder = _written(tmp_path / "set", _samples(classes="cls"))
    for path in folder.iterdir():
        memory.pipe_file(f"/bucket/{path.name}", path.read_bytes())
    for number in range(3):
        memory.pipe_file(f"/photos/{number}.png", _png(_picture(number)))
    memory.pipe_file("/photos/notes.txt", b"no picture")
    try:
        labelled = open_labelled("wds:memory://bucket/shard-{000000..000002}.tar")
        np.testing.assert_array_equal(labelled.load(7, PLAIN), _picture(7))
        photos = open_images("memory://photos")
        assert [photos.file(index) for index in range(len(photos))] == ["0.png", "1.png", "2.png"]
        np.testing.assert_array_equal(photos.load(2, PLAIN), _picture(2))
        memory.rm("/photos/1.png")
        with pytest.raises(BrokenImage, match=r"1\.png"):
            photos.load(1, PLAIN)
        with pytest.raises(InputError, match="no pictures below"):
            open_images("memory://nowhere-at-all")
        with pytest.raises(InputError, match="neither"):
            open_labelled("memory://photos")
    finally:
        memory.rm("/bucket", recursive=True)
        memory.rm("/photos", recursive=True)


@pytest.mark.parametrize(
    ("where", "match"),
    [
        ("wds:", "names no shards"),
        ("wds:nowhere.tar", "1 of 1 shards are not there"),
        ("wds:shard-{000009..000001}.tar", "lower number first"),
        ("wds:shard-{0..9999999}.tar", "too many"),
        ("wds:.", "holds no tar files"),
        ("wds:https://::file:///etc/passwd", "on no storage"),
    ],
)
@pytest.mark.usefixtures("here")
def test_what_is_no_name_of_shards_is_refused(where: str, match: str) -> None:
    with pytest.raises(InputError, match=match):
        open_images(where)


def test_compressed_shards_are_told_from_none(tmp_path: Path) -> None:
    (tmp_path / "shard-000000.tar.gz").write_bytes(b"")
    with pytest.raises(InputError, match=r"no tar files, only compressed ones.*unpack them"):
        open_images(f"wds:{tmp_path}")


def test_a_member_that_is_cut_off_while_it_is_read_is_a_broken_picture(tmp_path: Path) -> None:
    folder = _written(tmp_path / "set", _samples())
    opened = open_web_dataset(f"wds:{folder}")
    first = folder / "shard-000002.tar"
    first.write_bytes(first.read_bytes()[:700])
    with pytest.raises(BrokenImage, match="bytes came where"):
        opened.load(9, PLAIN)
    assert LocalFile(first).size() == 700
