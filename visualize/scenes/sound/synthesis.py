"""Building blocks of sounds: noise of any spectrum, hums, events that ring; all of one length that joins its ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    Wave = NDArray[np.float64]
    Random = np.random.Generator


RATE = 16_000
"""Samples a second."""

LENGTH = 1 << 16
"""Samples of a sound; its end goes on with its beginning, so that it can be played for ever."""

SECONDS = LENGTH / RATE
"""How long a sound lasts: 4.096 seconds."""


def noise(random: Random, spectrum: Mapping[float, float]) -> Wave:
    """Gaussian noise.

    Args:
        random: where it comes from.
        spectrum: decibels at frequencies in Hz, straight lines over the logarithm of the frequency in between, as at
            the nearest of them elsewhere.
    """
    frequencies = np.fft.rfftfreq(LENGTH, 1 / RATE)
    heard = np.log(np.maximum(frequencies, 1.0))
    decibels = np.interp(heard, np.log(list(spectrum)), list(spectrum.values()))
    gains = 10 ** (decibels / 20)
    gains[0] = 0.0
    return _unit(np.fft.irfft(gains * np.fft.rfft(random.standard_normal(LENGTH)), LENGTH))


def swell(random: Random, fastest: float, depth: float) -> Wave:
    """A loudness that comes and goes: the exponential of slow noise.

    Args:
        random: where it comes from.
        fastest: how often a second, at the most.
        depth: standard deviation of its logarithm.
    """
    spectrum = np.fft.rfft(random.standard_normal(LENGTH))
    frequencies = np.fft.rfftfreq(LENGTH, 1 / RATE)
    spectrum[(frequencies > fastest) | (frequencies == 0)] = 0
    return np.exp(depth * _unit(np.fft.irfft(spectrum, LENGTH)))


def hum(pitch: float | Wave, loudness: Sequence[float]) -> Wave:
    """A tone with overtones.

    Args:
        pitch: of its lowest part, Hz; one number, or one for each sample. It is moved by a hair, so that the end goes
            on with the beginning.
        loudness: amplitude of the lowest part and of each overtone.
    """
    turns = np.cumsum(np.broadcast_to(pitch, LENGTH)) / RATE
    turns *= max(1.0, np.round(turns[-1])) / turns[-1]
    return sum((part * np.sin(2 * np.pi * (k + 1) * turns) for k, part in enumerate(loudness)), np.zeros(LENGTH))


def ring(frequencies: Iterable[float], decay: float, seconds: float = 0.5) -> Wave:
    """Something struck: tones that fade.

    Args:
        frequencies: Hz.
        decay: seconds until the amplitude has fallen to 1 / e.
        seconds: how long it is heard at most.
    """
    time = np.arange(int(seconds * RATE)) / RATE
    return np.exp(-time / decay) * sum((np.sin(2 * np.pi * f * time) for f in frequencies), np.zeros(len(time)))


def bump(seconds: float) -> Wave:
    """A loudness that rises from nothing and falls to nothing: half a turn of the sine, squared."""
    count = max(2, int(seconds * RATE))
    return np.sin(np.pi * (np.arange(count) + 0.5) / count) ** 2


def sweep(start: float, end: float, seconds: float) -> Wave:
    """A tone that glides from one frequency (Hz) to another and is loudest midway."""
    shape = bump(seconds)
    return shape * np.sin(2 * np.pi * np.cumsum(np.geomspace(start, end, len(shape))) / RATE)


def laid(events: Iterable[tuple[float, Wave]]) -> Wave:
    """Events at their times (seconds), what goes over the end going on at the beginning."""
    wave = np.zeros(LENGTH)
    for time, event in events:
        at = np.arange(int(time * RATE), int(time * RATE) + len(event)) % LENGTH
        np.add.at(wave, at, event)
    return wave


def times(random: Random, rate: float) -> Wave:
    """Random times (seconds) at which something happens, ``rate`` times a second on the whole, at least once."""
    return np.sort(random.uniform(0, SECONDS, max(1, int(random.poisson(rate * SECONDS)))))


def _unit(wave: Wave) -> Wave:
    deviation = float(wave.std())
    return wave / deviation if deviation > 0 else wave
