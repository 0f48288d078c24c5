"""What is kept is what the method gives, bit for bit; and what differs in anything is made anew."""

from __future__ import annotations

import dataclasses
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor, nn

import visualize as viz
from visualize.methods.errors import BrokenImageWarning
from visualize.methods.network.colours import Colours
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.registry import find
from visualize.methods.settings import settings
from visualize.methods.testing.subjects import LabelledNoise

if TYPE_CHECKING:
    from pathlib import Path

    from tests.visualize.store.counting import Counting
    from visualize.methods.result import Result

QUICK: dict[str, dict[str, Any]] = {
    "ascent": {"steps": 3, "count": 2},
    "top": {"empirical": 1, "count": 3},
    "saliency": {"kind": "smoothgrad", "samples": 2, "count": 2},
    "deconv": {"count": 2},
    "guided": {"count": 2},
    "invert": {"steps": 2, "count": 1, "starts": 2},
    "dream": {"steps": 1, "count": 1, "frames": 2},
    "check": {"steps": 2, "levels": 2, "cascade": 2, "count": 1},
}


def _same(one: object, other: object) -> bool:
    """Whether two records hold the same numbers and words of the same types, but for the time that they took."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Tensor | np.ndarray):
        assert isinstance(other, Tensor | np.ndarray)
        return one.dtype == other.dtype and bytes(np.asarray(one)) == bytes(np.asarray(other))
    if isinstance(one, Stack):
        return one is other
    mine, theirs = _parts(one), _parts(other)
    if mine is not None and theirs is not None:
        return len(mine) == len(theirs) and all(map(_same, mine, theirs))
    return repr(one) == repr(other)


def _parts(value: object) -> list[Any] | None:
    if isinstance(value, tuple | list):
        return list(value)
    if isinstance(value, dict):
        return [part for item in value.items() for part in item]
    if dataclasses.is_dataclass(value):
        return [getattr(value, item.name) for item in dataclasses.fields(value) if item.name != "seconds"]
    return None


def _drawn(result: Result) -> list[bytes]:
    return [panel.picture.tobytes() + panel.caption.encode() for panel in result.panels()]


@pytest.mark.parametrize("name", QUICK)
def test_a_kept_result_is_the_one_that_was_made_to_the_last_bit(
    name: str, cache: Path, probe: Probe, images: Stack, counted: Counting
) -> None:
    def look(*, keep: bool) -> viz.Look:
        pictures = images if find(name).needs.value != "nothing" else None
        return viz.look(name, probe, "2", 5, images=pictures, settings=QUICK[name], cache=keep)

    without = look(keep=False)
    assert not cache.exists()
    first, made = look(keep=True), counted.taken()
    second = look(keep=True)
    assert counted.taken() == []
    assert len(made) >= 2  # without the cache, and with an empty one
    assert not first.kept
    assert list(second.kept) == [name]
    assert _same(without.result, first.result)
    assert _same(first.result, second.result)
    assert first.result.provenance == second.result.provenance
    assert _drawn(first.result) == _drawn(second.result) == _drawn(without.result)


def test_a_dissection_is_kept_and_goes_by_the_labels_as_well(
    cache: Path, probe: Probe, images: Stack, counted: Counting
) -> None:
    def look(unit: int, labelled: LabelledNoise, *, keep: bool = True) -> viz.Look:
        return viz.look("dissect", probe, "2", unit, images=labelled, settings={"quantile": 0.2}, cache=keep)

    halves = np.zeros((10, 14), np.int64)
    halves[:5] = 1
    labelled = LabelledNoise(list(images.pictures), [{"object": [halves]}] * len(images.pictures))
    first, second = look(5, labelled), look(5, labelled)
    assert counted.taken() == [("dissect", "2:5")]
    assert list(second.kept) == ["dissect"]
    assert _same(first.result, look(5, labelled, keep=False).result)
    assert _same(first.result, second.result)
    assert _drawn(first.result) == _drawn(second.result)
    turned = dataclasses.replace(
        labelled, annotations=[{"object": [halves[::-1]]}] * len(labelled), fingerprint="turned"
    )
    counted.taken()
    assert look(5, turned).result.facts() != first.result.facts()
    assert counted.taken() == [("dissect", "2:5")]


def test_every_setting_of_every_method_is_part_of_what_a_result_depends_on(
    cache: Path, probe: Probe, images: Stack, counted: Counting
) -> None:
    viz.look("ascent", probe, "2", 5, settings={"steps": 2})
    others: list[dict[str, Any]] = [{"steps": 3}, {"steps": 2, "rate": 0.2}, {"steps": 2, "objective": "channel"}]
    others += [{"steps": 2, "size": (16, 16)}, {"steps": 2, "tv": 0.1}, {"steps": 2, "parametrisation": "pixels"}]
    for other in others:
        counted.taken()
        viz.look("ascent", probe, "2", 5, settings=other)
        assert counted.taken() == [("ascent", "2:5")], other
    for seed, unit in ((1, 5), (0, 6)):
        viz.look("ascent", probe, "2", unit, settings={"steps": 2}, seed=seed)
        assert counted.taken() == [("ascent", f"2:{unit}")]
    assert all(item.setting for item in settings(find("ascent")))
    viz.look("ascent", probe, "2", 5, settings={"steps": 2})
    assert counted.taken() == []


class Doubled(nn.Module):
    """Gives twice what it is given, or thrice."""

    def __init__(self, factor: float = 2.0) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, values: Tensor) -> Tensor:
        return values * self.factor


class Shifted(Doubled):
    """Has the same weights and attributes, and computes something else."""

    def forward(self, values: Tensor) -> Tensor:
        return values + self.factor


def _network(last: nn.Module) -> nn.Module:
    torch.manual_seed(1)
    return nn.Sequential(nn.Conv2d(3, 4, 3), last)


def _ascent(
    network: nn.Module, mean: tuple[float, float, float] = (0.0, 0.0, 0.0), colours: Colours | None = None
) -> np.ndarray[Any, Any]:
    probe = Probe(network, prepare=Preparation((12, 12), mean=mean), colours=colours)
    look = viz.look("ascent", probe, "1", 0, settings={"steps": 2})
    return look.arrays["activations"]


def test_networks_of_equal_weights_and_other_code_are_never_mixed(cache: Path, counted: Counting) -> None:
    values = []
    for last in (Doubled(), Shifted(), Doubled(3.0)):
        values.append(float(_ascent(_network(last))[0]))
        assert counted.taken() == [("ascent", "1:0")]
    assert len(set(values)) == 3
    assert float(_ascent(_network(Doubled()))[0]) == values[0]
    assert counted.taken() == []
    colours = Colours((0.0, 0.0, 0.0), ((0.5, 0.0, 0.0), (0.0, 0.5, 0.0), (0.0, 0.0, 0.5)))
    _ascent(_network(Doubled()), mean=(0.1, 0.1, 0.1))
    assert counted.taken() == [("ascent", "1:0")]
    _ascent(_network(Doubled()), colours=colours)
    assert counted.taken() == [("ascent", "1:0")]


def test_a_class_that_was_changed_in_a_notebook_is_another_one(cache: Path, counted: Counting) -> None:
    source = "class Cell(torch.nn.Module):\n    def forward(self, values):\n        return values {}\n"

    def cell(end: str) -> nn.Module:
        space: dict[str, Any] = {"torch": torch, "__name__": "__main__"}
        exec(source.format(end), space)
        return space["Cell"]()  # type: ignore[no-any-return]

    for end, times in (("* 2", 1), ("* 2", 0), ("* 3", 1), ("* abs(-3)", 1)):
        _ascent(_network(cell(end)))
        assert len(counted.taken()) == times, end


def test_weights_that_were_written_to_are_other_weights_even_through_data(cache: Path, counted: Counting) -> None:
    network = _network(Doubled())
    probe = Probe(network, prepare=Preparation((12, 12)))
    before = viz.look("ascent", probe, "1", 0, settings={"steps": 2}).arrays["activations"]
    network[0].weight.data.mul_(2)  # type: ignore[index]
    after = viz.look("ascent", probe, "1", 0, settings={"steps": 2}).arrays["activations"]
    assert len(counted.taken()) == 2
    assert before != after


def test_other_names_of_classes_are_never_those_of_a_result_that_was_kept(cache: Path) -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    pictures = Stack(list(np.random.default_rng(0).integers(0, 256, (2, 12, 12, 3), dtype=np.uint8)))
    for classes in (("ash", "birch"), ("cat", "dog")):
        probe = Probe(network, prepare=Preparation((12, 12)), classes=classes)
        fed = viz.look("connections", probe, "1", 0, images=pictures, cache=True).result.facts()["out"]
        assert isinstance(fed, list)
        assert {end["name"] for end in fed if isinstance(end, dict)} == set(classes)


def test_a_network_whose_code_cannot_be_told_apart_is_not_kept(cache: Path, counted: Counting) -> None:
    network = _network(Doubled())
    network.draws = torch.Generator()  # type: ignore[assignment] # whoever holds one may draw from it
    for _ in range(2):
        _ascent(network)
        assert counted.taken() == [("ascent", "1:0")]
    assert not cache.exists()


def test_other_pictures_are_other_results(
    cache: Path, probe: Probe, images: Stack, counted: Counting, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number, picture in enumerate(images.pictures):
        Image.fromarray(picture).save(folder / f"{number}.bmp")
    for times in (1, 0):
        viz.look("top", probe, "2", 5, images=folder)
        assert len(counted.taken()) == times
    state = (folder / "3.bmp").stat()
    Image.fromarray(255 - images.pictures[3]).save(folder / "3.bmp")  # of the same length
    assert (folder / "3.bmp").stat().st_size == state.st_size
    viz.look("top", probe, "2", 5, images=folder)
    assert len(counted.taken()) == 1
    viz.look("top", probe, "2", 5, images=Stack(images.pictures[::-1], name="noise"))
    viz.look("top", probe, "2", 5, images=images)
    assert len(counted.taken()) == 2


def test_what_could_not_be_read_is_said_again(cache: Path, probe: Probe, images: Stack, tmp_path: Path) -> None:
    Image.fromarray(images.pictures[0]).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    said = []
    for _ in range(2):
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            look = viz.look("top", probe, "2", 5, images=tmp_path)
        said.append([str(item.message) for item in heard if item.category is BrokenImageWarning])
    assert look.kept
    assert said[0] == said[1] != []


OWN = """
from dataclasses import dataclass
from typing import ClassVar
from visualize.methods.ascent.method import GradientAscent

@dataclass(frozen=True, kw_only=True)
class Own(GradientAscent):
    name: ClassVar[str] = "own"
"""


@pytest.mark.parametrize(("more", "kept"), [("", 0), ('    version: ClassVar[str] = "1"\n', 1)])
def test_a_method_of_one_s_own_is_kept_if_it_states_a_version(
    more: str,
    kept: int,
    cache: Path,
    probe: Probe,
    tmp_path: Path,
) -> None:
    (tmp_path / "own.py").write_text(OWN + more, "utf-8")
    for again in (False, True):
        look = viz.look(f"{tmp_path / 'own.py'}:Own", probe, "2", 5, settings={"steps": 2})
        assert len(look.kept) == (kept if again else 0)
