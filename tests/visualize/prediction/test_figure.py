"""The figure of a prediction."""

from __future__ import annotations

import numpy as np

from tests.visualize.prediction.classifiers import features, linear_head, probe
from visualize.methods.pictures.images import Stack
from visualize.prediction.figure import overlay, prediction_figure
from visualize.prediction.prediction import predict


def test_the_overlay_is_warmest_where_the_map_is_largest() -> None:
    picture = np.full((20, 30, 3), 128, np.uint8)
    map_ = np.zeros((20, 30))
    map_[5, 7] = 1
    result = overlay(picture, map_).astype(int)
    warmth = result[..., 0] - result[..., 2]
    assert np.unravel_index(warmth.argmax(), warmth.shape) == (5, 7)
    assert warmth[0, 0] < 0


def test_the_figure_holds_everything_and_nothing_overlaps() -> None:
    classifier = probe(*features(), *linear_head())
    names = ["a very long name of a scene that goes on and on/and does not end at all", *"bcde"]
    picture = np.zeros((32, 40, 3), np.uint8)
    (result,) = predict(classifier, Stack([picture]), top=5, outdoor=[True] * 5, names=names)
    drawn = prediction_figure(result, "model")
    assert drawn.width < 1300
    edges = np.asarray(drawn)[:, -30:]
    assert (edges[200:] == 255).all()  # nothing runs out at the right
