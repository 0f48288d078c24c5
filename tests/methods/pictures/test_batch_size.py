"""How many pictures are looked at together, by the memory that there is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pytest
import torch
from torch import nn

from tests.kit.fake_gpu import FakeGpu
from tests.kit.labelled import noise
from tests.kit.networks import SIZE, Classifier, seeded
from visualize.methods.ascent.method import GradientAscent
from visualize.methods.attribution.saliency import Saliency
from visualize.methods.dissection.pipeline import dissect
from visualize.methods.dissection.settings import Settings
from visualize.methods.dream.method import DeepDream
from visualize.methods.errors import InputError, MemoryWarning
from visualize.methods.inversion.method import Inversion
from visualize.methods.network import accelerator
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures import batch_size
from visualize.methods.pictures.batch_size import fitting, side_by_side
from visualize.methods.sanity.method import Sanity
from visualize.methods.top_images.method import TopImages
from visualize.methods.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

    from visualize.methods.method import Method

_BATCHES: tuple[Literal["auto"] | None, ...] = (None, "auto")


def _probe() -> Probe:
    return Probe(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), prepare=Preparation((10, 12)))


def _full(*_: object) -> None:
    raise torch.OutOfMemoryError("as a GPU says it")


@pytest.mark.parametrize(("pictures", "size"), [(1000, 8), (16, 8), (15.9, 4), (6, 2), (1.5, 1), (0.1, 1)])
def test_a_processor_takes_what_the_outputs_of_all_modules_allow(
    pictures: float, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    each = 2 * 4 * 8 * 10 * 4  # two modules, 4 units, 8 x 10 positions, 4 bytes
    monkeypatch.setattr(accelerator, "total_memory", lambda device: int(pictures * each))
    monkeypatch.setattr(accelerator, "free_memory", lambda device: 1 << 40)
    assert fitting(_probe(), ["1"]) == size


def test_a_gpu_takes_what_a_run_of_four_pictures_took(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = FakeGpu(free=1 << 40, total=2 * 100 * 1000, peak=4 * 1000).install(monkeypatch)
    assert fitting(_probe(), ["1"]) == 64
    gpu.total = 1 << 40
    assert fitting(_probe(), ["1"]) == 256
    gpu.free = 40 * 1000
    with pytest.warns(MemoryWarning, match="only for 32"):
        assert fitting(_probe(), ["1"]) == 32
    probe = _probe()
    monkeypatch.setattr(probe, "activations", _full)
    assert fitting(probe, ["1"]) == 1


def test_a_dissection_does_not_hang_on_it_beyond_rounding() -> None:
    """In float64: counts are those of batches of 8, at thresholds that rounding does not reach."""
    held, asked = noise(21, SIZE, (20, 28)), Settings(quantile=0.02, resamples=0)
    probe = Probe(seeded(Classifier()).double(), prepare=Preparation(SIZE))
    usual, fitted = (dissect(probe, ["deep"], held, asked, batch=batch).layers["deep"] for batch in _BATCHES)
    np.testing.assert_allclose(usual.thresholds, fitted.thresholds, rtol=1e-12)
    np.testing.assert_array_equal(usual.intersection, fitted.intersection)


@pytest.mark.cuda
def test_a_gpu_holds_so_many() -> None:
    network = nn.Sequential(*[nn.Conv2d(3 if not number else 16, 16, 3, padding=1) for number in range(4)])
    probe = Probe(network.cuda(), prepare=Preparation((224, 224)))
    size = fitting(probe, ["3"])
    assert 1 <= size <= 256
    probe.activations(torch.rand(size, 3, 224, 224), ["3"])


def test_gradients_on_the_way_back_count_as_much_as_what_they_go_through(monkeypatch: pytest.MonkeyPatch) -> None:
    each = 2 * 4 * 8 * 10 * 4
    monkeypatch.setattr(accelerator, "total_memory", lambda device: 2 * 4 * each)
    monkeypatch.setattr(accelerator, "free_memory", lambda device: 1 << 40)
    assert (fitting(_probe(), ["1"]), fitting(_probe(), ["1"], back=True)) == (4, 2)
    assert fitting(_probe(), ["1"], size=(18, 22)) == 1  # 16 x 20 positions in place of 8 x 10


def test_a_gpu_is_shown_the_way_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    FakeGpu(free=1 << 40, total=2 * 100 * 1000, peak=4 * 1000).install(monkeypatch)
    probe = _probe()
    seen: list[Tensor] = []
    respond = probe.activations

    def look(pictures: Tensor, layers: Sequence[str]) -> dict[str, Tensor]:
        seen.append(pictures)
        return respond(pictures, layers)

    monkeypatch.setattr(probe, "activations", look)
    assert fitting(probe, ["1"], back=True, size=(20, 20)) == 64
    assert [(tuple(pictures.shape), pictures.requires_grad) for pictures in seen] == [((4, 3, 20, 20), True)] * 2


@pytest.mark.filterwarnings("ignore::visualize.methods.errors.MemoryWarning")
@pytest.mark.parametrize(("holds", "parts"), [(9, [5, 5, 1]), (4, [3, 3, 3, 2]), (1, [1] * 11)])
def test_a_gpu_that_does_not_hold_so_many_is_given_half(
    holds: int, parts: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    FakeGpu().install(monkeypatch)

    def work(first: int, last: int) -> list[int]:
        if last - first > holds:
            _full()
        return list(range(first, last))

    with pytest.warns(MemoryWarning, match="does not hold 10 pictures together: 5 are"):
        done = list(side_by_side(11, 10, work, torch.device("cuda")))
    assert [last - first for first, last, _ in done] == parts
    assert [thing for _, _, things in done for thing in things] == list(range(11))
    with pytest.raises(torch.OutOfMemoryError, match="a GPU says"):
        list(side_by_side(2, 1, _full, torch.device("cuda")))


_METHODS: list[Method] = [
    GradientAscent(steps=2), DeepDream(start="noise", count=1, steps=2), Inversion(count=2, steps=2), Saliency(count=2),
    TopImages(count=2), Sanity(count=1, steps=2, cascade=1, levels=2),
]  # fmt: skip


@pytest.mark.parametrize("method", _METHODS, ids=lambda method: method.name)
def test_whatever_takes_a_batch_takes_as_many_as_fit_and_says_how_many(
    method: Method, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe, images = Probe(seeded(Classifier()), prepare=Preparation(SIZE)), noise(3, SIZE, SIZE)
    monkeypatch.setattr(accelerator, "free_memory", lambda device: 1 << 40)
    monkeypatch.setattr(batch_size, "bytes_of_each", lambda *_, **__: accelerator.total_memory(probe.device) // 5)
    changed: dict[str, Any] = {"batch": "auto"}
    (result,) = replace(method, **changed)(probe, probe.unit("deep:1"), images)
    assert result.provenance.settings["batch"] == 2
    changed["batch"] = 2
    (plain,) = replace(method, **changed)(probe, probe.unit("deep:1"), images)
    for name, values in plain.arrays().items():
        np.testing.assert_array_equal(result.arrays()[name], values)


@pytest.mark.parametrize("method", _METHODS[:-1], ids=lambda method: method.name)
def test_whatever_takes_a_batch_goes_on_with_half_of_it(method: Method, monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU that holds one picture at a time: what comes out is what batches of one give."""
    FakeGpu().install(monkeypatch)
    probe, images = Probe(seeded(Classifier()), prepare=Preparation(SIZE)), noise(3, SIZE, SIZE)
    units = [probe.unit("deep:1"), probe.unit("deep:2")]
    changed: dict[str, Any] = {"batch": 1}
    alone = replace(method, **changed)(probe, units, images)
    respond = probe.respond

    def full(prepared: Tensor, layers: Sequence[str], **rest: Any) -> dict[str, Tensor]:  # noqa: ANN401 (passed on)
        if len(prepared) > 1:
            _full()
        return respond(prepared, layers, **rest)

    monkeypatch.setattr(probe, "respond", full)
    changed["batch"] = 2
    with pytest.warns(MemoryWarning, match="1 are looked at from here on"):
        halved = replace(method, **changed)(probe, units, images)
    for one, other in zip(alone, halved, strict=True):
        for name, values in one.arrays().items():
            np.testing.assert_array_equal(other.arrays()[name], values)


def test_a_method_that_was_not_fitted_says_so() -> None:
    with pytest.raises(InputError, match=r"Method\.fitted"):
        GradientAscent(batch="auto").company([Unit("deep", 1), Unit("deep", 2)])


@pytest.mark.parametrize("wrong", [0, "many", None, 1.5, -1])
def test_a_batch_is_a_number_or_auto(wrong: Any) -> None:  # noqa: ANN401 (of wrong types)
    with pytest.raises(InputError, match=r"batch is (a whole number, )?1 or more, or auto"):
        TopImages(batch=wrong)
