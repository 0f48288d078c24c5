"""Sounds of scenes: what is visible is heard, by its area, and sounds differ from each other."""

from __future__ import annotations

import os
import subprocess
import sys
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from visualize.scenes import NUMBERS, Scene, Scenes, render
from visualize.scenes.sound import GROUPS, LENGTH, SOURCES, amplitudes, soundtrack, texture

if TYPE_CHECKING:
    from numpy.typing import NDArray

SILENT = "rug"


def showing(*names: str, share: float = 0.25, glass: str = "") -> Scene:
    """A scene in which each of some things covers a share of the picture, one after the other from the top."""
    labels = np.full((128, 128), NUMBERS["object"][SILENT], np.int16)
    high = round(128 * share)
    for place, name in enumerate(names):
        labels[place * high : (place + 1) * high] = NUMBERS["object"][name]
    behind = np.zeros_like(labels)
    behind[:high] = NUMBERS["object"][glass] if glass else 0
    maps = (labels, behind) if glass else (labels,)
    return Scene(np.zeros((128, 128, 3), np.uint8), "field", MappingProxyType({"object": maps}))


def level(wave: NDArray[np.floating[Any]]) -> float:
    """Root mean square, in decibels of full scale."""
    return float(10 * np.log10(np.square(wave, dtype=np.float64).mean()))


@pytest.mark.parametrize("name", SOURCES)
def test_power_is_the_thing_s_own_times_its_share_of_the_picture(name: str) -> None:
    share = 1 / 128
    wave = soundtrack(showing(name, share=share), 3)
    assert level(wave) == pytest.approx(SOURCES[name].level + 10 * np.log10(share), abs=0.1)
    assert abs(float(wave.mean())) < 1e-4
    assert amplitudes(showing(name, share=share)) == {
        name: pytest.approx(np.sqrt(share) * 10 ** (SOURCES[name].level / 20))
    }


def test_a_thing_twice_as_large_is_three_decibels_louder_and_behind_glass_twelve_softer() -> None:
    quarter, half = (level(soundtrack(showing("fridge", share=share), 1)) for share in (0.25, 0.5))
    assert half - quarter == pytest.approx(10 * np.log10(2), abs=1e-3)
    clear, glass = (level(soundtrack(scene, 1)) for scene in (showing("tree"), showing(glass="tree")))
    assert clear - glass == pytest.approx(12, abs=0.1)


def test_things_are_heard_together_and_silent_ones_not_at_all() -> None:
    assert not soundtrack(showing(), 1).any()
    assert set(amplitudes(showing("clock", "sofa", "person"))) == {"clock", "person"}
    together = level(soundtrack(showing("sea", "person", share=0.1), 1))
    apart = [level(soundtrack(showing(name, share=0.1), 1)) for name in ("sea", "person")]
    assert 10 ** (together / 10) == pytest.approx(sum(10 ** (one / 10) for one in apart), rel=0.05)


def test_a_sound_is_made_of_what_is_visible_and_nothing_else() -> None:
    for index in range(24):
        scene = Scenes(24, seed=9).scene(index)
        numbers = set(np.unique(np.stack(scene.labels["object"])).tolist())
        assert set(amplitudes(scene)) == {name for name in SOURCES if NUMBERS["object"][name] in numbers}, scene.name


def test_the_same_seed_sounds_the_same_in_any_process_and_another_seed_does_not() -> None:
    scene = render("street", 4)
    code = (
        "from visualize.scenes import render\n"
        "from visualize.scenes.sound import soundtrack\n"
        "print(soundtrack(render('street', 4), 4).tobytes().hex()[:4000])"
    )
    environment = os.environ | {"PYTHONHASHSEED": "23"}
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert ran.stdout.strip() == soundtrack(scene, 4).tobytes().hex()[:4000]
    assert (soundtrack(scene, 4) == soundtrack(scene, 4)).all()
    assert (soundtrack(scene, 4) != soundtrack(scene, 5)).any()


def test_scenes_are_neither_silent_nor_cut_off() -> None:
    scenes = Scenes(36, seed=4, split="train")
    waves = [soundtrack(scenes.scene(index), scenes.number(index)) for index in range(36)]
    assert {(wave.shape, wave.dtype.name) for wave in waves} == {((LENGTH,), "float32")}
    assert max(float(np.abs(wave).max()) for wave in waves) < 0.99
    assert min(level(wave) for wave in waves) > -60


def test_the_end_goes_on_with_the_beginning() -> None:
    for name in SOURCES:
        wave = soundtrack(showing(name, share=1 / 16), 8)
        joint, steps = abs(float(wave[0] - wave[-1])), np.abs(np.diff(wave))
        assert joint <= steps.max(), name


def test_every_sound_is_told_from_every_other_by_its_statistics() -> None:
    """The sound nearest to one recording of a thing is another recording of the same thing."""
    names = list({source.make: name for name, source in SOURCES.items()}.values())
    heard = np.stack([texture(0.05 * _plain(name, seed)) for seed in (1, 2, 3) for name in names])
    share = np.concatenate([np.full(size, size**-0.5) for size in GROUPS.values()])
    steps = np.clip((heard - heard.mean(0)) / heard.std(0), -3, 3) * share
    first, *others = np.split(steps, 3)
    distances = np.square(np.stack(others)[:, None] - first[None, :, None]).sum(3).min(0)
    taken = [names[place] for place in distances.argmin(1)]
    assert np.mean([one == other for one, other in zip(names, taken, strict=True)]) > 0.95


def _plain(name: str, seed: int) -> NDArray[np.float64]:
    """A thing's sound at root mean square 1, as it is played for a seed."""
    wave = soundtrack(showing(name, share=1 / 128), seed).astype(np.float64)
    wave /= np.sqrt(np.square(wave).mean())
    return wave
