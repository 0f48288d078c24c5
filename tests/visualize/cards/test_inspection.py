"""Photographs that a card explains, and how often the network has to look for them."""

from __future__ import annotations

import dataclasses
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pytest

import visualize as viz
from tests.kit.pictures import arrays
from tests.methods.top_images.looks import look
from visualize.cards import inspection as work
from visualize.methods.attribution.result import AttributionResult
from visualize.methods.drawing.panel import Panel
from visualize.methods.errors import InputError
from visualize.methods.method import Method, Needs
from visualize.methods.pictures.images import Images, Stack
from visualize.methods.progress import Progress, silent
from visualize.methods.result import Result
from visualize.methods.top_images.method import TopImages
from visualize.methods.top_images.result import TopResult
from visualize.methods.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.network.probe import Probe
    from visualize.methods.provenance import Json
    from visualize.methods.unit import Target


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
    for card, other in zip(with_top, without, strict=True):
        assert _explained(card.results["deconv"]) == _explained(other.results["deconv"])
        assert list(other.results) == ["saliency", "deconv", "guided"]


def test_a_sum_of_units_is_left_to_the_methods_that_can(probe: Probe, images: Stack) -> None:
    card = viz.unit(probe, "conv", "0+1", images=images, steps=2)
    assert list(card.results) == ["ascent"]
    assert any("single units" in note for note in card.notes)
    with pytest.raises(InputError, match="single units"):
        viz.unit(probe, "conv", "0+1", images=images, methods=["ascent", "saliency"], steps=2)


def test_the_ascent_is_measured_against_the_strongest_photograph(probe: Probe, images: Stack) -> None:
    card = viz.unit(probe, "conv", 0, images=images, steps=2)
    facts = card.results["ascent"].facts()
    best = round(0.9 * 255) / 255
    assert facts["photograph"] == pytest.approx(best)
    assert facts["ratio"] == pytest.approx(max(card.arrays["ascent.activations"]) / best)


@pytest.mark.parametrize("names", [["top", "saliency"], ["saliency"]])
def test_near_duplicates_give_way_on_a_card_and_in_what_it_explains(probe: Probe, names: list[str]) -> None:
    film = Stack([picture for picture in arrays(4, (12, 12)) for _ in range(3)])  # each picture three times
    plain, apart = (
        look(TopImages(count=3, diverse=diverse), probe, [Unit("conv", 1)], film)[0] for diverse in (False, True)
    )
    assert (len(set(plain.indices)), len({index // 3 for index in plain.indices})) == (3, 1)
    assert len({index // 3 for index in apart.indices}) == 3
    card = viz.unit(probe, "conv", 1, images=film, methods=names, diverse=True, cache=False)
    assert _explained(card.results["saliency"]) == list(apart.files)


def test_who_names_the_pictures_gets_all_of_them(probe: Probe, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--diverse chooses among the pictures of a set"):
        viz.unit(probe, "conv", 1, image=tmp_path / "a.png", diverse=True)
    with pytest.raises(InputError, match="ascent chooses no pictures"):
        viz.unit(probe, "conv", 1, methods=["ascent"], diverse=True)


def test_several_units_share_one_scan(probe: Probe, images: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[int] = []
    load = Stack.load

    def count(self: Stack, index: int, preparation: Preparation) -> object:
        loaded.append(index)
        return load(self, index, preparation)

    monkeypatch.setattr(Stack, "load", count)
    monkeypatch.setattr(work, "BATCH", 2)
    watched: list[str] = []

    @contextmanager
    def watch(title: str) -> Iterator[Progress]:
        watched.append(title)
        yield silent

    cards = viz.units(probe, "conv", "all", images=images, methods=["ascent", "top"], steps=2, watch=watch)
    assert [str(card.unit) for card in cards] == ["conv:0", "conv:1", "conv:2"]
    assert sum("units 1-2 of 3" in title for title in watched) == 1
    drawn = len(loaded)
    loaded.clear()
    viz.unit(probe, "conv", 0, images=images, methods=["top"], steps=2)
    assert len(loaded) <= drawn <= len(loaded) + 2 * len(images)


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
    probe: Probe, images: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mean-1.0.dist-info").mkdir()
    (tmp_path / "mean-1.0.dist-info/entry_points.txt").write_text(f"[visualize.methods]\nmean = {__name__}:Mean\n")
    monkeypatch.syspath_prepend(tmp_path)
    card = viz.unit(probe, "conv", 0, images=images, methods=["top", "mean"])
    mean = card.results["mean"]
    assert isinstance(mean, MeanResult)
    assert mean.names == tuple(images.file(index) for index in (2, 5, 0))
    assert card.figure.width >= 400
    assert "mean" not in viz.unit(probe, "conv", 0, images=images, steps=2).results
