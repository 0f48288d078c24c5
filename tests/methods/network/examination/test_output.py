"""Which tensor is a network's output, and whether it holds logits or probabilities, is told by what it gives."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.kit.networks import SIZE, seeded
from tests.kit.peculiar import Answer
from tests.kit.pictures import pictures
from visualize.methods.errors import UnitError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Callable


class _Named(NamedTuple):
    aux: Tensor
    out: Tensor


class _Heads(nn.Module):
    """Two heads, of which the second one to run is not the network's answer."""

    def __init__(self, answer: Callable[[Tensor, Tensor], Any]) -> None:
        super().__init__()
        self.trunk = nn.Conv2d(3, 6, 5, stride=2)
        self.classes, self.rotation = nn.Linear(6, 7), nn.Linear(6, 4)
        self.answer = answer

    def forward(self, x: Tensor) -> Any:  # noqa: ANN401 (of any kind: that is what is tested)
        features = self.trunk(x).relu().mean((2, 3))
        return self.answer(self.classes(features), self.rotation(features))


ANSWERS: dict[str, Callable[[Tensor, Tensor], Any]] = {
    "one tensor": lambda classes, rotation: classes,
    "tuple": lambda classes, rotation: (classes, rotation),
    "tuple in a tuple": lambda classes, rotation: ((classes, rotation), rotation),
    "list": lambda classes, rotation: [classes, rotation],
    "dict": lambda classes, rotation: {"out": classes, "aux": rotation},
    "dict, out last": lambda classes, rotation: {"aux": rotation, "out": classes},
    "dict, logits last": lambda classes, rotation: {"hidden": rotation, "logits": classes},
    "dict of other names": lambda classes, rotation: {"scene": classes, "angle": rotation},
    "named tuple": lambda classes, rotation: _Named(rotation, classes),
    "dataclass": lambda classes, rotation: Answer(rotation.sum(), classes),
    "plain object": lambda classes, rotation: SimpleNamespace(hidden=rotation, logits=classes),
    "a loss before it": lambda classes, rotation: {"loss": rotation.mean(), "scores": classes},
    "nothing before it": lambda classes, rotation: {"loss": None, "classes": classes, "r": rotation},
    "computed at last": lambda classes, rotation: classes * 2 + rotation.sum(1, keepdim=True),
    "another shape": lambda classes, rotation: (classes[:, :, None, None], rotation),
    "transposed view": lambda classes, rotation: (classes.view(-1, 7), rotation),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_logits_are_the_networks_own_output(name: str) -> None:
    network, shown = seeded(_Heads(ANSWERS[name])).eval(), pictures(3, SIZE)
    probe = Probe(network, prepare=Preparation(SIZE))
    with torch.no_grad():
        features = network.trunk(shown).relu().mean((2, 3))
        wanted = network.classes(features)
        if name == "computed at last":
            wanted = wanted * 2 + network.rotation(features).sum(1, keepdim=True)
    layer = probe.layer("logits")
    assert (layer.units, layer.map_size) == (7, (1, 1))
    assert (layer.name == "classes") == (name != "computed at last")
    given = probe.activations(shown, ["logits", "trunk"])["logits"].flatten(1)
    torch.testing.assert_close(given, wanted, rtol=1e-4, atol=1e-5)
    assert probe.check(Unit("logits", 3)) == Unit(layer.name, 3)


def test_gradients_of_an_output_that_is_computed_at_last_are_autograds() -> None:
    network, shown = seeded(_Heads(ANSWERS["computed at last"])).eval(), pictures(2, SIZE)
    leaf = shown.clone().requires_grad_()
    network(leaf)[:, 5].sum().backward()
    probe = Probe(network, prepare=Preparation(SIZE))
    assert leaf.grad is not None
    torch.testing.assert_close(probe.gradients(shown, probe.unit("logits:5")), leaf.grad, rtol=1e-4, atol=1e-6)


class _Called(nn.Module):
    """Has a module that is called as every network's output can be."""

    def __init__(self, answer: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.logits, self.head, self.answer = nn.Conv2d(3, 5, 3), nn.Linear(5, 5), answer

    def forward(self, x: Tensor) -> Tensor:
        maps = self.logits(x)
        return self.answer(maps.mean((2, 3)), self.head(maps.relu().mean((2, 3))))


@pytest.mark.parametrize(
    ("answer", "layer"),
    [
        (lambda own, head: head, "head"),
        (lambda own, head: own.softmax(1), "logits"),
        (lambda own, head: head.softmax(1), "logits"),
        (lambda own, head: own + head, "logits"),
    ],
)
def test_logits_are_the_output_where_a_module_of_another_output_is_called_so(
    answer: Callable[[Tensor, Tensor], Tensor], layer: str
) -> None:
    network, shown = seeded(_Called(answer)).eval(), pictures(2, SIZE)
    probe = Probe(network, prepare=Preparation(SIZE))
    with torch.no_grad():
        output, module = network(shown), network.logits(shown)
    assert probe.layer("logits").name == layer
    assert probe.layout("logits").order == "NC"
    assert list(probe.layers) == ["logits#0", "head"]
    torch.testing.assert_close(probe.activations(shown, ["logits"])["logits"].flatten(1), output)
    torch.testing.assert_close(probe.activations(shown, ["logits#0"])["logits#0"], module)
    assert probe.unit("logits#0:3@1,2") == Unit("logits#0", 3, (1, 2))


def test_a_module_called_logits_that_gives_the_output_is_known_by_both_names() -> None:
    network = nn.Sequential()
    network.add_module("conv", nn.Conv2d(3, 5, 3))
    network.add_module("logits", nn.Conv2d(5, 7, 1))
    probe = Probe(seeded(network).eval(), prepare=Preparation(SIZE))
    assert probe.layer("logits") is probe.layer("logits#0")
    assert probe.layer("logits").units == 7


def test_an_output_is_there_where_no_module_gives_one_row_for_each_picture() -> None:
    class Turned(nn.Module):
        """Looks at every picture and its mirror image (test-time augmentation)."""

        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)

        def forward(self, x: Tensor) -> Tensor:
            both: Tensor = self.conv(torch.cat([x, x.flip(3)])).mean((2, 3))
            return both.unflatten(0, (2, len(x))).mean(0)  # type: ignore[no-untyped-call,no-any-return]

    network, shown = seeded(Turned()).eval(), pictures(3, SIZE)
    probe = Probe(network, prepare=Preparation(SIZE))
    assert not probe.layers
    torch.testing.assert_close(probe.activations(shown, ["logits"])["logits"].flatten(1), network(shown).detach())
    with pytest.raises(UnitError, match="conv has no map: it has 2 rows"):
        probe.layer("conv")


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (lambda classes, rotation: [{"boxes": classes[0, None], "labels": rotation[0]}], "a list of a dict"),
        (lambda classes, rotation: "street", "gives a str"),
        (lambda classes, rotation: classes.sum(), "no axes"),
        (lambda classes, rotation: classes.argmax(1), "a single number for each picture, as argmax and squeeze"),
        (lambda classes, rotation: classes.repeat(4, 1), "not one row for each picture"),
        (lambda classes, rotation: classes[:, None].expand(-1, 100, -1), "no axis is known"),
    ],
)
def test_an_answer_without_a_row_of_units_for_each_picture_is_no_output(answer: Any, words: str) -> None:  # noqa: ANN401
    probe = Probe(seeded(_Heads(answer)).eval(), prepare=Preparation(SIZE))
    with pytest.raises(UnitError, match=words):
        probe.layer("logits")
    assert probe.layer("classes").units == 7


class _Mapped(nn.Module):
    """Scores of classes for each pixel, and what they become at last."""

    def __init__(self, end: Callable[[Tensor], Tensor]) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv2d(3, 5, 3, padding=1), nn.ReLU(), nn.Conv2d(5, 7, 1))
        self.end = end

    def forward(self, x: Tensor) -> Tensor:
        return self.end(self.trunk(x))


ORDERS: dict[str, tuple[Callable[[Tensor], Tensor], Callable[[Tensor], Tensor]]] = {
    "units last": (lambda x: x.permute(0, 2, 3, 1), lambda x: x.permute(0, 3, 1, 2)),
    "units last, normalised": (lambda x: x.permute(0, 2, 3, 1).softmax(-1), lambda x: x.permute(0, 3, 1, 2)),
    "columns before rows": (lambda x: x.transpose(2, 3), lambda x: x.transpose(2, 3)),
    "in a row, units last": (lambda x: x.flatten(2).mT, lambda x: x.mT.reshape(-1, 7, 12, 16)),
    "one unit": (lambda x: x.square().sum(1), lambda x: x[:, None]),
    "enlarged": (lambda x: nn.functional.interpolate(x, scale_factor=2.0), lambda x: x),
}


@pytest.mark.parametrize("order", ORDERS)
def test_maps_that_are_computed_at_last_have_the_axes_that_the_network_gives_them(order: str) -> None:
    end, back = ORDERS[order]
    network = seeded(_Mapped(end)).eval()
    probe, shown = Probe(network, prepare=Preparation((12, 16))), pictures(2, (12, 16))
    with torch.no_grad():
        wanted = back(network(shown))
    torch.testing.assert_close(probe.activations(shown, ["logits"])["logits"], wanted)
    assert (probe.layer("logits").units, *probe.layer("logits").map_size) == wanted.shape[1:]
    output = probe.examination.output
    assert output is not None
    assert output.scale == ("probabilities" if "normalised" in order else "logits")


class _Ending(nn.Module):
    """A classifier and what its logits become at last."""

    def __init__(self, end: Callable[[Tensor], Tensor], *, gain: float = 3.0) -> None:
        super().__init__()
        self.conv, self.fc = nn.Conv2d(3, 6, 5, stride=2), nn.Linear(6, 5)
        self.end, self.gain = end, gain

    def forward(self, x: Tensor) -> Tensor:
        return self.end(self.gain * self.fc(self.conv(x).relu().mean((2, 3))))


def _shares(x: Tensor) -> Tensor:
    powers = (x - x.amax(1, keepdim=True)).exp()
    return powers / powers.sum(1, keepdim=True)


ENDS: dict[str, tuple[Callable[[Tensor], Tensor], str]] = {
    "nothing": (lambda x: x, "logits"),
    "rectifier": (nn.ReLU(), "logits"),
    "tanh": (torch.tanh, "logits"),
    "nn.Softmax": (nn.Softmax(1), "probabilities"),
    "torch.softmax": (lambda x: torch.softmax(x, 1), "probabilities"),
    "written out": (_shares, "probabilities"),
    "on a map of one place": (lambda x: x[:, :, None, None].softmax(1), "probabilities"),
    "half precision": (lambda x: x.softmax(1).bfloat16(), "probabilities"),
    "nn.LogSoftmax": (nn.LogSoftmax(1), "log-probabilities"),
    "F.log_softmax": (lambda x: x.log_softmax(1), "log-probabilities"),
    "nn.Sigmoid": (nn.Sigmoid(), "separate probabilities"),
    "sigmoid, written out": (lambda x: 1 / (1 + (-x).exp()), "separate probabilities"),
    "hard sigmoid": (nn.Hardsigmoid(), "separate probabilities"),
    "sigmoid, normalised before": (lambda x: functional.normalize(x).sigmoid(), "separate probabilities"),
    "cosines": (lambda x: functional.normalize(x.exp()), "logits"),
    "cosines, moved into 0..1": (lambda x: (1 + functional.normalize(x)) / 2, "logits"),
    "rectified cosines": (lambda x: functional.normalize(x).relu(), "logits"),
}  # fmt: skip


@pytest.mark.parametrize("name", ENDS)
def test_the_scale_of_an_output_is_told_by_its_values(name: str) -> None:
    end, scale = ENDS[name]
    output = Probe(seeded(_Ending(end)).eval(), prepare=Preparation(SIZE)).examination.output
    assert output is not None
    assert output.scale == scale


@pytest.mark.parametrize("offset", [0.2, 0.0])
def test_logits_that_lie_between_0_and_1_by_chance_are_logits(offset: float) -> None:
    network = seeded(_Ending(lambda x: offset + x.abs() * 0.01, gain=1)).eval()
    output = Probe(network, prepare=Preparation(SIZE)).examination.output
    assert output is not None
    assert output.scale == "logits"
