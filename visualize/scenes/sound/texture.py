"""Statistics of a sound as a texture: what is left of it when the order of its events is forgotten."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from visualize.scenes.sound.filter_bank import BANDS, envelopes
from visualize.scenes.sound.synthesis import LENGTH, RATE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]


COMPRESSION = 0.3
"""Exponent of the envelopes, as in the ear (McDermott and Simoncelli 2011)."""

MODULATIONS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
"""Middles of the bands of modulation, Hz: an octave each."""

NEIGHBOURS = (1, 2, 3, 5, 8, 11, 16, 21)
"""Distances, in bands, of the pairs whose envelopes are correlated (McDermott and Simoncelli 2011)."""

GROUPS = {
    "mean": BANDS,
    "variation": BANDS,
    "skewness": BANDS,
    "kurtosis": BANDS,
    "modulation": BANDS * len(MODULATIONS),
    "correlation": sum(BANDS - distance for distance in NEIGHBOURS),
}
"""Names and sizes of the groups of statistics, in the order in which they stand."""

SIZE = sum(GROUPS.values())
"""Number of statistics of a sound: 437."""

_STILL = 1e-3  # an envelope that varies less, measured by its mean, does not vary
_SILENT = 1e-3  # a mean envelope below which a band is not heard: (1e-10)^0.3, 200 dB below full scale


def texture(wave: NDArray[np.floating[Any]]) -> Numbers:
    """Statistics of a sound (McDermott and Simoncelli 2011; Owens et al. 2016, arXiv:1608.07017).

    The envelope of each band is raised to the power :data:`COMPRESSION`. From it come its mean; its variation
    (variance over the squared mean); skewness; kurtosis (3 for a Gaussian); the share of its variance in each octave of
    modulation; and the correlation with the envelopes of bands nearby and far.

    Args:
        wave: LENGTH samples in -1..1, at RATE; the end goes on with the beginning.

    Returns:
        :data:`SIZE` numbers, the groups in the order of :data:`GROUPS`. Where an envelope does not vary all but the
        mean is 0.

    Example:
        >>> bool(texture(np.zeros(LENGTH)).any())
        False
    """
    loud = [np.power(envelope, COMPRESSION) for envelope in envelopes(wave)]
    marginal = np.array([_moments(band) for band in loud])
    step = np.array([_coarse(band) for band in loud])
    varied = step - step.mean(1, keepdims=True)
    variance = np.square(varied).mean(1)
    varied[(marginal[:, 1] == 0) | (variance <= np.square(_STILL * marginal[:, 0]))] = 0
    return np.concatenate([marginal.T.ravel(), _modulation(varied).ravel(), _correlation(varied)])


def _coarse(band: Numbers) -> Numbers:
    """An envelope at 500 samples a second, by averages."""
    return band if len(band) == LENGTH >> 5 else band.reshape(LENGTH >> 5, -1).mean(1)


def _moments(band: Numbers) -> tuple[float, float, float, float]:
    """Mean, variance over squared mean, skewness and kurtosis of one envelope."""
    mean = float(band.mean())
    varied = band - mean
    square = np.square(varied)
    variance = float(square.mean())
    if mean < _SILENT or variance <= (_STILL * mean) ** 2:
        return mean if mean >= _SILENT else 0.0, 0.0, 0.0, 0.0
    skewness = float((square * varied).mean()) / variance**1.5
    return mean, variance / mean**2, skewness, float(np.square(square).mean()) / variance**2


@cache
def _modulation_filters() -> Numbers:
    """Squared responses to the frequencies of an envelope: half cosines, an octave from the middle to either end."""
    frequencies = np.fft.rfftfreq(LENGTH >> 5, 32 / RATE)
    octaves = np.log2(np.maximum(frequencies, 1e-9))[:, None] - np.log2(MODULATIONS)
    squares: Numbers = np.where(np.abs(octaves) < 1, np.cos(np.pi / 2 * np.clip(octaves, -1, 1)) ** 2, 0.0)
    return squares


def _modulation(varied: Numbers) -> Numbers:
    """Share of each envelope's variance in each band of modulation: BANDS x len(MODULATIONS)."""
    spectrum = np.fft.rfft(varied, axis=1)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    power[:, 1:-1] *= 2
    whole = power.sum(1, keepdims=True)
    shares = np.zeros((BANDS, len(MODULATIONS)))
    np.divide(power @ _modulation_filters(), whole, out=shares, where=whole > 0)
    return shares


def _correlation(varied: Numbers) -> Numbers:
    norms = np.sqrt(np.square(varied).sum(1))
    products = varied @ varied.T
    scale = np.outer(norms, norms)
    table = np.divide(products, scale, out=np.zeros_like(products), where=scale > 0)
    return np.concatenate([np.diagonal(table, distance) for distance in NEIGHBOURS])
