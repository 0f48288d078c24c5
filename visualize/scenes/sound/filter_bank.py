"""A bank of band-pass filters as the ear has it: half cosines, equally wide and equally far apart on the ERB scale."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from visualize.scenes.sound.synthesis import RATE

Numbers = NDArray[np.float64]

BANDS = 24
"""Number of bands."""

LOWEST, HIGHEST = 40.0, 7600.0
"""Where the first band begins and the last one ends, Hz."""


def erb_number(frequency: NDArray[np.floating[Any]] | float) -> Numbers:
    """How many equivalent rectangular bandwidths fit below a frequency (Hz); Glasberg and Moore 1990."""
    return 9.265 * np.log1p(np.asarray(frequency, np.float64) / (24.7 * 9.265))


def erb_frequency(number: Numbers | float) -> Numbers:
    """The frequency in Hz below which so many equivalent rectangular bandwidths fit; undoes :func:`erb_number`."""
    return 24.7 * 9.265 * np.expm1(np.asarray(number, np.float64) / 9.265)


def centres() -> Numbers:
    """Frequency of each band's middle, Hz."""
    return erb_frequency(_edges()[1:-1])


def _edges() -> Numbers:
    """Beginnings, middles and ends of the bands, on the ERB scale: a band ends where its neighbour has its middle."""
    return np.linspace(erb_number(LOWEST), erb_number(HIGHEST), BANDS + 2)


def response(frequencies: NDArray[np.floating[Any]]) -> Numbers:
    """How much of each frequency the bands let through.

    Squares of neighbours add up to 1, so that no energy is lost between the middles of the first and the last band
    (McDermott and Simoncelli 2011, Sound texture perception via statistics of the auditory periphery).

    Args:
        frequencies: N of them, Hz.

    Returns:
        BANDS x N amplitudes in 0..1; the phase is left as it is.
    """
    edges = _edges()
    steps = (erb_number(frequencies)[None] - edges[1:-1, None]) / (edges[1] - edges[0])
    return np.where(np.abs(steps) < 1, np.cos(np.pi / 2 * np.clip(steps, -1, 1)), 0.0)


@cache
def _plan(length: int) -> tuple[tuple[int, int, Numbers], ...]:
    """For each band its first bin, the number of samples that hold its envelope, and its amplitudes from there."""
    amplitudes = response(np.fft.rfftfreq(length, 1 / RATE))
    plan = []
    for row in amplitudes:
        heard = np.flatnonzero(row)
        first, count = int(heard[0]), int(heard[-1] - heard[0]) + 1
        plan.append((first, max(1 << (count - 1).bit_length(), length >> 5), row[first : first + count]))
    return tuple(plan)


def envelopes(wave: NDArray[np.floating[Any]]) -> list[Numbers]:
    """How loud each band is over time: the magnitude of its analytic signal (Hilbert envelope).

    The envelope of a band that is B Hz wide is known by B samples a second; so many are computed, and none is an
    approximation: they are samples of the envelope at full rate.

    Args:
        wave: samples in -1..1 at :data:`~visualize.scenes.sound.synthesis.RATE`, a power of two of them, from 1024; the
            end goes on with the beginning.

    Returns:
        for each band an array of amplitudes; the bands' lengths are powers of two, from a 32nd of the wave's (500 a
        second) upwards.
    """
    length = len(wave)
    spectrum = np.fft.rfft(wave)
    result = []
    for first, samples, amplitudes in _plan(length):
        analytic = np.zeros(samples, np.complex128)
        analytic[: len(amplitudes)] = spectrum[first : first + len(amplitudes)] * amplitudes
        result.append(np.abs(np.fft.ifft(analytic)) * (2 * samples / length))
    return result
