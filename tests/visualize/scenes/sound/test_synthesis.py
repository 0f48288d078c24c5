"""Building blocks of sounds, against what their words say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import periodogram

from visualize.scenes.sound import LENGTH, RATE, SECONDS
from visualize.scenes.sound.synthesis import bump, hum, laid, noise, ring, sweep, swell, times


def loudness(wave: np.ndarray[tuple[int], np.dtype[np.float64]], low: float, high: float) -> float:
    """Power for each Hz between two frequencies, in decibels, by scipy's periodogram."""
    frequencies, power = periodogram(wave, RATE)
    return float(10 * np.log10(power[(frequencies >= low) & (frequencies < high)].mean()))


def test_noise_has_the_spectrum_that_was_asked_for() -> None:
    """Between 100 Hz and 1,600 Hz 24 decibels on four octaves are 6 an octave."""
    wave = noise(np.random.default_rng(1), {100: 0, 1600: -24})
    levels = [loudness(wave, 0.9 * f, 1.1 * f) for f in (200, 400, 800)]
    np.testing.assert_allclose(np.diff(levels), -6, atol=2)
    assert loudness(wave, 4000, 7000) - loudness(wave, 1900, 2500) == pytest.approx(0, abs=2)
    assert (wave.std(), abs(wave.mean()) < 1e-12) == (pytest.approx(1), True)


def test_a_swell_is_positive_and_no_faster_than_asked() -> None:
    slow = swell(np.random.default_rng(2), 3.0, 0.6)
    assert slow.min() > 0
    assert np.log(slow).std() == pytest.approx(0.6)
    assert loudness(np.log(slow), 4, 8000) < loudness(np.log(slow), 0.2, 3) - 100


def test_a_hum_has_its_overtones_and_joins_its_ends() -> None:
    wave = hum(100.0, (1.0, 0.0, 0.5))
    spectrum = np.abs(np.fft.rfft(wave)) * 2 / LENGTH
    peak = round(round(100 * SECONDS) / SECONDS * SECONDS)
    assert spectrum[[peak, 2 * peak, 3 * peak]] == pytest.approx([1, 0, 0.5], abs=1e-6)
    np.testing.assert_allclose(np.delete(spectrum, [peak, 3 * peak]), 0, atol=1e-6)


def test_what_rings_falls_to_one_e_th_in_its_time() -> None:
    wave = ring((1000.0,), 0.05, 0.3)
    early, late = (np.abs(wave[round(at * RATE) : round((at + 0.01) * RATE)]).max() for at in (0.0, 0.05))
    assert late / early == pytest.approx(np.exp(-1), rel=0.02)


def test_a_sweep_goes_from_one_pitch_to_the_other_and_is_loudest_midway() -> None:
    wave = sweep(500, 2000, 0.2)
    begin, end = (np.abs(np.fft.rfft(half)).argmax() / 0.1 for half in np.split(wave, 2))
    assert 500 < begin < 1000 < end < 2000
    assert len(wave) == len(bump(0.2)) == 3200
    assert bump(0.2).argmax() in {1599, 1600}


def test_events_that_go_over_the_end_go_on_at_the_beginning() -> None:
    event = np.arange(1.0, 9.0)
    wave = laid([(SECONDS - 3 / RATE, event), (SECONDS - 3 / RATE, event), (1.0, event)])
    np.testing.assert_array_equal(wave[-3:], 2 * event[:3])
    np.testing.assert_array_equal(wave[:5], 2 * event[3:])
    np.testing.assert_array_equal(wave[RATE : RATE + 8], event)
    assert wave.sum() == 3 * event.sum()


def test_times_come_at_their_rate_and_never_not_at_all() -> None:
    counts = [len(times(np.random.default_rng(seed), 5.0)) for seed in range(200)]
    assert np.mean(counts) == pytest.approx(5 * SECONDS, rel=0.1)
    assert len(times(np.random.default_rng(0), 1e-9)) == 1
    assert all(0 <= time < SECONDS for time in times(np.random.default_rng(3), 50.0))
