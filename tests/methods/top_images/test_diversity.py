"""Near-duplicates by hand-worked thumbnails, numpy's own correlation and a plain search over all activations."""

from __future__ import annotations

import numpy as np
import pytest

from tests.kit.networks import SIZE
from tests.kit.pictures import arrays
from tests.methods.top_images.looks import classifier, look
from visualize.methods.errors import InputWarning
from visualize.methods.pictures.images import Stack
from visualize.methods.top_images.diversity import POOL, correlation, kept, thumbnail
from visualize.methods.top_images.method import TopImages


def test_a_thumbnail_holds_the_mean_lightness_of_its_fields() -> None:
    generator = np.random.default_rng(0)
    picture = generator.integers(0, 256, (48, 80, 3), np.uint8)
    grey = picture @ np.array([0.299, 0.587, 0.114])
    expected = grey.reshape(16, 3, 16, 5).mean((1, 3)).reshape(-1)
    np.testing.assert_allclose(thumbnail(picture), expected, rtol=1e-12)


def test_correlation_is_pearsons() -> None:
    one, other = np.random.default_rng(1).random((2, 256))
    assert correlation(one, other) == pytest.approx(np.corrcoef(one, other)[0, 1])
    assert correlation(one, 3 * one + 7) == pytest.approx(1)
    assert correlation(one, -one) == pytest.approx(-1)
    flat = np.full(256, 9.0)
    assert (correlation(flat, flat + 1), correlation(flat, one)) == (1, 0)


def test_a_picture_gives_way_only_to_one_that_stays() -> None:
    """b resembles a, c resembles b but not a: b goes and c stays."""
    angles = np.radians([0, 40, 80, 85, 170])
    noise = np.random.default_rng(2).standard_normal((256, 2))
    basis = np.linalg.qr(noise - noise.mean(0))[0]  # two thumbnails of mean 0 that do not correlate
    pictures = [np.cos(angle) * basis[:, 0] + np.sin(angle) * basis[:, 1] for angle in angles]
    alike = float(np.cos(np.radians(45)))
    assert kept(pictures, 9, alike) == [0, 2, 4]
    assert kept(pictures, 2, alike) == [0, 2]
    assert kept(pictures, 9, 1.0) == [0, 1, 2, 3, 4]
    assert kept([], 3, alike) == []


def _film() -> list[np.ndarray]:
    """Twelve scenes of four frames each, which differ in a few pixels."""
    scenes = arrays(12, SIZE)
    frames = []
    for scene in scenes:
        for number in range(4):
            frame = scene.copy()
            frame[0, number] = 255 - frame[0, number]
            frames.append(frame)
    return frames


def test_frames_of_a_film_give_way_to_other_scenes() -> None:
    film, probe = _film(), classifier()
    units = probe.units("deep")
    every = look(TopImages(count=len(film)), probe, units, Stack(film))
    results = look(TopImages(count=5, diverse=True), probe, units, Stack(film))
    plain = look(TopImages(count=5), probe, units, Stack(film))
    for whole, result, usual in zip(every, results, plain, strict=True):
        pool = [film[index] for index in whole.indices[: 5 * POOL]]
        stay: list[int] = []
        for place, picture in enumerate(pool):
            grey = [thumbnail(picture), *(thumbnail(pool[better]) for better in stay)]
            if len(stay) < 5 and (np.corrcoef(grey)[0, 1:] <= 0.85).all() if stay else True:
                stay.append(place)
        assert result.indices == tuple(whole.indices[place] for place in stay)
        assert result.activations == tuple(whole.activations[place] for place in stay)
        assert result.positions == tuple(whole.positions[place] for place in stay)
        assert result.maps.equal(whole.maps[stay])
        assert len({index // 4 for index in result.indices}) == len(result.indices)
        assert usual.indices == whole.indices[:5]


def test_what_was_left_out_is_said() -> None:
    film, probe = _film()[:12], classifier()
    (result,) = look(TopImages(count=9, diverse=True), probe, probe.units("deep")[:1], Stack(film))
    assert len(result.indices) == 3
    assert any("left out" in note for note in result.notes)
    assert any("only 3" in note for note in result.notes)


def test_a_threshold_alone_has_no_effect_and_that_is_said() -> None:
    with pytest.warns(InputWarning, match="alike has an effect with diverse"):
        TopImages(alike=0.5)
    assert TopImages(alike=0.5, diverse=True).alike == 0.5
