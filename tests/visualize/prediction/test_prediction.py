"""Predictions: probabilities by softmax, and the demo's vote between indoor and outdoor."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from methods.errors import InputError
from methods.pictures.images import Stack
from tests.visualize.prediction.classifiers import features, linear_head, probe
from visualize.prediction.prediction import environment, predict


def test_a_network_that_ends_in_a_map_is_no_classifier() -> None:
    with pytest.raises(InputError, match="needs a classifier"):
        predict(probe(*features()), Stack([np.zeros((32, 40, 3), np.uint8)]))


def test_the_vote_is_the_demo_s() -> None:
    """The mean over the best ten of 0 (indoor) and 1 (outdoor), below 0.5, as CSAILVision/places365 computes it."""
    rng = np.random.default_rng(0)
    for _ in range(200):
        labels = rng.integers(0, 2, 30)
        order = rng.permutation(30)
        expected = "indoor" if np.mean(labels[order[:10]]) < 0.5 else "outdoor"
        kind, votes = environment(order.tolist(), [bool(label) for label in labels])
        assert kind == expected
        assert votes == labels[order[:10]].sum()
    assert environment(list(range(10)), [True] * 5 + [False] * 5)[0] == "outdoor"


def test_probabilities_are_the_softmax_s_and_fall() -> None:
    classifier = probe(*features(), *linear_head())
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 256, (32, 40, 3)).astype(np.uint8) for _ in range(2)]
    result = predict(classifier, Stack(pictures), top=3, outdoor=[True, False, True, True, True], names=list("abcde"))
    for picture, prediction in zip(pictures, result, strict=True):
        inputs = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255
        expected = classifier.network.eval()(inputs)[0].double().softmax(0).sort(descending=True)
        assert [c.index for c in prediction.categories] == expected.indices[:3].tolist()
        assert [c.probability for c in prediction.categories] == pytest.approx(expected.values[:3].tolist(), rel=1e-5)
        assert prediction.categories[0].name == "abcde"[prediction.categories[0].index]
        assert (prediction.kind, prediction.outdoor_votes) == ("outdoor", 4)
    assert predict(classifier, Stack(pictures))[0].kind is None
    assert predict(classifier, Stack(pictures))[0].categories[0].name.startswith("class ")
