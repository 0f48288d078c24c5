from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from PIL import Image as Pictures

from tests.kit.hub_features import ClassLabel, Image
from visualize.data.sets.hugging_face import HuggingFace
from visualize.methods import Preparation
from visualize.methods.errors import InputError
from visualize.transfers.sources import hub_classes


@dataclass
class Dataset:
    features: dict[str, Any]
    rows: list[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.rows)

    def cast_column(self, column: str, feature: object) -> Dataset:
        return Dataset({**self.features, column: feature}, self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        return self.rows[index]


def _row(shade: int, **labels: int) -> dict[str, Any]:
    out = io.BytesIO()
    Pictures.fromarray(np.full((4, 4, 3), shade, np.uint8)).save(out, "PNG")
    return {"image": {"bytes": out.getvalue(), "path": None}, **labels}


def _hub(monkeypatch: pytest.MonkeyPatch, splits: dict[str, list[int]], *columns: str) -> None:
    """The hub has one dataset, of these labels in these splits."""

    def opened(where: str, *, count: int | None = None, seed: int = 0) -> HuggingFace:
        name, _, split = where.partition(":")
        if split not in splits:
            raise InputError(f"cannot open {where}: no such split")
        rows = [_row(label, **dict.fromkeys(columns, label)) for label in splits[split]]
        features = {"image": Image(), **{column: ClassLabel(("ant", "bee", "cow")) for column in columns}}
        return HuggingFace(Dataset(features, rows), name)

    monkeypatch.setattr(hub_classes, "open_hugging_face", opened)


def test_the_splits_are_the_dataset_s_own(monkeypatch: pytest.MonkeyPatch) -> None:
    _hub(monkeypatch, {"train": [0, 1, 2, 1], "validation": [2, 0]}, "label")
    task = hub_classes.read_hub_classes("hf/us/it", None, count=None, seed=0)
    assert task is not None
    assert task.classes == ("ant", "bee", "cow")
    assert task.labels.argmax(1).tolist() == [0, 1, 2, 1, 2, 0]
    assert task.parts == ("train",) * 4 + ("test",) * 2
    assert not task.several
    assert task.images.load(4, Preparation((4, 4)))[0, 0, 0] == 2


def test_one_split_is_left_to_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    _hub(monkeypatch, {"train": [0, 1, 2, 1]}, "label")
    task = hub_classes.read_hub_classes("hf/us/it:train", None, count=None, seed=0)
    assert task is not None
    assert (task.parts, len(task.images)) == ((), 4)


def test_of_several_columns_one_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    _hub(monkeypatch, {"train": [0, 1]}, "kind", "place")
    with pytest.raises(InputError, match="kind, place; choose one with --category"):
        hub_classes.read_hub_classes("hf/us/it:train", None, count=None, seed=0)
    assert hub_classes.read_hub_classes("hf/us/it:train", ["place"], count=None, seed=0) is not None


def test_a_dataset_without_class_labels_is_left_to_its_label_maps(monkeypatch: pytest.MonkeyPatch) -> None:
    _hub(monkeypatch, {"train": [0, 1]})
    assert hub_classes.read_hub_classes("hf/us/it:train", None, count=None, seed=0) is None
