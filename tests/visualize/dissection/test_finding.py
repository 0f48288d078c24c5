"""Rankings against plain numpy over the arrays of the full tables."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.visualize.dissection.made import SETTINGS, dissected
from visualize.dissection.at_hand import default_folder, finished
from visualize.dissection.finding import find
from visualize.methods.errors import InputError, InputWarning

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dissected") / "one"
    dissected(out)
    return out


def _expected(out: Path, concept: str, layers: tuple[str, ...] = ("deep", "fc")) -> list[tuple[str, int, float]]:
    """Layer, unit and IoU by the arrays of the files alone."""
    rows = []
    for layer in layers:
        held = np.load(out / f"{layer}.npz")
        (place,) = np.flatnonzero(held["concept_names"] == concept)
        rows += [(layer, unit, float(iou)) for unit, iou in enumerate(held["iou"][:, place]) if iou > 0]
    return sorted(rows, key=lambda row: -row[2])


def _names(out: Path) -> list[str]:
    return [str(name) for name in np.load(out / "deep.npz")["concept_names"]]


def test_every_unit_of_every_layer_is_ranked_by_the_full_table(made: Path) -> None:
    for concept in _names(made):
        fits = find(concept, made, top=1000)
        assert [(fit.layer, fit.unit, fit.iou) for fit in fits] == _expected(made, concept)
        assert [fit.rank for fit in fits] == list(range(1, len(fits) + 1))


def test_a_unit_that_bears_another_label_counts_too(made: Path) -> None:
    others = [fit for concept in _names(made) for fit in find(concept, made, top=1000) if not fit.own]
    assert others
    for fit in others:
        assert (fit.label, fit.label_category) != (fit.concept, fit.category)
        assert fit.label_iou >= fit.iou
    own = [fit for concept in _names(made) for fit in find(concept, made, top=1000) if fit.own]
    labelled = sum(int((np.load(made / f"{layer}.npz")["iou"].max(1) > 0).sum()) for layer in ("deep", "fc"))
    assert len(own) == labelled
    assert all(fit.label_iou == fit.iou for fit in own)


def test_ceiling_and_chance_are_those_of_the_units_own_masks(made: Path) -> None:
    concept = _names(made)[0]
    for fit in find(concept, made, top=1000):
        held = np.load(made / f"{fit.layer}.npz")
        (place,) = np.flatnonzero(held["concept_names"] == concept)
        category = held["concept_categories"][place]
        mask, truth, area = held["activation"][fit.unit, category], held["truth"][place], held["area"][category]
        assert fit.ceiling == pytest.approx(min(mask, truth) / max(mask, truth))
        both = mask * truth / area  # expected pixels in both, of a mask that lies anywhere
        assert fit.chance == pytest.approx(both / (mask + truth - both))
        assert fit.iou <= fit.ceiling
        assert (fit.quantile, fit.cut) == (SETTINGS.quantile, SETTINGS.cut)
        assert fit.detector == (fit.iou > SETTINGS.cut)


def test_layers_and_top_narrow_the_ranking(made: Path) -> None:
    concept = _names(made)[0]
    for layers in ("fc", ["fc"], "fc,", ["deep,fc"]):
        expected = _expected(made, concept, ("fc",) if layers != ["deep,fc"] else ("deep", "fc"))
        assert [(fit.layer, fit.unit, fit.iou) for fit in find(concept, made, layer=layers, top=2)] == expected[:2]
    with pytest.raises(InputError, match="has a layer 'feet'"):
        find(concept, made, layer="feet")
    with pytest.raises(InputError, match="no dissection of other"):
        find(concept, made, model="other")
    with pytest.raises(InputError, match="top is 1 or more"):
        find(concept, made, top=0)


def test_dissections_are_found_where_they_lie(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    concept = _names(made)[0]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="no finished dissection is at hand"):
        find(concept)
    with pytest.raises(InputError, match="holds no finished dissection"):
        find(concept, tmp_path)
    here = default_folder("net", "held")
    here.parent.mkdir(parents=True)
    here.symlink_to(made, target_is_directory=True)
    once = find(concept, top=1000)
    assert [(fit.layer, fit.unit, fit.iou) for fit in once] == _expected(made, concept)
    assert {fit.folder for fit in once} == {str(here)}
    assert [fit.iou for fit in find(concept, made.parent, top=1000)] == [fit.iou for fit in once]


def test_the_same_numbers_made_twice_count_once_and_others_beside_them(made: Path, tmp_path: Path) -> None:
    concept = _names(made)[0]
    dissected(tmp_path / "turned", settings=replace(SETTINGS, rotate=1.0))
    dissected(tmp_path / "other", settings=replace(SETTINGS, quantile=0.3))
    for number, name in enumerate(("older", "newer")):
        shutil.copytree(made, tmp_path / name)
        os.utime(tmp_path / name / "dissection.json", (number, number))
    fits = find(concept, tmp_path, top=1000)
    assert {fit.folder for fit in fits} == {str(tmp_path / "newer"), str(tmp_path / "other")}
    assert len(fits) == len(_expected(made, concept)) + len(_expected(tmp_path / "other", concept))


def test_what_only_looks_like_a_dissection_is_none_as_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dissection.json").write_text("no JSON")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "dissection.json").write_text('{"format": -1}')
    with (
        pytest.warns(InputWarning, match="left aside: dissection.json cannot be read as JSON"),
        pytest.warns(InputWarning, match="left aside: a/dissection.json is of format"),
    ):
        assert not list(finished())
