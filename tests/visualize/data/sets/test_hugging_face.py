"""Datasets of the hub, with a stand-in for the library: the same features, rows and conversions, and no network."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image as Pictures

from tests.kit.hub_features import ClassLabel, Image
from tests.visualize.data.made_sets import exact, only_map
from visualize.data import open_images, open_labelled
from visualize.data.sets.hugging_face import HuggingFace
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.pictures.labelled import Labelled

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


FOUR = exact((4, 4))


@dataclass(frozen=True)
class List:
    feature: object


@dataclass(frozen=True)
class Value:
    dtype: str = "string"


@dataclass
class Dataset:
    features: dict[str, Any]
    rows: list[dict[str, Any]]
    _fingerprint: str = "abc"
    cast: dict[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def cast_column(self, column: str, feature: object) -> Dataset:
        return Dataset({**self.features, column: feature}, self.rows, self._fingerprint)

    def __getitem__(self, index: int) -> dict[str, Any]:
        assert not any(isinstance(feature, Image) and feature.decode for feature in self.features.values())
        return self.rows[index]


def _png(values: NDArray[np.uint8]) -> dict[str, Any]:
    out = io.BytesIO()
    Pictures.fromarray(values).save(out, "PNG")
    return {"bytes": out.getvalue(), "path": None}


def _dataset() -> Dataset:
    photo = np.random.default_rng(0).integers(0, 256, (4, 4, 3), np.uint8)
    mask = np.array([[0, 1, 2, 255]] * 4, np.uint8)
    row = {"image": _png(photo), "annotation": _png(mask), "scene_category": 1, "tags": [0, 2], "text": "x"}
    features = {
        "text": Value(),
        "image": Image(),
        "annotation": Image(),
        "scene_category": ClassLabel(("beach", "street")),
        "tags": List(ClassLabel(("calm", "busy", "wet"))),
    }
    return Dataset(features, [row, {**row, "scene_category": -1, "tags": []}])


def test_columns_become_pictures_maps_and_whole_labels() -> None:
    labelled = HuggingFace(_dataset(), "hf/us/it", names={1: "sky", 2: "sea"})
    assert isinstance(labelled, Labelled)
    assert labelled.categories == ("object", "scene", "tags")
    assert [(concept.number, concept.name, concept.category) for concept in labelled.concepts] == [
        (1, "sky", "object"), (2, "sea", "object"), (3, "beach", "scene"), (4, "street", "scene"),
        (5, "calm", "tags"), (6, "busy", "tags"), (7, "wet", "tags"),
    ]  # fmt: skip
    labels = labelled.labels(0, FOUR)
    np.testing.assert_array_equal(only_map(labels, "object"), [[0, 1, 2, 0]] * 4)
    assert (labels["scene"], labels["tags"]) == ([4], [5, 7])
    assert (labelled.labels(1, FOUR)["scene"], labelled.labels(1, FOUR)["tags"]) == ([], [])
    assert labelled.load(0, FOUR).shape == (8, 8, 3)
    assert set(labelled.only(["scene"]).labels(0, FOUR)) == {"scene"}
    assert labelled.only(["scene"]).fingerprint != labelled.fingerprint


def test_a_class_that_is_zero_is_counted_from_one() -> None:
    labelled = HuggingFace(_dataset(), "hf/us/it", names={0: "wall", 1: "sky", 2: "sea"})
    np.testing.assert_array_equal(only_map(labelled.labels(0, FOUR), "object"), [[1, 2, 3, 0]] * 4)
    assert [concept.name for concept in labelled.concepts][:3] == ["wall", "sky", "sea"]
    unnamed = HuggingFace(_dataset(), "hf/us/it", names={0: "unlabeled", 1: "sky", 2: "sea"})
    np.testing.assert_array_equal(only_map(unnamed.labels(0, FOUR), "object"), [[0, 1, 2, 0]] * 4)


def test_values_without_names_go_by_their_number() -> None:
    labelled = HuggingFace(_dataset(), "hf/us/it")
    assert {concept.number: concept.name for concept in labelled.concepts}[2] == "value 2"
    np.testing.assert_array_equal(only_map(labelled.labels(0, FOUR), "object"), [[0, 1, 2, 0]] * 4)


def test_a_dataset_that_cannot_be_used_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    data = _dataset()
    labelled = HuggingFace(data, "hf/us/it", names={1: "sky"})
    with pytest.raises(InputError, match=r"hf/us/it, row 0: the list of names .* label 2$"):
        labelled.labels(0, FOUR)
    data.rows[0]["annotation"] = _png(np.zeros((2, 4), np.uint8))
    with pytest.raises(InputError, match=r"hf/us/it/0 is 4 x 2 .* 4 x 4"):
        labelled.labels(0, FOUR)
    data.rows[0]["image"] = {"bytes": b"junk", "path": None}
    with pytest.raises(BrokenImage, match=r"^hf/us/it/0: .*no picture"):
        labelled.load(0, FOUR)
    data.rows[0]["image"] = None
    with pytest.raises(BrokenImage, match="its column image is empty"):
        labelled.load(0, FOUR)
    with pytest.raises(InputError, match="has no column of images; its columns are text"):
        HuggingFace(Dataset({"text": Value()}, []), "hf/us/it")


def _library(monkeypatch: pytest.MonkeyPatch, dataset: Dataset, splits: list[str]) -> list[tuple[str, str]]:
    """A module ``datasets`` that knows one dataset; returns what is asked of it."""
    asked: list[tuple[str, str]] = []
    module = ModuleType("datasets")

    def load_dataset(name: str, *, split: str) -> Dataset:
        asked.append((name, split))
        if split not in splits:
            raise ValueError(f'Unknown split "{split}".\nShould be one of {splits}.')
        return dataset

    vars(module).update(load_dataset=load_dataset, get_dataset_split_names=lambda _: splits)
    monkeypatch.setitem(sys.modules, "datasets", module)

    def hf_hub_download(name: str, file: str, *, repo_type: str) -> str:
        raise FileNotFoundError(f"{name} of the {repo_type}s has no {file}")

    hub = ModuleType("huggingface_hub")
    vars(hub).update(hf_hub_download=hf_hub_download)
    monkeypatch.setitem(sys.modules, "huggingface_hub", hub)
    return asked


def test_a_name_opens_its_validation_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = _library(monkeypatch, _dataset(), ["train", "validation"])
    labelled = open_labelled("hf/us/it")
    assert (labelled.name, len(labelled)) == ("hf/us/it", 2)
    assert open_images("hf/us/it:train", count=1).file(0).startswith("hf/us/it/")
    assert asked == [("us/it", "validation"), ("us/it", "train")]
    with pytest.raises(InputError, match="cannot open hf/us/it:tset: ValueError: Unknown split") as caught:
        open_labelled("hf/us/it:tset")
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="expected hf/OWNER/NAME"):
        open_labelled("hf/it")


def test_a_dataset_without_labels_is_no_labelled_set(monkeypatch: pytest.MonkeyPatch) -> None:
    data = _dataset()
    _library(monkeypatch, Dataset({"image": Image()}, data.rows), ["train"])
    assert len(open_images("hf/us/it")) == 2
    with pytest.raises(InputError, match="has no labels: neither a column of label maps"):
        open_labelled("hf/us/it")


def test_without_the_library_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(InputError, match=r"pip install 'viz-units\[hf\]'"):
        open_labelled("hf/us/it")


def test_a_folder_that_the_library_saved_is_opened_where_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _library(monkeypatch, _dataset(), ["train"])
    saved: dict[str, Dataset] = {"train": _dataset(), "validation": Dataset(_dataset().features, _dataset().rows[:1])}
    vars(sys.modules["datasets"]).update(
        load_from_disk=lambda where: saved if where == str(tmp_path) else saved["train"]
    )
    (tmp_path / "dataset_dict.json").touch()
    (tmp_path / "train").mkdir()
    (tmp_path / "train/state.json").touch()
    assert len(open_labelled(f"hf/{tmp_path}")) == 1
    assert len(open_labelled(f"hf/{tmp_path}:train")) == len(open_images(f"hf/{tmp_path / 'train'}")) == 2
    with pytest.raises(InputError, match="unknown split tset; there are train, validation"):
        open_labelled(f"hf/{tmp_path}:tset")
    with pytest.raises(InputError, match="has no splits"):
        open_labelled(f"hf/{tmp_path / 'train'}:train")


def _objects(where: str) -> list[str]:
    return [concept.name for concept in open_labelled(where, categories=["object"]).concepts]


def test_names_lie_beside_a_dataset_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _library(monkeypatch, _dataset(), ["train"])
    vars(sys.modules["datasets"]).update(load_from_disk=lambda _: _dataset())
    (tmp_path / "state.json").touch()
    assert _objects(f"hf/{tmp_path}")[:2] == ["value 1", "value 2"]
    (tmp_path / "id2label.json").write_text('{"0": "wall", "1": "sky"}')
    assert _objects(f"hf/{tmp_path}") == ["wall", "sky"]


def test_names_are_taken_from_the_hub_where_a_dataset_publishes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _library(monkeypatch, _dataset(), ["train"])
    assert _objects("hf/us/it")[:2] == ["value 1", "value 2"]
    (tmp_path / "names.json").write_text('{"1": "sky", "2": "sea"}')
    vars(sys.modules["huggingface_hub"]).update(
        hf_hub_download=lambda name, file, repo_type: {
            ("us/it", "id2label.json", "dataset"): str(tmp_path / "names.json")
        }[name, file, repo_type]
    )
    assert _objects("hf/us/it") == ["sky", "sea"]
