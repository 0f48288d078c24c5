from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.visualize.dissection.made import COUNT, LAYERS, SETTINGS, dissected, held, probe
from visualize.dissection import MANIFEST, read_scores
from visualize.dissection.record import Record, geometry
from visualize.dissection.results import paths_of, write_results
from visualize.methods.dissection.pipeline import dissect
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


def test_layers_whose_files_would_be_called_alike_get_files_of_their_own(tmp_path: Path) -> None:
    network, labelled = probe(), held()
    layers = geometry(network, LAYERS, SETTINGS, COUNT)
    record = Record.of(network, layers, labelled, SETTINGS, shard=(1, 1), source=None)
    geometries = record.content["layers"]
    record.content["layers"] = {"a/b": geometries["deep"], "a b": geometries["fc"]}
    scores = dissect(probe(), LAYERS, labelled, SETTINGS).layers
    named = {"a/b": scores["deep"], "a b": scores["fc"]}
    paths = write_results(tmp_path, record, labelled, named, scanned=COUNT, broken=[])
    assert [path.name for path in paths] == [MANIFEST, "a-b.csv", "a-b.npz", "a-b_.csv", "a-b_.npz"]
    assert paths_of(tmp_path) == paths
    for layer, wanted in named.items():
        np.testing.assert_array_equal(read_scores(tmp_path, layer).iou, wanted.iou)


def test_the_full_table_and_the_list_of_best_concepts_say_the_same(tmp_path: Path) -> None:
    dissected(tmp_path)
    scores = read_scores(tmp_path, "deep")
    with (tmp_path / "deep.csv").open() as file:
        for row in csv.DictReader(file):
            unit, names = int(row["unit"]) - 1, [concept.name for concept in scores.concepts]
            assert float(row["score"]) == scores.iou[unit].max() == scores.iou[unit, names.index(row["label"])]


def test_scores_that_are_not_there_are_asked_for_in_vain(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="give a folder that viz dissect has written"):
        read_scores(tmp_path, "deep")
    dissected(tmp_path)
    with pytest.raises(InputError, match=r"holds no layer 'depe'.* deep, fc"):
        read_scores(tmp_path, "depe")
