"""Statistics of sounds whose statistics are known: tones, white noise, and tones that swell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.special import gamma, hyp2f1

from visualize.scenes.sound import GROUPS, LENGTH, RATE, SIZE, texture
from visualize.scenes.sound.filter_bank import BANDS, centres, response
from visualize.scenes.sound.texture import COMPRESSION, MODULATIONS, NEIGHBOURS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

TIME = np.arange(LENGTH) / RATE
DRAWS = 40


def grouped(statistics: Numbers) -> dict[str, Numbers]:
    """Statistics by the name of their group."""
    ends = np.cumsum(list(GROUPS.values()))
    parts = np.split(statistics, ends[:-1], axis=-1)
    return dict(zip(GROUPS, parts, strict=True))


def on_bin(frequency: float) -> float:
    """The nearest frequency whose turns fit into the sound."""
    return round(frequency * LENGTH / RATE) * RATE / LENGTH


@pytest.mark.parametrize("frequency", [155.0, 1000.0, 5200.0])
def test_a_tone_is_as_loud_as_the_filters_let_it_through_and_nothing_else(frequency: float) -> None:
    frequency = on_bin(frequency)
    heard = grouped(texture(0.3 * np.sin(2 * np.pi * frequency * TIME)))
    np.testing.assert_allclose(heard["mean"], (0.3 * response(np.array([frequency]))[:, 0]) ** COMPRESSION, atol=2e-3)
    assert not any(heard[name].any() for name in GROUPS if name != "mean")


@pytest.fixture(scope="module")
def noise() -> dict[str, Numbers]:
    random = np.random.default_rng(3)
    return grouped(np.stack([texture(0.1 * random.standard_normal(LENGTH)) for _ in range(DRAWS)]))


def rayleigh(order: int) -> float:
    """The mean of the order-th power of a compressed envelope of Gaussian noise of deviation 1 (Rayleigh)."""
    power = order * COMPRESSION
    return float(2 ** (power / 2) * gamma(1 + power / 2))


def test_the_envelope_of_white_noise_has_the_moments_of_rayleigh_s_law(noise: dict[str, Numbers]) -> None:
    gains = response(np.fft.rfftfreq(LENGTH, 1 / RATE))
    deviation = 0.1 * np.sqrt(2 * np.square(gains).sum(1) / LENGTH)  # of each band
    mean, second, third, fourth = (rayleigh(order) for order in (1, 2, 3, 4))
    variance = second - mean**2
    expected = {
        "mean": mean * deviation**COMPRESSION,
        "variation": np.full(BANDS, variance / mean**2),
        "skewness": np.full(BANDS, (third - 3 * mean * variance - mean**3) / variance**1.5),
        "kurtosis": np.full(BANDS, (fourth - 4 * mean * third + 6 * mean**2 * second - 3 * mean**4) / variance**2),
    }
    wide = slice(BANDS // 2, None)  # in narrow bands 4 seconds are too short for the higher moments, which are biased
    for name, values in expected.items():
        where = slice(None) if name == "mean" else wide
        error = noise[name].std(0) / np.sqrt(DRAWS)
        assert (np.abs(noise[name].mean(0) - values) < 5 * error)[where].all(), name


def test_bands_of_white_noise_are_as_alike_as_they_overlap(noise: dict[str, Numbers]) -> None:
    """Compressed envelopes of two Gaussian signals correlate by a hypergeometric law of what they share."""
    sizes = np.cumsum([BANDS - distance for distance in NEIGHBOURS])
    next_door, *others = np.split(noise["correlation"], sizes[:-1], axis=1)
    shared = 1 / np.pi  # of two half cosines, each of which begins where the other is highest
    law = (hyp2f1(-COMPRESSION / 2, -COMPRESSION / 2, 1, shared**2) - 1) / (rayleigh(2) / rayleigh(1) ** 2 - 1)
    assert next_door[:, :12].mean() == pytest.approx(law, abs=5 * next_door[:, :12].std() / np.sqrt(12 * DRAWS))
    for apart in others:
        assert np.abs(apart.mean(0)).max() < 5 * apart.std() / np.sqrt(DRAWS)


@pytest.mark.parametrize("octave", [0, 3, 6])
def test_a_tone_that_swells_has_all_its_modulation_at_that_rate(octave: int) -> None:
    """For a weak swell of depth m the compressed envelope swells by 0.3 m: its variation is (0.3 m)^2 / 2."""
    rate, depth = on_bin(MODULATIONS[octave]), 0.1
    tone = np.sin(2 * np.pi * on_bin(float(centres()[18])) * TIME)
    heard = grouped(texture(0.2 * (1 + depth * np.sin(2 * np.pi * rate * TIME)) * tone))
    shares = heard["modulation"].reshape(BANDS, len(MODULATIONS))[18]
    expected = np.cos(np.pi / 2 * np.clip(np.abs(np.log2(rate / np.array(MODULATIONS))), 0, 1)) ** 2
    np.testing.assert_allclose(shares, expected, atol=0.02)
    assert heard["variation"][18] == pytest.approx((COMPRESSION * depth) ** 2 / 2, rel=0.05)


def test_two_bands_that_swell_together_are_correlated_and_in_turns_opposed() -> None:
    swell = 0.3 * np.sin(2 * np.pi * on_bin(4) * TIME)
    low, high = (np.sin(2 * np.pi * on_bin(float(centres()[band])) * TIME) for band in (10, 15))
    place = sum(BANDS - distance for distance in NEIGHBOURS[:3]) + 10  # of the pair (10, 15), five bands apart
    together = grouped(texture(0.1 * (1 + swell) * (low + high)))["correlation"][place]
    in_turns = grouped(texture(0.1 * ((1 + swell) * low + (1 - swell) * high)))["correlation"][place]
    assert together == pytest.approx(1, abs=1e-3)
    assert in_turns == pytest.approx(-1, abs=0.02)


def test_a_louder_sound_has_larger_means_and_is_else_the_same() -> None:
    wave = np.random.default_rng(1).standard_normal(LENGTH)
    soft, loud = grouped(texture(0.01 * wave)), grouped(texture(0.08 * wave))
    np.testing.assert_allclose(loud["mean"], soft["mean"] * 8**COMPRESSION)
    for name in list(GROUPS)[1:]:
        np.testing.assert_allclose(loud[name], soft[name], atol=1e-9)


def test_when_a_sound_begins_does_not_matter() -> None:
    wave = 0.1 * np.random.default_rng(2).standard_normal(LENGTH)
    np.testing.assert_allclose(texture(np.roll(wave, 32 * 371)), texture(wave), atol=1e-9)


def test_silence_has_no_statistics() -> None:
    silence = texture(np.zeros(LENGTH))
    assert (silence.shape, bool(silence.any())) == ((SIZE,), False)
