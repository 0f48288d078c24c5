"""Names in text on networks whose units are known: planted similarities give planted names."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from torch import nn

from visualize.methods import InputError, Preparation, Probe, Stack, TextNames
from visualize.methods.pictures.worded import Similarities, worded
from visualize.methods.testing.subjects import LabelledNoise

if TYPE_CHECKING:
    from visualize.methods import Images, TextResult

SIZE = (12, 12)
COLOURS = ("red", "green", "blue")


def _named(method: TextNames, units: str, images: Images, probe: Probe | None = None) -> tuple[TextResult, ...]:
    probe = probe or _probe()
    wanted = probe.unit(units) if ":" in units else probe.units(units)
    return cast("tuple[TextResult, ...]", method(probe, wanted, images))


def _probe() -> Probe:
    return Probe(nn.Sequential(nn.AvgPool2d(3)), prepare=Preparation(SIZE))


def _pictures() -> np.ndarray:
    """Pictures whose channels are light by chance, each its own."""
    light = np.random.default_rng(0).integers(0, 256, (60, 1, 1, 3))
    return np.broadcast_to(light, (60, *SIZE, 3)).astype(np.uint8)


def _similar(pictures: np.ndarray, *, embeddings: bool = False) -> Similarities:
    values = 0.2 + 0.1 * pictures.mean((1, 2)) / 255
    given = pictures.mean((1, 2)).astype(np.float32) / 255 if embeddings else None
    return Similarities((*COLOURS, "nothing"), np.c_[values, np.full(60, 0.2)], source="planted", embeddings=given)


@pytest.mark.parametrize(
    "method",
    [
        TextNames(top=10),
        TextNames(top=10, batch=7),
        TextNames(score="wpmi", top=10),
        TextNames(score="rank", fraction=0.2),
        TextNames(score="cosine-cubed"),
    ],
    ids=lambda method: method.score,
)
def test_units_are_called_what_their_pictures_are_like(method: TextNames) -> None:
    pictures = _pictures()
    images = worded(Stack(list(pictures)), _similar(pictures))
    results = _named(method, "0", images)
    assert [result.words[0] for result in results] == list(COLOURS)
    for unit, result in enumerate(results):
        order = np.argsort(-pictures[:, 0, 0, unit].astype(int), kind="stable")
        assert result.indices.tolist() == order[:30].tolist()
        assert result.lifts[0] == max(result.lifts)
        assert result.margin == result.scores[0] - result.scores[1] > 0


def test_a_lift_is_in_standard_deviations_of_all_pictures() -> None:
    pictures = _pictures()
    similar = _similar(pictures)
    (result,) = _named(TextNames(top=10, samples=10), "0:1", worded(Stack(list(pictures)), similar))
    column = similar.values[:, 1].astype(np.float64)
    best = np.argsort(-pictures[:, 0, 0, 1].astype(int), kind="stable")[:10]
    assert result.lifts[0] == pytest.approx((column[best].mean() - column.mean()) / column.std(), abs=1e-9)


def test_a_unit_is_named_the_same_whatever_other_units_are_asked_for() -> None:
    pictures = _pictures()
    images = worded(Stack(list(pictures)), _similar(pictures, embeddings=True))
    (alone,), together = (_named(TextNames(), units, images) for units in ("0:2", "0"))
    assert alone.facts() == together[2].facts()


def test_embeddings_tell_how_clear_a_unit_is_and_which_is_most_like_it() -> None:
    pictures = _pictures()
    images = worded(Stack(list(pictures)), _similar(pictures, embeddings=True))
    red, *_ = _named(TextNames(samples=5), "0", images)
    best = pictures.mean((1, 2))[red.indices] / 255
    assert red.indices.shape == (5,)
    rows = best / np.linalg.norm(best, axis=1, keepdims=True)
    pairs = (rows @ rows.T)[~np.eye(5, dtype=bool)]
    assert red.clarity == pytest.approx(pairs.mean(), abs=1e-6)
    assert red.twin in {1, 2}
    assert "clarity" in red.panels()[0].caption


def test_without_embeddings_nothing_is_said_of_clarity() -> None:
    pictures = _pictures()
    (result,) = _named(TextNames(), "0:0", worded(Stack(list(pictures)), _similar(pictures)))
    assert (result.clarity, result.twin, result.panels()[0].caption) == (None, None, "")


def test_labels_stand_for_similarities_where_there_are_none() -> None:
    """Unit 0 is light where "car" covers the picture, unit 1 where it does not."""
    generator = np.random.default_rng(0)
    pictures, labels = [], []
    for _ in range(30):
        wide = int(generator.integers(0, 15))
        picture, label = np.zeros((20, 28, 3), np.uint8), np.zeros((10, 14), int)
        picture[:, : 2 * wide, 0], picture[:, 2 * wide :, 1] = 255, 255
        label[:, :wide], label[:, wide:] = 1, 2
        pictures.append(picture)
        labels.append({"object": [label]})
    probe = Probe(nn.Sequential(nn.AvgPool2d(2)), prepare=Preparation((20, 28)))
    results = _named(TextNames(top=8), "0", LabelledNoise(pictures, labels), probe)  # type: ignore[arg-type]
    assert [result.words[0] for result in results[:2]] == ["car", "tree"]
    assert results[0].source == "the labels of noise"


def test_few_pictures_are_said_to_be_all_of_the_best() -> None:
    pictures = _pictures()
    (result,) = _named(TextNames(), "0:0", worded(Stack(list(pictures)), _similar(pictures)))
    assert result.notes == ("the set has 60 pictures, and all of them count as the best of every unit",)


def test_pictures_without_similarities_or_labels_are_refused() -> None:
    with pytest.raises(InputError, match="neither similarities nor labels"):
        TextNames()(_probe(), _probe().unit("0:0"), Stack(list(_pictures())))


def test_as_many_rows_as_pictures_are_needed() -> None:
    pictures = _pictures()
    with pytest.raises(InputError, match="similarities of 60 pictures, and pictures lists 59"):
        worded(Stack(list(pictures[1:])), _similar(pictures))


@pytest.mark.parametrize(
    ("words", "values", "match"),
    [
        ((), np.ones((2, 0)), "no words"),
        (("a", "a"), np.ones((2, 2)), "twice"),
        (("a", " "), np.ones((2, 2)), "without letters"),
        (("a", "b"), np.ones((2, 3)), "a column for each word"),
        (("a", "b"), np.ones(2), "a table of numbers"),
        (("a",), np.array([["x"], ["y"]]), "a table of numbers"),
        (("a",), np.array([[1.0], [np.nan]]), "not all finite"),
        (("a",), np.array([[1.0], [1e39]]), "not all finite"),
    ],
)
def test_similarities_that_are_none_are_refused(words: tuple[str, ...], values: np.ndarray, match: str) -> None:
    with pytest.raises(InputError, match=match):
        Similarities(words, values, source="by hand")


def test_embeddings_are_of_the_same_pictures() -> None:
    with pytest.raises(InputError, match="the same pictures"):
        Similarities(("a",), np.ones((2, 1)), source="by hand", embeddings=np.ones((3, 4), np.float32))
