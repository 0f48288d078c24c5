"""The bank of filters, held against scipy's: filters designed by it, its Hilbert transform, its integrals."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.signal import fftconvolve, firwin2, freqz, hilbert

from visualize.scenes.sound import LENGTH, RATE
from visualize.scenes.sound.filter_bank import BANDS, HIGHEST, LOWEST, centres, envelopes, erb_frequency, response

RANDOM = np.random.default_rng(5)


def test_centres_are_equally_many_rectangular_bandwidths_apart() -> None:
    """A bandwidth is 24.7 + f / 9.265 Hz (Glasberg and Moore 1990); how many fit between is an integral."""
    ends = [LOWEST, *centres(), HIGHEST]
    fits = [quad(lambda f: 1 / (24.7 + f / 9.265), low, high)[0] for low, high in itertools.pairwise(ends)]
    np.testing.assert_allclose(fits, fits[0], rtol=1e-9)
    assert len(centres()) == BANDS


def test_no_energy_is_lost_between_the_first_and_the_last_middle() -> None:
    middles = centres()
    inside = np.linspace(middles[0], middles[-1], 5000)
    np.testing.assert_allclose(np.square(response(inside)).sum(0), 1, atol=1e-12)
    outside = np.array([0.0, LOWEST, HIGHEST, RATE / 2])
    np.testing.assert_allclose(response(outside), 0, atol=1e-12)
    np.testing.assert_allclose(np.diagonal(response(middles)), 1)


def test_scale_and_frequency_undo_each_other() -> None:
    numbers = np.linspace(0, 40, 41)
    bandwidths = [quad(lambda f: 1 / (24.7 + f / 9.265), 0, float(f))[0] for f in erb_frequency(numbers)]
    np.testing.assert_allclose(bandwidths, numbers, atol=1e-9)


@pytest.mark.parametrize("band", [3, 11, BANDS - 1])
def test_a_band_is_what_a_filter_of_scipy_s_lets_through(band: int) -> None:
    """A linear-phase filter of the same gains, as scipy designs it, gives the same envelope up to its delay."""
    grid = np.linspace(0, RATE / 2, 4097)
    taps = firwin2(8191, grid, response(grid)[band], fs=RATE)
    heard = freqz(taps, worN=grid[::4], fs=RATE)[1]
    np.testing.assert_allclose(np.abs(heard), response(grid[::4])[band], atol=0.01)
    wave = RANDOM.standard_normal(LENGTH)
    filtered = fftconvolve(np.tile(wave, 2), taps)[LENGTH : 2 * LENGTH]  # the end goes on with the beginning
    expected = np.roll(np.abs(hilbert(filtered)), -(len(taps) - 1) // 2)
    envelope = envelopes(wave)[band]
    np.testing.assert_allclose(envelope, expected[:: LENGTH // len(envelope)], atol=0.02 * expected.mean())


def test_envelopes_are_exact_samples_of_hilbert_s() -> None:
    wave = RANDOM.standard_normal(LENGTH)
    gains = response(np.fft.rfftfreq(LENGTH, 1 / RATE))
    for band, envelope in enumerate(envelopes(wave)):
        expected = np.abs(hilbert(np.fft.irfft(gains[band] * np.fft.rfft(wave), LENGTH)))
        np.testing.assert_allclose(envelope, expected[:: LENGTH // len(envelope)], atol=1e-10)


def test_a_short_sound_has_envelopes_too() -> None:
    time = np.arange(1024) / RATE
    tone = 0.5 * np.sin(2 * np.pi * 1000 * time)  # 64 turns
    gains = response(np.array([1000.0]))[:, 0]
    for gain, envelope in zip(gains, envelopes(tone), strict=True):
        np.testing.assert_allclose(envelope, 0.5 * gain, atol=1e-12)
