"""Intervals and kept names, against resampling raw masks one resample at a time, and where they are known by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from torch import nn

from tests.kit.labelled import Held, noise
from tests.kit.networks import SIZE, Classifier, seeded
from tests.methods.dissection import planted
from tests.methods.dissection.brute import maps_of, resized, threshold
from visualize.methods.dissection import bootstrap
from visualize.methods.dissection.bootstrap import bootstraps, draws
from visualize.methods.dissection.pipeline import dissect
from visualize.methods.dissection.settings import Settings
from visualize.methods.errors import BrokenImageWarning
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.labelled import Concept

if TYPE_CHECKING:
    from visualize.methods.dissection.certainty import Bootstrap
    from visualize.methods.dissection.scores import LayerScores

_ASKED = Settings(quantile=0.05, alignment="resize", resamples=60)


def _probe() -> Probe:
    return Probe(seeded(Classifier()), prepare=Preparation(SIZE))


def _labelled(held: Held, picture: int, concept: Concept) -> np.ndarray:
    there = np.zeros(held.shape, np.bool_)
    for maps in held.annotations[picture].values():
        for plane in maps:
            there |= np.asarray(plane) == concept.number
    return there


def test_intervals_and_kept_names_are_those_of_resampling_raw_masks() -> None:
    probe, held = _probe(), noise(24, SIZE, (10, 14))
    maps = maps_of(probe, "deep", held, range(24))
    masks = resized(maps - threshold(maps, "0.05")[:, None, None].astype(np.float64), held.shape) > 0
    truth = np.stack([[_labelled(held, index, concept) for concept in held.concepts] for index in range(24)])
    category = np.array([held.categories.index(concept.category) for concept in held.concepts])
    annotated = np.stack([[truth[n, category == number].any() for number in range(3)] for n in range(24)])
    scores = dissect(probe, ["deep"], held, _ASKED).layers["deep"]
    assert scores.sure is not None
    drawn = draws(annotated.astype(np.uint8), 60)
    ious = np.zeros((60, *scores.iou.shape))
    for resample in range(60):
        picked = np.repeat(np.arange(24), drawn[:, resample])
        for column in range(len(held.concepts)):
            here = picked[annotated[picked, category[column]]]
            mask, concept = masks[here], truth[here, column][:, None]
            both, either = (mask & concept).sum((0, 2, 3)), (mask | concept).sum((0, 2, 3))
            ious[resample, :, column] = np.divide(both, either, out=np.zeros(len(both)), where=either > 0)
    low, high = np.quantile(ious, [0.025, 0.975], axis=0)
    followed = list(zip(scores.sure.units.tolist(), scores.sure.concepts.tolist(), strict=True))
    assert followed == list(zip(*np.nonzero(scores.iou), strict=True))
    for place, pair in enumerate(followed):
        assert scores.sure.low[place] == pytest.approx(low[pair], abs=1e-15)
        assert scores.sure.high[place] == pytest.approx(high[pair], abs=1e-15)
        assert scores.sure.interval(*pair) == (scores.sure.low[place], scores.sure.high[place])
    for verdict in scores.verdicts():
        assert verdict.certainty is not None
        name = scores.iou[verdict.unit].argmax()
        assert verdict.certainty.kept == np.mean(ious[:, verdict.unit].argmax(1) == name)
        second, first = np.sort(scores.iou[verdict.unit])[-2:]
        assert verdict.certainty.margin == first - second
        assert verdict.certainty.low == pytest.approx(low[verdict.unit, name], abs=1e-15)


def test_every_resample_keeps_the_number_of_pictures_of_every_stratum() -> None:
    annotated = np.array([[1, 0]] * 7 + [[1, 1]] * 5 + [[0, 0]] + [[0, 1]] * 30, np.uint8)
    drawn = draws(annotated[np.random.default_rng(0).permutation(43)], 4000)
    annotated = annotated[np.random.default_rng(0).permutation(43)]
    for pattern in ([1, 0], [1, 1], [0, 0], [0, 1]):
        members = (annotated == pattern).all(1)
        assert (drawn[members].sum(0) == members.sum()).all()
    # a picture of n is drawn by each of n draws with probability 1 / n
    lone = (annotated == [0, 1]).all(1)
    np.testing.assert_allclose(drawn[lone].mean(), 1)
    assert drawn[lone].var() == pytest.approx(1 - 1 / 30, abs=0.01)


def test_draws_do_not_depend_on_how_many_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    annotated = np.ones((50, 1), np.uint8)
    np.testing.assert_array_equal(draws(annotated, 300)[:, :200], draws(annotated, 200))


def _planes(pictures: int, *, fits: int) -> tuple[Probe, Held]:
    """A unit that fires on the left quarter of every picture, labelled there in ``fits`` pictures, else elsewhere."""
    shape = (16, 16)
    concepts = (Concept(1, "left", "side"), Concept(2, "other", "kind"))
    left, right = np.zeros(shape, int), np.zeros(shape, int)
    left[:, :4], right[:, 12:] = 1, 1
    picture = np.zeros((*shape, 3), np.uint8)
    picture[:, :4] = 255
    labels = [{"side": [left if number < fits else right]} for number in range(pictures)]
    held = Held([picture] * pictures, labels, concepts, shape)
    return Probe(nn.Sequential(nn.Identity()), prepare=Preparation(shape)), held


def _sure(pictures: int, *, fits: int, resamples: int = 2000) -> tuple[LayerScores, Bootstrap]:
    probe, held = _planes(pictures, fits=fits)
    # all values below the few that are largest are equal, so that a quarter of each map lies above
    scores = dissect(probe, ["0"], held, Settings(quantile=0.25, resamples=resamples)).layers["0"]
    assert scores.sure is not None
    return scores, scores.sure


def test_a_unit_that_is_the_same_in_every_picture_has_an_interval_of_one_point() -> None:
    scores, sure = _sure(9, fits=9)
    assert scores.iou[0, 0] == 1
    assert sure.interval(0, 0) == (1, 1)
    assert sure.kept[0] == 1
    (verdict, *_) = scores.verdicts()
    assert verdict.certainty is not None
    assert (verdict.certainty.second, verdict.certainty.margin) == ("", 1)


def test_two_pictures_have_the_interval_and_the_chance_that_are_worked_out_by_hand() -> None:
    """One that fits and one that does not: drawn twice, once or never, with chances 1/4, 1/2, 1/4."""
    scores, sure = _sure(2, fits=1)
    assert scores.iou[0, 0] == pytest.approx(1 / 3)
    assert sure.interval(0, 0) == (0, 1)
    assert sure.kept[0] == pytest.approx(3 / 4, abs=0.03)


def test_the_interval_of_many_pictures_is_that_of_the_binomial() -> None:
    """A share s of n pictures fits: with m of n drawn, IoU is m / (2 n - m)."""
    pictures, fits = 100, 30
    _, sure = _sure(pictures, fits=fits)
    low, high = sure.interval(0, 0) or (0, 0)
    spread = 1.96 * np.sqrt(pictures * 0.3 * 0.7)
    for end, drawn in ((low, fits - spread), (high, fits + spread)):
        assert end == pytest.approx(drawn / (2 * pictures - drawn), abs=0.012)


@pytest.mark.parametrize("quantile", [0.01, 0.05])
def test_planted_units_lie_within_their_intervals(quantile: float) -> None:
    named = [result for result in planted.results(quantile) if result.certainty is not None]
    assert len(named) >= 2
    for result in named:
        assert result.certainty is not None
        assert result.certainty.low <= result.score <= result.certainty.high
        assert result.named.interval == (result.certainty.low, result.certainty.high)
        assert any("keep the name" in note for note in result.notes)


def test_a_unit_without_a_name_has_no_certainty() -> None:
    unnamed = [result for result in planted.results(0.05) if not result.label]
    assert unnamed
    assert all(result.certainty is None for result in unnamed)


def test_the_numbers_depend_on_nothing_but_pictures_and_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    probe, held, layers = _probe(), noise(30, SIZE, (10, 14)), ["conv", "deep", "fc"]
    whole = dissect(probe, layers, held, _ASKED, batch=30, workers=2).layers
    monkeypatch.setattr(bootstrap, "ROOM", 1)  # a layer at a time
    for name, scores in dissect(probe, layers, held, _ASKED, batch=3, workers=1).layers.items():
        for key, value in vars(scores.sure).items():
            np.testing.assert_array_equal(value, getattr(whole[name].sure, key))
    alone = dissect(probe, ["deep"], held, _ASKED).layers["deep"].sure
    assert alone is not None
    np.testing.assert_array_equal(alone.low, whole["deep"].sure.low)  # type: ignore[union-attr]


def test_pictures_whose_labels_are_broken_are_never_drawn() -> None:
    probe, held = _probe(), noise(120, SIZE, (10, 14))
    rest = replace(
        held,
        pictures=held.pictures,
        annotations=[{} if index == 7 else labels for index, labels in enumerate(held.annotations)],
    )
    with pytest.warns(BrokenImageWarning, match="held/7"):
        broken = dissect(probe, ["deep"], replace(held, bad_labels=frozenset({7})), _ASKED).layers["deep"].sure
    unlabelled = dissect(probe, ["deep"], rest, _ASKED).layers["deep"].sure
    assert broken is not None
    assert unlabelled is not None
    np.testing.assert_array_equal(broken.low, unlabelled.low)
    np.testing.assert_array_equal(broken.kept, unlabelled.kept)


def test_small_concepts_never_win_a_resample() -> None:
    probe, held = _probe(), noise(24, SIZE, (10, 14))
    least = int(np.sort(dissect(probe, ["deep"], held, _ASKED).layers["deep"].truth)[-1])
    scores = dissect(probe, ["deep"], held, replace(_ASKED, minimum_area=least)).layers["deep"]
    assert scores.sure is not None
    named = [verdict.unit for verdict in scores.verdicts() if verdict.label]
    assert named
    np.testing.assert_array_equal(scores.sure.kept[named], 1)


def test_without_resamples_nothing_is_measured() -> None:
    scores = dissect(_probe(), ["deep"], noise(8, SIZE, (10, 14)), replace(_ASKED, resamples=0)).layers["deep"]
    assert scores.sure is None
    assert all(verdict.certainty is None for verdict in scores.verdicts())
    assert bootstraps({}, [], 5) == {}
