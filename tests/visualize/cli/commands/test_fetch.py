from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.kit.own_cache import own_cache
from tests.kit.shared import shared
from tests.visualize.cli.kit import one_line, viz
from tests.visualize.data.made_sets import broden
from tests.visualize.download.site import Site, serving, whole
from visualize.data import catalogue
from visualize.download.resource import Resource
from visualize.models import class_names as classes
from visualize.models import registry as zoo

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


DATA = b"weights" * 1000


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    own_cache(tmp_path / "cache", monkeypatch)
    with serving() as running:
        yield running


def served(site: Site, monkeypatch: pytest.MonkeyPatch, **changes: object) -> None:
    """Let imagenet-squeezenet come from the site."""
    address = site.page("compressed_SqueezeNet.net", whole(DATA))
    facts = {"sources": (address,), "sha256": hashlib.sha256(DATA).hexdigest(), "size": len(DATA), **changes}
    _changed(monkeypatch, "imagenet-squeezenet", **facts)


def _changed(monkeypatch: pytest.MonkeyPatch, name: str, **changes: object) -> None:
    """Let a model's entry in the catalogue say something else."""
    entry = replace(zoo.CATALOGUE[name], **changes)  # type: ignore[arg-type]  # as the entry's fields are
    monkeypatch.setattr(zoo, "CATALOGUE", MappingProxyType({**zoo.CATALOGUE, name: entry}))


def test_a_model_is_fetched_once(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served(site, monkeypatch)
    where = tmp_path / "cache" / "models" / "compressed_SqueezeNet.net"
    assert viz("fetch", "imagenet-squeezenet").out == f"imagenet-squeezenet: {where}\n"
    assert where.read_bytes() == DATA
    ran = viz("fetch", "imagenet-squeezenet", "scenes-alexnet", "--json")
    assert len(site.asked) == 1
    fetched = json.loads(ran.out)
    assert [item["model"] for item in fetched] == ["imagenet-squeezenet", "scenes-alexnet"]
    assert fetched[0]["file"] == str(where)


def test_one_that_cannot_be_had_does_not_keep_the_others(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    served(site, monkeypatch)
    _changed(monkeypatch, "places-squeezenet", sources=(f"{site.address}/gone",))
    ran = viz("fetch", "places-squeezenet", "imagenet-squeezenet")
    assert ran.status == 2
    assert ran.out.startswith("imagenet-squeezenet: ")
    assert "places-squeezenet: cannot get squeezenet_weights_places365.params" in one_line(ran.err)


def test_a_places_model_brings_the_names_of_its_classes(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PLACES365", "IO_PLACES365"):
        resource = getattr(classes, name)
        address = site.page(resource.file, whole(shared(f"reference/places365/{resource.file}").read_bytes()))
        monkeypatch.setattr(classes, name, replace(resource, sources=(address,)))
    weights = shared("weights/squeezenet_weights_places365.params")
    _changed(monkeypatch, "places-squeezenet", sources=(site.page("net", whole(weights.read_bytes())),))
    assert viz("fetch", "places-squeezenet").status == 0
    files = {path.name for path in (tmp_path / "cache" / "models").iterdir() if path.suffix not in {".lock", ".sha256"}}
    assert files == {"squeezenet_weights_places365.params", "categories_places365.txt", "IO_places365.txt"}


def test_weights_that_came_without_the_names_of_their_classes_are_said_to_be_there(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(classes, "PLACES365", replace(classes.PLACES365, sources=(f"{site.address}/gone",)))
    weights = shared("weights/squeezenet_weights_places365.params")
    _changed(monkeypatch, "places-squeezenet", sources=(site.page("net", whole(weights.read_bytes())),))
    ran = viz("fetch", "places-squeezenet")
    assert ran.status == 2
    there = tmp_path / "cache/models/squeezenet_weights_places365.params"
    assert f"its weights are there ({there}), but not the names of its classes" in one_line(ran.err)
    assert "--weights" not in ran.err
    assert there.is_file()


def test_plain_http_without_a_hash_is_warned_of_in_one_line(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    served(site, monkeypatch, sha256=None)
    ran = viz("fetch", "imagenet-squeezenet")
    assert ran.status == 0
    assert one_line(ran.err).startswith("viz: warning: ")
    assert "without encryption" in ran.err


def test_unknown_names_fetch_nothing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    served(site, monkeypatch)
    ran = viz("fetch", "imagenet-squeezenet", "imagenet-squeezent")
    assert ran.status == 2
    assert "did you mean imagenet-squeezenet" in one_line(ran.err)
    assert not site.asked


def test_probe_sets_and_the_table_of_colours_are_fetched_too(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served(site, monkeypatch)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(broden(tmp_path / "made").rglob("*.*")):
            archive.write(path, f"broden1_224/{path.relative_to(tmp_path / 'made')}")
    there = Resource(
        file="broden1_224.zip",
        sources=(site.page("broden1_224.zip", whole(packed.getvalue())),),
        md5=hashlib.md5(packed.getvalue()).hexdigest(),
    )
    monkeypatch.setitem(catalogue.CATALOGUE, "broden-224", replace(catalogue.CATALOGUE["broden-224"], resource=there))
    content = io.BytesIO()
    np.save(content, np.zeros((32, 32, 32), np.uint8))
    table = Resource(
        file="w2color.npy",
        sources=(site.page("w2color.npy", whole(content.getvalue())),),
        sha256=hashlib.sha256(content.getvalue()).hexdigest(),
    )
    monkeypatch.setattr(catalogue, "COLOURS", (table,))
    ran = viz("fetch", "broden", "imagenet-squeezenet", "colors", "scenes", "--json")
    assert (ran.status, ran.err) == (0, "")
    root = tmp_path / "cache"
    assert json.loads(ran.out) == [
        {"set": "broden-224", "file": str(root / "data/broden-224/broden1_224")},
        {"model": "imagenet-squeezenet", "file": str(root / "models/compressed_SqueezeNet.net")},
        {"table": "colors", "file": str(root / "models/w2color.npy")},
        {"set": "scenes", "file": None},
    ]
    asked = len(site.asked)
    assert viz("data", "broden", "--colors").status == 0
    assert viz("fetch", "broden", "colors").status == 0
    assert len(site.asked) == asked


@pytest.mark.parametrize(("wrong", "right"), [("brodn", "broden"), ("voc2012", "voc-2012"), ("colours", "colors")])
def test_an_unknown_name_is_likened_to_models_and_sets(wrong: str, right: str) -> None:
    ran = viz("fetch", wrong)
    assert ran.status == 2
    assert one_line(ran.err).startswith(
        f"viz: error: neither a model nor a probe set is called '{wrong}'; did you mean"
    )
    assert right in ran.err
