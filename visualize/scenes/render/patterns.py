"""Textures as functions of the position on a surface, so that perspective holds for them too."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
_Loose = NDArray[np.floating[Any]]
Pattern = Callable[[Field, Field], Field]

_TILE = 256  # side of the noise tile; a power of two, so that wrapping round is a bit mask


@cache
def noise(grain: float) -> Field:
    """A tile of smooth noise in 0..1 that repeats without a seam.

    Args:
        grain: size of its spots, in cells of the tile.
    """
    white = np.random.Generator(np.random.PCG64(20150415)).standard_normal((_TILE, _TILE))
    frequency = np.hypot(*np.meshgrid(np.fft.fftfreq(_TILE), np.fft.fftfreq(_TILE)))
    smooth = np.fft.ifft2(np.fft.fft2(white) * np.exp(-2 * (np.pi * grain * frequency) ** 2)).real
    ranks = np.argsort(np.argsort(smooth, axis=None)).reshape(smooth.shape)
    return (ranks / (ranks.size - 1)).astype(np.float32)


def _look_up(tile: Field, u: _Loose, v: _Loose) -> Field:
    columns = np.floor(u).astype(np.int32) & (_TILE - 1)
    rows = np.floor(v).astype(np.int32) & (_TILE - 1)
    values: Field = tile.reshape(-1).take(rows * _TILE + columns)
    return values


def _part(x: _Loose) -> Field:
    """The fractional part of x, in 0..1."""
    return np.asarray(x - np.floor(x), np.float32)


def half_if_odd(whole: _Loose) -> Field:
    """0.5 for odd whole numbers, 0 for even ones; numpy's % takes a hundred times as long."""
    return _part(0.5 * whole)


def _ink(where: NDArray[np.bool_]) -> Field:
    return where.astype(np.float32)


def _striped(u: Field, v: Field) -> Field:  # noqa: ARG001 - stripes are upright: v makes no difference
    return _ink(_part(u) < 0.5)


def _banded(u: Field, v: Field) -> Field:  # noqa: ARG001 - bands lie flat: u makes no difference
    return _ink(_part(v) < 0.5)


def _dotted(u: Field, v: Field) -> Field:
    shifted = u + half_if_odd(np.floor(v))
    return _ink((_part(shifted) - 0.5) ** 2 + (_part(v) - 0.5) ** 2 < 0.085)


def _chequered(u: Field, v: Field) -> Field:
    return _ink(half_if_odd(np.floor(2 * u) + np.floor(2 * v)) < 0.5)


def _tiled(u: Field, v: Field) -> Field:
    return _ink((_part(u) < 0.1) | (_part(v) < 0.1))


def _bricked(u: Field, v: Field) -> Field:
    row = np.floor(2 * v)
    along = u + half_if_odd(row)
    joint = _ink((_part(along) < 0.08) | (_part(2 * v) < 0.16))
    return np.asarray(np.maximum(joint, 0.35 * _look_up(noise(0.1), along, row)), np.float32)


def _woven(u: Field, v: Field) -> Field:
    over = half_if_odd(np.floor(u) + np.floor(v)) < 0.5
    strand = np.where(over, _part(u), _part(v))
    return np.asarray(4 * strand * (1 - strand) * np.where(over, 0.9, 0.55), np.float32)


def _planked(u: Field, v: Field) -> Field:
    board = np.floor(u)
    joint = _ink((_part(u) < 0.07) | (_part(v / 5 + 0.37 * board) < 0.015))
    grain = 0.25 * _look_up(noise(1.5), 24 * u, 2 * v)
    return np.asarray(np.maximum(joint, grain + 0.4 * _look_up(noise(0.1), board, np.zeros_like(board))), np.float32)


def _grassy(u: Field, v: Field) -> Field:
    return _look_up(noise(1.2), 14 * u, 5 * v) ** 2


def _leafy(u: Field, v: Field) -> Field:
    return _ink(_look_up(noise(2.2), 11 * u, 11 * v) > 0.58)


def _speckled(u: Field, v: Field) -> Field:
    return _look_up(noise(0.6), 12 * u, 12 * v) ** 2


def _wavy(u: Field, v: Field) -> Field:
    swell = v + 0.35 * np.sin(1.7 * u) + 0.2 * np.sin(0.6 * u + 2 * v)
    return np.asarray(np.clip(2 * np.sin(2 * np.pi * swell) - 0.9, 0, 1), np.float32)


def _marbled(u: Field, v: Field) -> Field:
    bent = u + 0.4 * v + 1.6 * _look_up(noise(22.0), 60 * u, 60 * v)
    return np.asarray(np.clip(1 - 5 * np.abs(_part(bent) - 0.5), 0, 1), np.float32)


PATTERNS: Mapping[str, Pattern] = MappingProxyType(
    {
        "striped": _striped,
        "banded": _banded,
        "dotted": _dotted,
        "chequered": _chequered,
        "tiled": _tiled,
        "bricked": _bricked,
        "woven": _woven,
        "planked": _planked,
        "grassy": _grassy,
        "leafy": _leafy,
        "speckled": _speckled,
        "wavy": _wavy,
        "marbled": _marbled,
    }
)
"""Texture -> how much of a surface's second colour (0..1) lies at (u, v), counted in periods of the texture."""
