"""What of a card's photographs is explained, and how often the network has to look for them."""

from __future__ import annotations

import dataclasses
from importlib.metadata import EntryPoint
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import visualize as viz
from methods.attribution.result import AttributionResult
from methods.drawing.panel import Panel
from methods.errors import InputError
from methods.method import Method, Needs
from methods.network.preprocessing import Preparation
from methods.network.probe import Probe
from methods.pictures.images import Images, Stack
from methods.result import Result
from methods.top_images.method import TopImages
from methods.top_images.result import TopResult

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from methods.progress import Progress
    from methods.provenance import Json
    from methods.unit import Target


@pytest.fixture(scope="module")
def probe() -> Probe:
    """Three units for the brightest spot of red, green and blue; a class for each."""
    conv = nn.Conv2d(3, 3, 3, padding=1)
    with torch.no_grad():
        conv.weight.zero_()
        conv.bias.zero_()  # type: ignore[union-attr] # this convolution has a bias
        for unit in range(3):
            conv.weight[unit, unit, 1, 1] = 1.0
    network = nn.Sequential()
    network.add_module("conv", conv)
    network.add_module("pool", nn.AdaptiveMaxPool2d(1))
    network.add_module("head", nn.Flatten())
    return Probe(network, prepare=Preparation(size=(12, 12)), classes=("red", "green", "blue"))


@pytest.fixture(scope="module")
def images() -> Stack:
    """Seven pictures, the third, sixth and first of which are the most red."""
    strength = [0.6, 0.1, 0.9, 0.3, 0.2, 0.8, 0.4]
    return Stack([np.full((12, 12, 3), (round(255 * one), 0, 9), np.uint8) for one in strength], name="reds")


def _explained(result: Result) -> list[str]:
    assert isinstance(result, AttributionResult)
    return list(result.files)


def test_a_card_explains_the_best_three_of_its_top_images(probe: Probe, images: Stack) -> None:
    card = viz.unit(probe, "conv", 0, images=images, steps=2)
    top = card.results["top"]
    assert isinstance(top, TopResult)
    best = [images.file(index) for index in (2, 5, 0)]
    assert list(top.files[:3]) == best
    for name in ("saliency", "deconv"):
        result = card.results[name]
        assert _explained(result) == best
        assert isinstance(result, AttributionResult)
        assert result.positions == top.positions[:3]


def test_methods_that_are_slow_or_doubtful_are_left_to_be_asked_for(probe: Probe, images: Stack) -> None:
    card = viz.unit(probe, "conv", 0, images=images, steps=2)
    assert list(card.results) == ["ascent", "top", "saliency", "deconv"]
    assert list(viz.unit(probe, "conv", 0, images=images, methods=["guided"]).results) == ["guided"]


def test_one_scan_serves_all_units_and_all_explanations(
    probe: Probe, images: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans: list[int] = []
    look = TopImages.look

    def counted(
        self: TopImages, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> list[TopResult]:
        scans.append(len(units))
        return look(self, probe, units, images, progress)

    monkeypatch.setattr(TopImages, "look", counted)
    with_top = viz.units(probe, "conv", images=images, methods=["top", "saliency", "deconv", "guided"])
    assert scans == [3]
    without = viz.units(probe, "conv", images=images, methods=["saliency", "deconv", "guided"])
    assert scans == [3, 3]
    for one, other in zip(with_top, without, strict=True):
        assert _explained(one.results["deconv"]) == _explained(other.results["deconv"])
        assert list(other.results) == ["saliency", "deconv", "guided"]


def test_a_sum_of_units_is_left_to_the_methods_that_can(probe: Probe, images: Stack) -> None:
    card = viz.unit(probe, "conv", "0+1", images=images, steps=2)
    assert list(card.results) == ["ascent"]
    assert any("saliency looks at single units" in note for note in card.notes)
    with pytest.raises(InputError, match="saliency looks at single units"):
        viz.unit(probe, "conv", "0+1", images=images, methods=["ascent", "saliency"], steps=2)


def test_a_look_is_a_card_of_one_method(probe: Probe, images: Stack, tmp_path: Path) -> None:
    found = viz.look("saliency", probe, "conv", 0, images=images, settings={"count": 2})
    assert isinstance(found, viz.Card)
    assert (found.method, found.stem) == ("saliency", "0-saliency")
    assert _explained(found.result) == [images.file(2), images.file(5)]
    assert found.arrays["attribution"].shape == (2, 3, 12, 12)
    assert found._repr_png_().startswith(b"\x89PNG")
    assert found.save(tmp_path, arrays=True) == tmp_path / "0-saliency.png"
    with np.load(tmp_path / "0-saliency.npz") as arrays:
        np.testing.assert_array_equal(arrays["attribution"], found.arrays["attribution"])


def test_one_named_picture_has_no_axis_for_several(probe: Probe, tmp_path: Path) -> None:
    Image.new("RGB", (12, 12), (200, 0, 0)).save(tmp_path / "a.png")
    alone = viz.look("saliency", probe, "conv", 0, image=tmp_path / "a.png")
    both = viz.look("saliency", probe, "conv", 0, image=[tmp_path / "a.png", tmp_path / "a.png"])
    card = viz.unit(probe, "conv", 0, image=tmp_path / "a.png", methods=["saliency"])
    assert alone.arrays["attribution"].shape == (3, 12, 12)
    assert both.arrays["attribution"].shape == (2, 3, 12, 12)
    np.testing.assert_array_equal(card.arrays["saliency.attribution"], alone.arrays["attribution"])
    assert alone.arrays["activations"].shape == (1,)


def test_a_class_s_name_is_in_the_heading_and_the_document(probe: Probe, images: Stack) -> None:
    found = viz.look("saliency", probe, "head", "blue", images=images)
    assert found.about.heading == "head · unit 2 · blue"
    document = found.document()
    assert (document["unit"], document["class"]) == (2, "blue")
    nameless = Probe(nn.Sequential(nn.Conv2d(3, 2, 1)), prepare=Preparation((8, 8)))
    assert "class" not in viz.look("saliency", nameless, images=images).document()


def test_wrong_settings_are_refused_before_any_work(probe: Probe, images: Stack) -> None:
    with pytest.raises(InputError, match="no setting 'kinds'; did you mean kind"):
        viz.look("saliency", probe, "conv", 0, images=images, settings={"kinds": "gradient"})
    with pytest.raises(InputError, match="did you mean saliency"):
        viz.look("salience", probe, "conv", 0, images=images)
    with pytest.raises(InputError, match="given twice"):
        viz.look("saliency", probe, "conv", 0, images=images, image="a.png")
    with pytest.raises(InputError, match="2 units; ask for one at a time"):
        viz.look("saliency", probe, "conv", "0,1", images=images)


@dataclasses.dataclass(frozen=True, kw_only=True)
class MeanResult(Result):
    """The mean of every picture."""

    means: tuple[float, ...]
    names: tuple[str, ...]

    def panels(self) -> tuple[Panel, ...]:
        return tuple(
            Panel(np.full((9, 9, 3), round(mean), np.uint8), "", of=name)
            for mean, name in zip(self.means, self.names, strict=True)
        )

    def facts(self) -> dict[str, Json]:
        return {"means": list(self.means)}

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"means": np.array(self.means)}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Mean(Method):
    """Another package's way of looking."""

    name: ClassVar[str] = "mean"
    title: ClassVar[str] = "Mean"
    needs: ClassVar[Needs] = Needs.IMAGES
    explains: ClassVar[bool] = True
    by_default: ClassVar[bool] = False

    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> list[MeanResult]:
        assert images is not None
        progress(1, 1)
        pictures = [images.load(index, probe.prepare) for index in range(len(images))]
        names = tuple(images.file(index) for index in range(len(images)))
        means = tuple(float(picture.mean()) for picture in pictures)
        return [MeanResult(unit=unit, provenance=self.provenance(probe, 0), means=means, names=names) for unit in units]


def test_another_packages_method_is_on_the_card_when_asked_for(
    probe: Probe, images: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = EntryPoint("mean", f"{__name__}:Mean", "visualize.methods")
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: [entry])
    card = viz.unit(probe, "conv", 0, images=images, methods=["top", "mean"])
    mean = card.results["mean"]
    assert isinstance(mean, MeanResult)
    assert mean.names == tuple(images.file(index) for index in (2, 5, 0))
    assert card.figure.width >= 400
    assert "mean" not in viz.unit(probe, "conv", 0, images=images, steps=2).results
