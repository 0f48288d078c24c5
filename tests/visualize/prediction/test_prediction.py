"""Predictions: probabilities by softmax, and the demo's vote between indoor and outdoor."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.kit.shared import shared
from tests.visualize.prediction.classifiers import SIZE, features, linear_head, probe
from visualize.figures.boxes import Print
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.models import load
from visualize.prediction.class_activation_map import NO_MAP
from visualize.prediction.figure import prediction_figure
from visualize.prediction.prediction import SINGLE, environment, predict

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_network_that_ends_in_a_map_is_no_classifier() -> None:
    with pytest.raises(InputError, match="needs a classifier"):
        predict(probe(*features()), Stack([np.zeros((32, 40, 3), np.uint8)]))


def test_a_classifier_without_any_map_gives_its_classes_all_the_same() -> None:
    torch.manual_seed(0)
    linear = Probe(nn.Sequential(nn.Flatten(), nn.Linear(3 * 64, 4)), prepare=Preparation(size=(8, 8)))
    picture = np.random.default_rng(0).integers(0, 256, (8, 8, 3), np.uint8)
    (result,) = predict(linear, Stack([picture]))
    expected = linear.network(torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255)[0].softmax(0)
    assert [item.probability for item in result.categories] == pytest.approx(sorted(expected.tolist(), reverse=True))
    assert result.map is None
    assert result.document()["map"] is None
    assert result.document()["notes"] == [NO_MAP]
    assert sum(isinstance(item, Print) for item in prediction_figure(result, "model").block.items) == 1


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


class _Ending(nn.Module):
    """A classifier and what becomes of its logits.

    Args:
        end: makes the output of the logits.
    """

    def __init__(self, end: Callable[[Tensor], object]) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.net = nn.Sequential(*features(), *linear_head())
        nn.init.normal_(self.net.get_parameter("7.weight"), std=2)
        self.aside = nn.Linear(5, 9)
        self.end = end

    def forward(self, x: Tensor) -> object:
        logits: Tensor = self.net(x)
        self.aside(logits)
        return self.end(logits)


ENDS: dict[str, tuple[Callable[[Tensor], object], Callable[[Tensor], Tensor]]] = {
    "logits": (lambda x: x, lambda x: x.softmax(1)),
    "nn.Softmax": (nn.Softmax(1), lambda x: x.softmax(1)),
    "softmax": (lambda x: x.softmax(1), lambda x: x.softmax(1)),
    "softmax in a tuple": (lambda x: (x.softmax(1), x), lambda x: x.softmax(1)),
    "log_softmax": (lambda x: x.log_softmax(1), lambda x: x.softmax(1)),
    "softmax, written out": (lambda x: x.exp() / x.exp().sum(1, keepdim=True), lambda x: x.softmax(1)),
    "sigmoid": (lambda x: {"aux": x[:, :2], "out": x.sigmoid()}, lambda x: x.sigmoid()),
    "nn.Sigmoid": (nn.Sigmoid(), lambda x: x.sigmoid()),
}
PHOTOGRAPH = np.random.default_rng(5).integers(0, 256, (*SIZE, 3)).astype(np.uint8)


@pytest.mark.parametrize("name", ENDS)
def test_probabilities_are_not_computed_twice(name: str) -> None:
    end, probabilities = ENDS[name]
    network = _Ending(end).eval()
    (prediction,) = predict(Probe(network, prepare=Preparation(SIZE)), Stack([PHOTOGRAPH]))
    with torch.no_grad():
        logits = network.net(torch.from_numpy(PHOTOGRAPH).permute(2, 0, 1)[None].float() / 255)
    wanted = probabilities(logits.double())[0]
    for category in prediction.categories:
        assert category.probability == pytest.approx(float(wanted[category.index]), rel=1e-4)
    assert [item.index for item in prediction.categories] == wanted.sort(descending=True).indices[:5].tolist()


@pytest.mark.parametrize("name", [name for name in ENDS if "written" not in name])
def test_the_map_is_that_of_the_logits(name: str) -> None:
    """A softmax that is sure of itself has no gradient left; its network has the class activation map of its logits."""
    (given,), (wanted,) = (
        predict(Probe(_Ending(end).eval(), prepare=Preparation(SIZE)), Stack([PHOTOGRAPH]))
        for end in (ENDS[name][0], ENDS["logits"][0])
    )
    assert given.map is not None
    assert wanted.map is not None
    assert (given.map.method, given.map.layer) == (wanted.map.method, wanted.map.layer)
    torch.testing.assert_close(given.map.values, wanted.map.values, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("end", "logit"),
    [(lambda x: x[:, :1], True), (lambda x: {"logits": x[:, 1:2]}, True), (lambda x: x[:, :1].sigmoid(), False)],
)
def test_a_single_output_is_one_probability(end: Callable[[Tensor], object], *, logit: bool) -> None:
    network = _Ending(end).eval()
    (prediction,) = predict(Probe(network, prepare=Preparation(SIZE)), Stack([PHOTOGRAPH]))
    with torch.no_grad():
        output = network(torch.from_numpy(PHOTOGRAPH).permute(2, 0, 1)[None].float() / 255)
    value = float(output["logits"] if isinstance(output, dict) else output)
    (category,) = prediction.categories
    assert category.probability == pytest.approx(1 / (1 + math.exp(-value)) if logit else value, rel=1e-5)
    assert (SINGLE in prediction.notes) is logit


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (lambda x: [{"boxes": x[:, None], "labels": x}], r"classifier.*a list of a dict \(boxes, labels\)"),
        (lambda x: x[:, :, None, None].expand(-1, -1, 4, 4), "5 x 4 x 4 for one picture, in which no axis is known"),
        (lambda x: x @ x[:3], "needs a classifier"),
    ],
)
def test_other_answers_are_no_classes(end: Callable[[Tensor], object], words: str) -> None:
    classifier = Probe(_Ending(end).eval(), prepare=Preparation(SIZE))
    with pytest.raises(InputError, match=words):
        predict(classifier, Stack([PHOTOGRAPH]))


@pytest.mark.parametrize(
    ("file", "name", "classes"),
    [
        ("03-two-heads/mynet.py", "tuple_", 7), ("03-two-heads/mynet.py", "dict_", 7),
        ("04-softmax-twice/mynet.py", "softmax", 6), ("04-softmax-twice/mynet.py", "logsoftmax", 6),
        ("04-softmax-twice/mynet.py", "functional", 6), ("04-softmax-twice/mynet.py", "sigmoid", 6),
    ],
)  # fmt: skip
def test_reported_networks_give_their_own_probabilities(file: str, name: str, classes: int) -> None:
    probe = load(f"{shared(f'reports/{file}')}:{name}")
    shown = np.random.default_rng(1).integers(0, 256, (224, 224, 3)).astype(np.uint8)
    (prediction,) = predict(probe, Stack([shown]), top=classes)
    with torch.no_grad():
        answer = probe.network.eval()(probe.prepared(torch.from_numpy(shown).permute(2, 0, 1)[None].float() / 255))
    first = next(iter(answer.values())) if isinstance(answer, dict) else answer[0] if len(answer) == 2 else answer
    values = first.flatten().double()
    wanted = values if bool((values >= 0).all()) else values.softmax(0)  # the softmax of its logarithm is itself
    assert len(values) == classes
    for category in prediction.categories:
        assert category.probability == pytest.approx(float(wanted[category.index]), rel=1e-3)
