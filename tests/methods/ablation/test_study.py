from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import nn

from tests.kit.ablation import ablated_by_hook, planted_probe
from tests.kit.fake_gpu import FakeGpu
from visualize.methods import InputError, Preparation, Probe, Stack
from visualize.methods.ablation.ablated import Ablated, log_probabilities
from visualize.methods.ablation.study import Study, answers, read
from visualize.methods.errors import MemoryWarning
from visualize.methods.network.probe import LOGITS
from visualize.methods.progress import silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.methods.ablation.settings import By
    from visualize.methods.ablation.study import Reading

_RNG = np.random.default_rng(0)
_PICTURES = Stack(list(_RNG.integers(0, 256, (11, 16, 16, 3), dtype=np.uint8)))
_TRUTH = _RNG.integers(0, 3, 11)


def _room(shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:  # noqa: ANN401 (as numpy takes it)
    return np.zeros(shape, dtype)


def _read(ablated: Ablated) -> Reading:
    return read(ablated, _PICTURES, batch=4, room=_room, progress=silent)


def _inputs(probe: Probe) -> torch.Tensor:
    return probe.prepared(torch.from_numpy(np.stack(_PICTURES.pictures)).permute(0, 3, 1, 2).float() / 255)


def _two_heads() -> nn.Module:
    """A layer that is used twice, so that its units are removed by running the tail anew."""

    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.relu, self.left, self.right = nn.ReLU(), nn.Linear(6, 3), nn.Linear(6, 3)
            self.conv = nn.Conv2d(3, 6, 5)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x = self.relu(self.conv(x))
            logits: torch.Tensor = self.left(x.mean((2, 3))) + self.right(x.amax((2, 3)))
            return logits

    torch.manual_seed(3)
    return Twice()


class _Tokens(nn.Module):
    """Tokens, whose units are on the last axis."""

    def __init__(self) -> None:
        super().__init__()
        self.cut, self.norm = nn.Conv2d(3, 6, 4, stride=4), nn.LayerNorm(6)
        self.mix, self.head = nn.Linear(6, 6), nn.Linear(6, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.rest(self.norm(self.cut(x).flatten(2).transpose(1, 2)))

    def rest(self, tokens: torch.Tensor) -> torch.Tensor:
        logits: torch.Tensor = self.head(torch.tanh(self.mix(tokens)).mean(1))
        return logits


@pytest.mark.parametrize("by", ["zero", "mean"])
@pytest.mark.parametrize("layer", ["relu", "conv"])
@pytest.mark.parametrize("make", [None, _two_heads])
def test_answers_are_those_of_a_hook(make: Any, layer: str, by: By) -> None:  # noqa: ANN401 (a function, or none)
    probe = planted_probe() if make is None else Probe(make(), prepare=Preparation((16, 16)))
    ablated = Ablated.of(probe, layer)
    reading = _read(ablated)
    assert (ablated.cut.step is None) == (make is not None)
    inputs = _inputs(probe)
    plain = ablated_by_hook(probe.network, layer, inputs, [])
    assert reading.called.tolist() == plain.argmax(1).tolist()
    with torch.no_grad():
        outputs = probe.activations(inputs, [layer])[layer]
    means = outputs.double().mean((0, 2, 3))
    np.testing.assert_allclose(reading.means, means, rtol=1e-6)
    blank = means.float() if by == "mean" else torch.zeros(len(means))
    units = [0, 2, 3]
    single = answers((11, 3), evidence=True, room=_room)
    Study(ablated=ablated, reading=reading, by=by, batch=3).without_each(units, _TRUTH, single, progress=silent)
    for column, unit in enumerate(units):
        wanted = ablated_by_hook(probe.network, layer, inputs, [unit], blank)
        assert single.called[:, column].tolist() == wanted.argmax(1).tolist()
        own = wanted.double().log_softmax(1)[range(11), _TRUTH]
        np.testing.assert_allclose(single.evidence[:, column], own, rtol=1e-5, atol=1e-5)


def test_sets_are_removed_on_the_pictures_that_are_asked() -> None:
    probe = planted_probe()
    ablated = Ablated.of(probe, "relu")
    asked = np.arange(11) % 2 == 0
    sets = [([0, 1], asked), ([1, 2, 3, 4], ~asked), ([], np.ones(11, bool))]
    both = answers((11, 3), evidence=False, room=_room)
    Study(ablated=ablated, reading=_read(ablated), batch=4).without_sets(sets, both, progress=silent)
    for column, (units, where) in enumerate(sets):
        wanted = ablated_by_hook(probe.network, "relu", _inputs(probe), units).argmax(1).numpy()
        assert both.called[:, column].tolist() == np.where(where, wanted, -1).tolist()


def test_units_of_tokens_are_removed_from_all_tokens() -> None:
    torch.manual_seed(3)
    network = _Tokens()
    probe = Probe(network, prepare=Preparation((16, 16)))
    ablated = Ablated.of(probe, "norm")
    values = ablated.head(_inputs(probe))
    without = ablated.without({"0": values["0"]}, torch.zeros(6), [1, 5])
    tokens = values["0"].clone()
    tokens[..., [1, 5]] = 0
    with torch.no_grad():
        wanted = network.rest(tokens)
    torch.testing.assert_close(without, wanted, rtol=0, atol=1e-6)


def test_what_is_answered_is_not_asked_again_and_an_interrupt_loses_one_batch() -> None:
    ablated = Ablated.of(planted_probe(), "relu")
    study, kept = Study(ablated=ablated, reading=_read(ablated), batch=4), answers((11, 5), evidence=True, room=_room)

    def stop(done: int, total: int) -> None:
        if done == 4:
            raise KeyboardInterrupt("after one batch")

    with pytest.raises(KeyboardInterrupt, match="after one batch"):
        study.without_each(range(5), _TRUTH, kept, progress=stop)
    assert kept.done.tolist() == [True] * 4 + [False] * 7
    told: list[tuple[int, int]] = []
    study.without_each(range(5), _TRUTH, kept, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (7, 7)
    whole = answers((11, 5), evidence=True, room=_room)
    study.without_each(range(5), _TRUTH, whole, progress=silent)
    assert np.array_equal(whole.called, kept.called)
    assert np.array_equal(whole.evidence, kept.evidence)


def test_networks_that_tell_no_classes_apart_are_refused() -> None:
    maps = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())
    single = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 1))
    for network in (maps, single):
        with pytest.raises(InputError, match="classifier"):
            Ablated.of(Probe(network, prepare=Preparation((16, 16))), "0")


@pytest.mark.parametrize("end", [nn.Softmax(1), nn.LogSoftmax(1), nn.Identity()])
def test_probabilities_are_those_that_the_network_means(end: nn.Module) -> None:
    planted = planted_probe().network
    probe = Probe(nn.Sequential(planted, end), prepare=Preparation((16, 16)))
    ablated = Ablated.of(probe, LOGITS)
    outputs = ablated.output(ablated.head(_inputs(probe)))
    wanted = ablated_by_hook(planted, "fc", _inputs(probe), []).double().log_softmax(1)
    torch.testing.assert_close(log_probabilities(outputs, ablated.scale), wanted, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("holds", [1, 3, 11])
def test_on_a_gpu_as_many_rows_of_the_tail_as_pictures_are_run_and_half_where_they_do_not_fit(
    holds: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ablated = Ablated.of(Probe(_two_heads(), prepare=Preparation((16, 16))), "relu")
    wanted = answers((11, 6), evidence=True, room=_room)
    study = Study(ablated=ablated, reading=_read(ablated), batch=11)
    study.without_each(range(6), _TRUTH, wanted, progress=silent)
    FakeGpu().install(monkeypatch)
    study, each = replace(study, reading=_read(ablated)), Ablated.without_each

    def full(self: Ablated, values: dict[str, torch.Tensor], *rest: Any) -> Any:  # noqa: ANN401 (passed on)
        if len(values["0"]) > holds:
            raise torch.OutOfMemoryError("as a GPU says it")
        return each(self, values, *rest)

    monkeypatch.setattr(Ablated, "without_each", full)
    into = answers((11, 6), evidence=True, room=_room)
    with pytest.warns(MemoryWarning, match="11 pictures together: 6") if holds < 11 else nullcontext():
        study.without_each(range(6), _TRUTH, into, progress=silent)
    np.testing.assert_array_equal(into.called, wanted.called)
    np.testing.assert_allclose(into.evidence, wanted.evidence, rtol=0, atol=1e-6)
    assert into.done.all()
