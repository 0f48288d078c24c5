"""DeepDream against closed forms, whole pictures against tiles, and what it promises of memory and files."""

from __future__ import annotations

import io
import math
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from torch import Tensor, nn

from methods.dream.method import DeepDream
from methods.dream.octave_ascent import Uphill
from methods.dream.tiling import octaves, spans
from methods.errors import InputError
from methods.network.preprocessing import Preparation
from methods.network.probe import Probe
from methods.optimization.features import Features, Part
from methods.pictures.images import Images, Stack, Subset
from methods.unit import Sum, Target, Unit
from tests.kit.checkout import ROOT
from tests.kit.networks import SIZE, Classifier, dead_unit, seeded
from tests.kit.pictures import Listed, arrays, pictures
from tests.kit.shared import shared

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from methods.dream.result import DreamResult


_LAYER: Features = (Part("deep", None, None),)
_UNITS: Features = (Part("deep", (1, 4), None),)


def _dream(method: DeepDream, probe: Probe, unit: Target, images: Images | None = None) -> DreamResult:
    (result,) = method(probe, unit, images)
    return cast("DreamResult", result)


def _smooth(size: tuple[int, int], seed: int = 0) -> NDArray[np.uint8]:
    coarse = np.random.default_rng(seed).integers(60, 196, (4, 5, 3), dtype=np.uint8)
    return np.asarray(Image.fromarray(coarse).resize((size[1], size[0]), Image.Resampling.BICUBIC))


def _probe(size: tuple[int, int] = SIZE) -> Probe:
    return Probe(seeded(Classifier()).double(), prepare=Preparation(size))


def test_octaves_grow_to_the_size_itself() -> None:
    assert octaves((224, 336), 4, 1.4) == [(82, 122), (114, 171), (160, 240), (224, 336)]
    assert octaves((100, 400), 9, 2.0) == [(100, 400)]  # half of it would be below 64
    assert octaves((20, 20), 3, 1.4) == [(20, 20)]


@given(length=st.integers(1, 3000), tile=st.integers(128, 900), share=st.integers(4, 64))
def test_tiles_cover_an_axis_once_and_show_no_more_than_a_tile(length: int, tile: int, share: int) -> None:
    margin = tile // share
    pieces = spans(length, tile, margin)
    assert [place for piece in pieces for place in range(piece.inner, piece.outer)] == list(range(length))
    for piece in pieces:
        assert 0 <= piece.first <= piece.inner < piece.outer <= piece.last <= length
        assert piece.last - piece.first <= tile
        assert piece.inner - piece.first in {margin, piece.inner}
        assert piece.last - piece.outer in {margin, length - piece.outer} or piece.last == length


@pytest.mark.parametrize("wanted", [_LAYER, _UNITS])
def test_up_is_the_gradient_of_the_objective(wanted: Features) -> None:
    """Half the squared norm of a layer, the sum of some maps: by torch's differentiation of the formula."""
    probe, now = _probe(), pictures(2, SIZE, dtype=torch.float64)
    leaf = now.clone().requires_grad_()
    maps = probe.activations(leaf, ["deep"])["deep"]
    value = maps.square().sum() / 2 if wanted is _LAYER else maps[:, [1, 4]].sum()
    (gradient,) = torch.autograd.grad(value, leaf)
    found = Uphill(probe, [wanted, wanted], tile=512, margin=0)(now)
    torch.testing.assert_close(found, gradient / gradient.abs().mean((1, 2, 3), keepdim=True))


@pytest.mark.parametrize("wanted", [_LAYER, _UNITS])
@pytest.mark.parametrize("size", [(150, 320), (97, 131), (400, 128)])
def test_tiles_with_enough_overlap_give_the_gradient_of_the_whole(wanted: Features, size: tuple[int, int]) -> None:
    probe, now = _probe(), pictures(1, size, dtype=torch.float64)
    whole = Uphill(probe, [wanted], tile=10_000, margin=0)(now)
    tiled = Uphill(probe, [wanted], tile=96, margin=16)(now)
    torch.testing.assert_close(tiled, whole, rtol=1e-9, atol=1e-9)
    cut = Uphill(probe, [wanted], tile=96, margin=0)(now)
    assert (cut - whole).abs().max() > 1e-3  # without overlap the borders would differ: the test can tell


def test_a_dream_in_tiles_is_the_dream_of_the_whole_and_shows_no_seams() -> None:
    probe = _probe()
    images = Stack([np.full((300, 200, 3), 128, np.uint8)])
    settings: dict[str, Any] = {"size": "own", "steps": 4, "octaves": 2, "of": "layer", "start": "photograph"}
    whole = _dream(DeepDream(**settings), probe, Unit("deep", 1), images)
    tiled = _dream(DeepDream(**settings, tile=128), probe, Unit("deep", 1), images)
    torch.testing.assert_close(tiled.pictures[0], whole.pictures[0], rtol=0, atol=1e-5)
    assert tiled.before == pytest.approx(whole.before, rel=0.05)


def test_a_linear_dream_is_a_straight_line() -> None:
    """A unit that weighs colours: every step moves each colour by its weight, the mean change being the rate."""
    conv = nn.Conv2d(3, 2, 1)
    with torch.no_grad():
        conv.weight[0] = torch.tensor([0.5, -0.25, 1.5])[:, None, None]
    probe = Probe(nn.Sequential(conv), prepare=Preparation((10, 12)))
    picture = np.random.default_rng(0).integers(100, 150, (10, 12, 3), dtype=np.uint8)
    result = _dream(DeepDream(steps=7, rate=0.01), probe, Unit("0", 0), Stack([picture]))
    wanted = picture / 255 + 7 * 0.01 * np.array([0.5, -0.25, 1.5]) / 0.75
    np.testing.assert_allclose(result.pictures[0].permute(1, 2, 0), wanted, atol=1e-5)
    assert conv.bias is not None
    weighed = wanted @ np.array([0.5, -0.25, 1.5]) + conv.bias[0].item()
    assert result.after[0] == pytest.approx(weighed.mean(), abs=1e-4)


def test_shifts_are_undone() -> None:
    result = _dream(DeepDream(rate=1e-7), _probe((80, 96)), Unit("deep", 1), Stack(arrays(2, (80, 96))))
    for start, picture in zip(result.starts, result.pictures, strict=True):
        torch.testing.assert_close(picture, start, rtol=0, atol=1e-4)


def test_pictures_stay_in_range() -> None:
    result = _dream(DeepDream(steps=30, rate=0.2), _probe(), Unit("deep", 1), Stack(arrays(1, SIZE)))
    assert float(result.pictures[0].min()) == 0
    assert float(result.pictures[0].max()) == 1


@pytest.mark.parametrize("of", ["unit", "layer"])
def test_a_dream_excites_what_it_is_of(of: Literal["unit", "layer"]) -> None:
    layers = nn.Sequential(nn.Conv2d(3, 8, 5, padding=2), nn.ReLU(), nn.Conv2d(8, 8, 3, padding=1))
    probe = Probe(seeded(layers), prepare=Preparation((80, 96)))
    images = Stack([_smooth((80, 96), seed) for seed in (0, 1)])
    result = _dream(DeepDream(of=of, steps=20), probe, Unit("2", 1), images)
    assert all(after > before + 0.05 for before, after in zip(result.before, result.after, strict=True))
    with torch.no_grad():
        maps = probe.activations(torch.stack(result.pictures), ["2"])["2"]
    measured = maps[:, 1].mean((1, 2)) if of == "unit" else maps.square().mean((1, 2, 3)).sqrt()
    assert result.after == pytest.approx(measured.tolist(), rel=1e-4)
    assert result.of == ("2:1" if of == "unit" else "2")
    captions = [panel.caption for panel in result.panels()]
    assert len(captions) == 4
    assert captions[0].startswith("photograph: ")
    assert captions[1].startswith("dream: ")
    assert [panel.of for panel in result.aligned()] == ["pictures/0", "pictures/1"]


def test_a_sum_and_its_order() -> None:
    probe, images = _probe(), Stack(arrays(1, SIZE))
    one = _dream(DeepDream(), probe, Sum((Unit("deep", 1), Unit("conv", 3))), images)
    other = _dream(DeepDream(), probe, Sum((Unit("conv", 3), Unit("deep", 1))), images)
    torch.testing.assert_close(one.pictures[0], other.pictures[0], rtol=0, atol=1e-6)
    assert one.after == pytest.approx(other.after)


def test_noise_needs_no_images() -> None:
    probe = _probe()
    one = _dream(DeepDream(start="noise", count=1), probe, Unit("deep", 1))
    assert (one.shows or "").startswith("Noise, changed")
    several = _dream(DeepDream(start="noise", count=3), probe, Unit("deep", 1), Stack(arrays(2, SIZE)))
    assert one.files == ()
    assert len(several.pictures) == 3
    torch.testing.assert_close(one.pictures[0], several.pictures[0], rtol=0, atol=1e-6)
    assert not torch.equal(several.pictures[0], several.pictures[1])
    assert len(one.panels()) == 1
    assert "noise" in one.panels()[0].caption
    with pytest.raises(InputError, match="pass a probe set"):
        DeepDream()(probe, Unit("deep", 1))


def test_a_unit_that_is_off_dreams_through_leaking_rectifiers() -> None:
    probe = Probe(dead_unit(), prepare=Preparation((8, 8)))
    dark = Stack([np.full((8, 8, 3), 90, np.uint8)])
    result = _dream(DeepDream(steps=60, rate=0.02), probe, Unit("relu", 1), dark)
    assert result.before == (0.0,)
    assert result.after[0] > 0.3  # the best there is: 3 - 2.5
    assert "as if they leaked" in result.notes[0]


def test_what_cannot_be_changed_is_said() -> None:
    conv = nn.Conv2d(3, 2, 3)
    with torch.no_grad():
        conv.weight[0] = 0
    probe = Probe(nn.Sequential(conv), prepare=Preparation((8, 8)))
    result = _dream(DeepDream(steps=2), probe, Unit("0", 0), Stack(arrays(2, (8, 8))))
    assert result.notes == ("2 of 2 pictures could not be changed: no gradient leads back to them",)
    assert result._repr_png_().startswith(b"\x89PNG")


class _Strict(nn.Module):
    """Takes pictures of one size alone, as many transformers do."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 2, 3)

    def forward(self, x: Tensor) -> Tensor:
        assert x.shape[2:] == (96, 96), "wrong image size"
        found: Tensor = self.conv(x)
        return found


def test_a_network_of_one_size_is_dreamed_of_without_octaves() -> None:
    probe = Probe(_Strict(), prepare=Preparation((96, 96)))
    photographs = Stack(arrays(1, (96, 96)))
    result = _dream(DeepDream(steps=2), probe, Unit("conv", 0), photographs)
    assert "takes no smaller pictures than 96 x 96" in result.notes[0]
    alone = _dream(DeepDream(steps=2, octaves=1), probe, Unit("conv", 0), photographs)
    assert torch.equal(result.pictures[0], alone.pictures[0])
    assert alone.notes == ()
    with pytest.raises(InputError, match="does not run on pictures of"):
        _dream(DeepDream(steps=2, size=(100, 96)), probe, Unit("conv", 0), photographs)


def test_pictures_of_their_own_sizes() -> None:
    images = Stack([arrays(1, (90, 70))[0], arrays(1, (66, 120))[0]])
    result = _dream(DeepDream(size="own", steps=2, frames=2), _probe(), Unit("deep", 1), images)
    assert [tuple(one.shape[1:]) for one in result.pictures] == [(90, 70), (66, 120)]
    np.testing.assert_array_equal((result.starts[1] * 255).round().byte().permute(1, 2, 0), images.pictures[1])
    assert set(result.arrays()) == {"dream0", "dream1", "frames0", "frames1", "before", "after"}
    turned = _dream(DeepDream(size="own", steps=2), _probe(), Unit("deep", 1), Subset(images, (1, 0)))
    assert [tuple(one.shape[1:]) for one in turned.pictures] == [(66, 120), (90, 70)]
    with pytest.raises(InputError, match="own sizes"):
        _dream(DeepDream(size="own", steps=1), _probe(), Unit("deep", 1), Listed(arrays(1, SIZE)))


def test_another_size_keeps_the_pictures_shape() -> None:
    """A disc stays a disc where a wide picture is made into a square: it is cut, not squashed."""
    across, down = np.meshgrid(np.arange(200), np.arange(100))
    disc = ((across - 100) ** 2 + (down - 50) ** 2 < 40**2).astype(np.uint8) * 255
    images = Stack([np.repeat(disc[..., None], 3, axis=2)])
    result = _dream(DeepDream(size=(80, 80), steps=1), _probe(), Unit("deep", 1), images)
    inside = result.starts[0][0] > 0.5
    assert abs(int(inside.any(0).sum()) - int(inside.any(1).sum())) <= 1
    assert int(inside.any(0).sum()) == pytest.approx(64, abs=2)


@pytest.mark.parametrize("form", ["webp", "gif"])
def test_frames_go_from_the_start_to_the_end(form: str) -> None:
    images = Stack([_smooth((70, 90))])
    result = _dream(DeepDream(steps=5, frames=4, size="own"), _probe(), Unit("deep", 1), images)
    frames = result.frames[0]
    assert frames.shape == (4, 70, 90, 3)
    assert torch.equal(frames[0], _bytes(result.starts[0]))
    assert torch.equal(frames[-1], _bytes(result.pictures[0]))
    away = (frames.float() - frames[0].float()).abs().mean((1, 2, 3)).tolist()
    assert away == sorted(away)
    with Image.open(io.BytesIO(result.animation(form, seconds=2))) as moving:
        assert moving.format == form.upper()
        assert moving.size == (90, 70)
        assert getattr(moving, "n_frames", 1) == 4
        moving.seek(3)
        shown = np.asarray(moving.convert("RGB"), np.float64)
    assert np.abs(shown - frames[-1].numpy()).mean() < 8  # in few colours, or compressed
    assert result.arrays()["frames"].shape == (1, 4, 70, 90, 3)


def _bytes(picture: Tensor) -> Tensor:
    return (picture * 255).round().byte().permute(1, 2, 0)


def test_frames_of_large_pictures_are_small() -> None:
    images = Stack(arrays(1, (100, 1024)))
    result = _dream(DeepDream(steps=1, frames=2, octaves=1, size="own"), _probe(), Unit("deep", 1), images)
    assert result.frames[0].shape == (2, 50, 512, 3)


def test_animations_that_cannot_be_made() -> None:
    result = _dream(DeepDream(steps=1), _probe(), Unit("deep", 1), Stack(arrays(1, SIZE)))
    with pytest.raises(InputError, match="frames=24"):
        result.animation()
    filmed = _dream(DeepDream(steps=1, frames=2), _probe(), Unit("deep", 1), Stack(arrays(1, SIZE)))
    with pytest.raises(InputError, match="no dream 1"):
        filmed.animation(place=1)


def test_a_picture_is_dreamed_of_once_for_all_units_of_a_layer() -> None:
    several = DeepDream(of="layer", steps=1)(_probe(), _probe().units("deep"), Stack(arrays(2, SIZE)))
    first, last = (cast("DreamResult", several[place]) for place in (0, -1))
    assert first.pictures[0] is last.pictures[0]


@pytest.mark.parametrize(
    "wrong",
    [
        {"count": 0}, {"steps": 0}, {"octaves": 0}, {"batch": 0}, {"scale": 1.0}, {"scale": math.nan},
        {"rate": 0.0}, {"rate": math.nan}, {"rate": math.inf}, {"jitter": -1},
        {"tile": 64}, {"frames": 1}, {"frames": -1}, {"size": "large"}, {"size": (0, 9)}, {"of": "net"},
        {"start": "sleep"}, {"start": "noise", "size": "own"},
    ],
)  # fmt: skip
def test_impossible_settings(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        DeepDream(**wrong)


_LARGE = """
import numpy as np, torch
torch.set_num_threads(1)
import visualize
from methods import Stack, Unit
from methods.dream.method import DeepDream
from tests.kit.memory import peak
probe = visualize.load("places-squeezenet")
photograph = np.random.default_rng(0).integers(0, 256, (1850, 2200, 3), dtype=np.uint8)
(found,) = DeepDream(size="own", octaves=1, steps=1)(probe, Unit("fire2", 3), Stack([photograph]))
assert found.pictures[0].shape == (3, 1850, 2200), found.pictures[0].shape
print(peak())
"""


def test_four_megapixels_stay_under_two_gigabytes() -> None:
    """The peak of a process of its own, libraries and weights included; the early layers are those that take memory."""
    environment = os.environ | {"VIZ_MIRROR": str(shared("weights")), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", _LARGE],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 2e9
