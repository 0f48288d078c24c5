"""The figure of a prediction."""

from __future__ import annotations

import numpy as np

from tests.visualize.prediction.classifiers import features, linear_head, probe
from visualize.figures.boxes import Print
from visualize.methods.drawing.colour_maps import coloured
from visualize.methods.drawing.overlay import Overlay
from visualize.methods.pictures.images import Stack
from visualize.prediction.figure import prediction_figure
from visualize.prediction.prediction import predict


def test_the_map_lies_over_the_photograph_as_it_is_asked_to() -> None:
    classifier = probe(*features(), *linear_head())
    picture = np.random.default_rng(0).integers(0, 256, (32, 40, 3), np.uint8)
    (result,) = predict(classifier, Stack([picture]), top=5, outdoor=[], names=list("abcde"))
    pictures = {
        opacity: [
            item.picture
            for item in prediction_figure(result, "model", Overlay(opacity=opacity, blur=0)).block.items
            if isinstance(item, Print)
        ]
        for opacity in (0.0, 1.0)
    }
    assert result.map is not None
    assert all((shown[0] == result.picture).all() for shown in pictures.values())
    assert (pictures[0.0][1] == result.picture).all()
    assert (pictures[1.0][1] == coloured(result.map.over((32, 40)))).all()


def test_the_figure_holds_everything_and_nothing_overlaps() -> None:
    classifier = probe(*features(), *linear_head())
    names = ["a very long name of a scene that goes on and on/and does not end at all", *"bcde"]
    picture = np.zeros((32, 40, 3), np.uint8)
    (result,) = predict(classifier, Stack([picture]), top=5, outdoor=[True] * 5, names=names)
    drawn = prediction_figure(result, "model").image
    assert drawn.width < 1300
    edges = np.asarray(drawn)[:, -30:]
    assert (edges[200:] == 255).all()  # nothing runs out at the right
