"""Dissections in one call: what comes out is what the method finds, and it is kept in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
import torch
from torch import nn

import visualize as viz
from visualize.dissection import read
from visualize.methods import Dissection, Preparation, Probe
from visualize.methods.testing.subjects import LabelledNoise

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.methods import DissectionResult


def _network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.Conv2d(4, 5, 3))


def _labelled() -> LabelledNoise:
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (6, 20, 28, 3), np.uint8)
    return LabelledNoise(list(pictures), [{"object": [rng.integers(0, 3, (10, 14))]} for _ in pictures])


def test_a_network_s_layers_have_the_names_that_the_method_gives(tmp_path: Path) -> None:
    labelled, settings = _labelled(), {"quantile": 0.05, "resamples": 50}
    tables = viz.dissect(
        _network(), "0,2", labelled, out=tmp_path / "out", settings=settings, size=(20, 28), mean=0.5, std=0.25
    )
    probe = Probe(_network(), prepare=Preparation((20, 28), mean=(0.5,) * 3, std=(0.25,) * 3))
    assert [table.layer for table in tables] == ["0", "2"]
    for table in tables:
        found = Dissection(**settings)(probe, probe.units(table.layer), labelled)  # type: ignore[arg-type]
        results = cast("tuple[DissectionResult, ...]", found)
        named = [result.named for result in results]
        wanted = [(name.label, name.iou, name.interval) for name in named]
        assert [(row["label"], row["iou"], (row["low"], row["high"])) for row in table.rows()] == wanted
    again = read(tmp_path / "out", layer="2")
    assert again.rows() == tables[1].rows()


def test_the_default_folder_is_that_of_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (table,) = viz.dissect("random/scenes-alexnet", "conv5", "scenes", count=4, settings={"resamples": 0})
    assert table.folder == "viz-out/random-scenes-alexnet/dissect/scenes-count-4-resamples-0"


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    with pytest.raises(viz.InputError, match="name the labelled probe set"):
        viz.dissect(_network(), "0")
    with pytest.raises(viz.InputError, match="give them to open_labelled"):
        viz.dissect(_network(), "0", _labelled(), count=2, out=tmp_path)
    with pytest.raises(viz.InputError, match="dissect has no setting 'quantil'; did you mean quantile"):
        viz.dissect(_network(), "0", _labelled(), settings={"quantil": 0.1}, out=tmp_path)


def test_checkpoints_of_one_network_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    for name in ("early", "late"):
        viz.dissect(_network(), "0,2", _labelled(), out=tmp_path / name, settings={"resamples": 0}, size=(20, 28))
    compared = viz.compare(tmp_path / "early", read(tmp_path / "late", layer="0"), cut=0.1)
    assert [table.name for table in compared.tables] == ["Sequential 0 (early)", "Sequential 2", "Sequential 0 (late)"]
    assert {table.cut for table in compared.tables} == {0.1}
    with pytest.raises(viz.InputError, match="no dissection is named"):
        viz.compare()
