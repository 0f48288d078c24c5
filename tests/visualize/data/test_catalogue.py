"""Probe sets by name, from a server on this machine."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import tarfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from methods.errors import InputError
from methods.pictures.labelled import Labelled
from tests.visualize.data.made_sets import broden, coded, exact, grey, named, only_map, photograph
from tests.visualize.download.site import Site, missing, serving, whole
from visualize.data import catalogue as cards
from visualize.data import open_images, open_labelled
from visualize.data.catalogue import ALIASES, CARDS, DataCard, card_of
from visualize.data.layouts.registry import LAYOUTS
from visualize.download.resource import Resource
from visualize.download.untar import untar

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_SEGMENTS = "panoptic_annotations_trainval2017.zip"
_MAPS = "stuffthingmaps_trainval2017.zip"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("VIZ_MIRROR", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "cache"


@pytest.fixture
def site() -> Iterator[Site]:
    with serving() as running:
        yield running


def _zipped(tmp_path: Path, *, top: str = "broden1_224/", extra: dict[str, bytes] | None = None) -> bytes:
    root = broden(tmp_path / "made")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                archive.write(path, top + path.relative_to(root).as_posix())
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return out.getvalue()


def _offered(
    monkeypatch: pytest.MonkeyPatch, *sources: str, md5: str | None = None, name: str = "broden-224"
) -> DataCard:
    """The card of a set with other addresses."""
    held = CARDS[name].resource
    assert held is not None
    card = dataclasses.replace(CARDS[name], resource=dataclasses.replace(held, sources=sources, md5=md5))
    monkeypatch.setitem(CARDS, name, card)
    return card


def test_a_set_is_downloaded_once_and_unpacked(
    tmp_path: Path, site: Site, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = _zipped(tmp_path)
    missing, there = f"{site.address}/gone.zip", site.page("broden1_224.zip", whole(content))
    card = _offered(monkeypatch, missing, there, md5=hashlib.md5(content).hexdigest())
    told: list[tuple[int, int]] = []
    assert CARDS["broden-224"].on_disk is None
    found = open_labelled("broden", progress=lambda done, total: told.append((done, total)))
    assert (len(found), found.categories) == (3, ("object", "part", "scene", "texture"))
    assert told[-1][0] == told[-1][1]
    asked = len(site.asked)
    assert open_labelled("broden-224").fingerprint == found.fingerprint
    assert open_images("broden").file(0) == "a.jpg"
    assert len(site.asked) == asked == 2
    assert card.on_disk == cache / "data/broden-224"
    assert not list((cache / "models").glob("*.zip"))  # the archive is not kept beside what was in it


def test_a_wrong_archive_is_never_unpacked(
    tmp_path: Path, site: Site, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = site.page("broden1_224.zip", whole(_zipped(tmp_path)))
    _offered(monkeypatch, address, md5="0" * 32)
    with pytest.raises(InputError, match="wrong MD5") as caught:
        open_labelled("broden")
    assert "\n" not in str(caught.value)
    assert not (cache / "data/broden-224").exists()


def test_an_archive_that_climbs_out_is_refused(
    tmp_path: Path, site: Site, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = _zipped(tmp_path, extra={"../../../evil.txt": b"evil"})
    _offered(monkeypatch, site.page("broden1_224.zip", whole(content)), md5=hashlib.md5(content).hexdigest())
    with pytest.raises(InputError, match="leads out of its folder"):
        open_labelled("broden")
    assert not (cache / "data/broden-224").exists()
    assert not list(tmp_path.rglob("evil.txt"))


def test_an_archive_that_is_a_bomb_is_refused(
    tmp_path: Path, site: Site, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = _zipped(tmp_path, extra={"zeros": bytes(80 << 20)})
    _offered(monkeypatch, site.page("broden1_224.zip", whole(content)), md5=hashlib.md5(content).hexdigest())
    with pytest.raises(InputError, match="would unpack to"):
        open_labelled("broden")
    assert not (cache / "data/broden-224").exists()


def test_a_mirror_goes_before_the_addresses(tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mirror").mkdir()
    content = _zipped(tmp_path, top="")  # without a folder around everything
    (tmp_path / "mirror/broden1_224.zip").write_bytes(content)
    card = _offered(monkeypatch, md5=hashlib.md5(content).hexdigest())
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path / "mirror"))
    assert card.on_disk == tmp_path / "mirror/broden1_224.zip"
    assert len(open_labelled("broden")) == 3
    assert (tmp_path / "mirror/broden1_224.zip").exists()


@pytest.mark.parametrize("name", ["broden-224", "broden1_224"])
def test_a_mirror_may_hold_the_unpacked_folder(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    root = broden(tmp_path / "mirror" / name)
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path / "mirror"))
    assert CARDS["broden-224"].on_disk == root
    assert len(open_labelled("broden")) == len(open_images("broden")) == 3
    assert not cache.exists()


@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning")
def test_a_broken_archive_that_no_hash_vouched_for_is_set_aside_and_forgotten(
    tmp_path: Path, site: Site, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half an archive, of which nobody knows the hash: once its address has the whole one, all is well again."""
    content = _zipped(tmp_path)
    _offered(monkeypatch, site.page("broden1_224.zip", whole(content[: len(content) // 2])))
    with pytest.raises(InputError, match=r"is no complete zip archive .*; set aside as broden1_224\.zip\.bad"):
        open_labelled("broden")
    left = {path.name for path in (cache / "models").iterdir()}
    assert left == {"broden1_224.zip.bad", "broden1_224.zip.lock"}
    site.page("broden1_224.zip", whole(content))
    assert len(open_labelled("broden")) == 3


def test_scene_parsing_comes_by_name(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "made/ADEChallengeData2016"
    photograph(root / "images/validation/ADE_val_1.jpg", (4, 4))
    grey(root / "annotations/validation/ADE_val_1.png", np.full((4, 4), 2))
    (root / "objectInfo150.txt").write_text(
        "Idx\tRatio\tTrain\tVal\tStuff\tName\n1\t0\t1\t1\t1\twall\n2\t0\t1\t1\t1\tsky\n"
    )
    (root / "sceneCategories.txt").write_text("ADE_val_1 beach\n")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for path in sorted(root.rglob("*.*")):
            archive.write(path, path.relative_to(tmp_path / "made"))
    held = CARDS["sceneparsing"].resource
    assert held is not None
    content = out.getvalue()
    there = dataclasses.replace(
        held,
        sources=(site.page("a.zip", whole(content)),),
        sha1=hashlib.sha1(content).hexdigest(),
        md5=hashlib.md5(content).hexdigest(),
    )
    monkeypatch.setitem(CARDS, "sceneparsing", dataclasses.replace(CARDS["sceneparsing"], resource=there))
    found = open_labelled("sceneparsing")
    assert (found.categories, found.file(0)) == (("object", "scene"), "images/validation/ADE_val_1.jpg")
    assert named(found, only_map(found.labels(0, exact((4, 4))), "object")) == {"sky"}


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
        for part in CARDS[name].parts
    )
    monkeypatch.setitem(CARDS, name, dataclasses.replace(CARDS[name], parts=parts))
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
    one = (tmp_path / "map.png").read_bytes()
    return {
        _MAPS: _archive({"train2017/t.png": one, "val2017/val.png": one}),
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
    found = open_labelled("coco")
    assert [path for path, _ in site.asked].count("/val2017.zip") == 1, addresses
    assert (found.file(0), len(found), len(open_images("coco-val"))) == ("val.jpg", 1, 1)
    labels = only_map(found.labels(0, exact((4, 6))), "object")
    assert named(found, labels[:2]) == {"person"}
    assert not labels[2].any()
    assert named(found, labels[3]) == {"tree-merged"}
    assert CARDS["coco-val"].on_disk == cache / "data/coco-val"
    left = {path.relative_to(cache / "data").as_posix() for path in (cache / "data").rglob("*") if path.is_file()}
    assert {name for name in left if "train" in name or name.endswith(".zip")} == set()
    assert not list((cache / "models").glob("*.zip"))


@pytest.mark.filterwarnings("ignore::visualize.download.fetch.UncheckedWarning")
def test_coco_stuff_comes_by_name(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    _served_in_parts(monkeypatch, site, "cocostuff-val", _coco(tmp_path) | _stuff(tmp_path))
    found = open_labelled("cocostuff")
    assert (len(found), found.file(0)) == (1, "val2017/val.jpg")
    labels = only_map(found.labels(0, exact((4, 6))), "object")
    assert named(found, labels) == {"person", "wood"}
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
    ("file", "content", "said"),
    [
        (_SEGMENTS, {"annotations/readme": b"x"}, r"does not hold annotations/panoptic_val2017\.zip; set aside"),
        (_SEGMENTS, {"annotations/panoptic_val2017.zip": b"x"}, r"panoptic_val2017\.zip in .* is no complete zip"),
        (_SEGMENTS, {"annotations/panoptic_val2017.zip": None}, "does not belong together: one panoptic.* coco-val"),
        (_MAPS, {"other/val2017/val.png": b"x"}, "does not belong together: cocostuff-val has neither"),
        ("cocostuff_labels.txt", b"Not found", "does not belong together: .* expected NUMBER: NAME"),
    ],
)
def test_what_is_published_wrongly_is_set_aside_and_fetched_again(
    file: str, content: bytes | dict[str, bytes | None], said: str, tmp_path: Path, site: Site, cache: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    name = "coco-val" if file == _SEGMENTS else "cocostuff-val"
    contents = _coco(tmp_path) | _stuff(tmp_path)
    if isinstance(content, dict):
        inner = _archive({"panoptic_val2017/val.png": b"x"})
        content = _archive({member: inner if held is None else held for member, held in content.items()})
    _served_in_parts(monkeypatch, site, name, contents | {file: content})
    with pytest.raises(InputError, match=said) as caught:
        open_labelled(name)
    assert "\n" not in str(caught.value)
    assert f".{name}-" not in str(caught.value)  # no folder that is gone
    assert not list((cache / "data").glob("*-val*/*"))
    assert (cache / "models" / f"{file}.bad").exists()
    site.page(file, whole(contents[file]))
    assert len(open_labelled(name)) == 1


def test_parts_at_hand_are_said_to_be_on_disk_when_all_are(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path / "mirror"))
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror/val2017.zip").write_bytes(b"one")
    assert not CARDS["coco-val"].on_disk
    (tmp_path / "mirror/panoptic_annotations_trainval2017.zip").write_bytes(b"two")
    assert CARDS["coco-val"].on_disk == tmp_path / "mirror/val2017.zip"
    (tmp_path / "mirror/coco-val").mkdir()
    assert CARDS["coco-val"].on_disk == tmp_path / "mirror/coco-val"


def test_several_ask_at_once_and_one_fetches(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    content = _zipped(tmp_path)
    address = site.page("broden1_224.zip", whole(content, seconds=0.1))
    _offered(monkeypatch, address, md5=hashlib.md5(content).hexdigest())
    with ThreadPoolExecutor(4) as pool:
        prints = set(pool.map(lambda _: open_labelled("broden").fingerprint, range(4)))
    assert len(prints) == len(site.asked) == 1


def test_nowhere_to_get_it_is_one_line(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    _offered(monkeypatch, f"{site.address}/gone.zip", md5="0" * 32)
    with pytest.raises(InputError, match=r"cannot get broden1_224\.zip: .*HTTP 404") as caught:
        open_labelled("broden")
    assert "\n" not in str(caught.value)


def test_no_table_of_colours_is_one_line(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        cards, "COLOURS", (Resource(file="w2color.npy", sources=(f"{site.address}/gone.npy",), md5="0" * 32),)
    )
    with pytest.raises(InputError, match=r"no table of colour names: .*VIZ_MIRROR") as caught:
        open_labelled(broden(tmp_path / "set"), colours=True)
    assert "\n" not in str(caught.value)


def _tarred(path: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(path, "w") as archive:
        for member, content in members:
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def test_tar_archives_are_unpacked_whole_or_not_at_all(tmp_path: Path) -> None:
    good = (tarfile.TarInfo("VOCdevkit/VOC2012/a.txt"), b"hello")
    out = untar(_tarred(tmp_path / "good.tar", good), tmp_path / "out")
    assert (out / "VOCdevkit/VOC2012/a.txt").read_bytes() == b"hello"
    link = tarfile.TarInfo("link")
    link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
    for bad in (tarfile.TarInfo("../evil.txt"), tarfile.TarInfo("/evil.txt"), link):
        archive = _tarred(tmp_path / "bad.tar", good, (bad, b"" if bad is link else b"evil"))
        if bad.name == "/evil.txt":  # the leading slash is dropped
            assert (untar(archive, tmp_path / "slash") / "evil.txt").exists()
            continue
        with pytest.raises(InputError) as caught:
            untar(archive, tmp_path / "bad")
        assert "\n" not in str(caught.value)
        assert not (tmp_path / "bad").exists()
    half = (tmp_path / "good.tar").read_bytes()[:700]
    (tmp_path / "half.tar").write_bytes(half[:514])
    with pytest.raises(InputError):
        untar(tmp_path / "half.tar", tmp_path / "half")
    assert not list(tmp_path.glob(".*"))


def test_every_card_is_complete() -> None:
    assert set(ALIASES.values()) <= set(CARDS)
    for name, card in CARDS.items():
        assert card_of(name) is card
        assert card.layout in {*LAYOUTS, "scenes", "folder"}
        for file in card.resources:
            assert file.sources
            # their publishers state none
            assert file.hashes or name in {"broden-227", "broden-384", "coco-val", "cocostuff-val"}
            assert file.file.endswith((".zip", ".tar", "_labels.txt"))
    scenes = open_labelled("scenes", count=1)
    assert isinstance(scenes, Labelled)
    assert f"{len(scenes.concepts)} concepts" in CARDS["scenes"].title
