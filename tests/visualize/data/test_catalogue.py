"""Probe sets by name, from a server on this machine."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import zipfile
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.visualize.data.made_sets import broden, exact, grey, named, only_map, photograph
from tests.visualize.download.site import Site, whole
from visualize.data import catalogue, open_images, open_labelled
from visualize.data.catalogue import ALIASES, CATALOGUE, DataEntry, entry_of
from visualize.data.layouts.registry import LAYOUTS
from visualize.download.resource import Resource
from visualize.methods.errors import InputError
from visualize.methods.pictures.labelled import Labelled

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.usefixtures("cache")


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
) -> DataEntry:
    """The entry of a set with other addresses."""
    held = CATALOGUE[name].resource
    assert held is not None
    entry = dataclasses.replace(CATALOGUE[name], resource=dataclasses.replace(held, sources=sources, md5=md5))
    monkeypatch.setitem(CATALOGUE, name, entry)
    return entry


def test_a_set_is_downloaded_once_and_unpacked(
    tmp_path: Path, site: Site, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = _zipped(tmp_path)
    missing, there = f"{site.address}/gone.zip", site.page("broden1_224.zip", whole(content))
    entry = _offered(monkeypatch, missing, there, md5=hashlib.md5(content).hexdigest())
    steps: list[tuple[int, int]] = []
    assert CATALOGUE["broden-224"].on_disk is None
    labelled = open_labelled("broden", progress=lambda done, total: steps.append((done, total)))
    assert (len(labelled), labelled.categories) == (3, ("object", "part", "scene", "texture"))
    assert steps[-1][0] == steps[-1][1]
    asked = len(site.asked)
    assert open_labelled("broden-224").fingerprint == labelled.fingerprint
    assert open_images("broden").file(0) == "a.jpg"
    assert len(site.asked) == asked == 2
    assert entry.on_disk == cache / "data/broden-224"
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
    with pytest.raises(InputError, match=r"evil\.txt.* out"):
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
    entry = _offered(monkeypatch, md5=hashlib.md5(content).hexdigest())
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path / "mirror"))
    assert entry.on_disk == tmp_path / "mirror/broden1_224.zip"
    assert len(open_labelled("broden")) == 3
    assert (tmp_path / "mirror/broden1_224.zip").exists()


@pytest.mark.parametrize("name", ["broden-224", "broden1_224"])
def test_a_mirror_may_hold_the_unpacked_folder(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    root = broden(tmp_path / "mirror" / name)
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path / "mirror"))
    assert CATALOGUE["broden-224"].on_disk == root
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
    held = CATALOGUE["sceneparsing"].resource
    assert held is not None
    content = out.getvalue()
    there = dataclasses.replace(
        held,
        sources=(site.page("a.zip", whole(content)),),
        sha1=hashlib.sha1(content).hexdigest(),
        md5=hashlib.md5(content).hexdigest(),
    )
    monkeypatch.setitem(CATALOGUE, "sceneparsing", dataclasses.replace(CATALOGUE["sceneparsing"], resource=there))
    labelled = open_labelled("sceneparsing")
    assert (labelled.categories, labelled.file(0)) == (("object", "scene"), "images/validation/ADE_val_1.jpg")
    assert named(labelled, only_map(labelled.labels(0, exact((4, 4))), "object")) == {"sky"}


def test_parts_at_hand_are_said_to_be_on_disk_when_all_are(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZ_MIRROR", str(tmp_path / "mirror"))
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror/val2017.zip").write_bytes(b"one")
    assert not CATALOGUE["coco-val"].on_disk
    (tmp_path / "mirror/panoptic_annotations_trainval2017.zip").write_bytes(b"two")
    assert CATALOGUE["coco-val"].on_disk == tmp_path / "mirror/val2017.zip"
    (tmp_path / "mirror/coco-val").mkdir()
    assert CATALOGUE["coco-val"].on_disk == tmp_path / "mirror/coco-val"


def test_several_ask_at_once_and_one_fetches(tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    content = _zipped(tmp_path)
    address = site.page("broden1_224.zip", whole(content, seconds=0.1))
    _offered(monkeypatch, address, md5=hashlib.md5(content).hexdigest())
    with ThreadPoolExecutor(4) as pool:
        prints = set(pool.map(lambda _: open_labelled("broden").fingerprint, range(4)))
    assert len(prints) == len(site.asked) == 1


def test_a_set_that_cannot_be_downloaded_is_refused_in_one_line(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    _offered(monkeypatch, f"{site.address}/gone.zip", md5="0" * 32)
    with pytest.raises(InputError, match=r"cannot get broden1_224\.zip: .*HTTP 404") as caught:
        open_labelled("broden")
    assert "\n" not in str(caught.value)


def test_a_table_of_colours_that_cannot_be_downloaded_is_refused_in_one_line(
    tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        catalogue, "COLOURS", (Resource(file="w2color.npy", sources=(f"{site.address}/gone.npy",), md5="0" * 32),)
    )
    with pytest.raises(InputError, match=r"no table of colour names: .*VIZ_MIRROR") as caught:
        open_labelled(broden(tmp_path / "set"), colours=True)
    assert "\n" not in str(caught.value)


def test_every_entry_of_the_catalogue_is_complete() -> None:
    assert set(ALIASES.values()) <= set(CATALOGUE)
    for name, entry in CATALOGUE.items():
        assert entry_of(name) is entry
        assert entry.layout in {*LAYOUTS, "scenes", "folder"}
        for file in entry.resources:
            assert file.sources
            # their publishers state none
            assert file.hashes or name in {"broden-227", "broden-384", "coco-val", "cocostuff-val"}
            assert file.file.endswith((".zip", ".tar", "_labels.txt"))
    scenes = open_labelled("scenes", count=1)
    assert isinstance(scenes, Labelled)
    assert f"{len(scenes.concepts)} concepts" in CATALOGUE["scenes"].title
