"""The sound of a scene: everything visible that sounds, the louder the more of the picture it fills."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from visualize.scenes.random_stream import Dice
from visualize.scenes.sound import indoors, outdoors
from visualize.scenes.sound.synthesis import LENGTH
from visualize.scenes.vocabulary import CONCEPTS, NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from visualize.scenes.scenes import Scene
    from visualize.scenes.sound.synthesis import Random, Wave


TAKES = 8
"""Recordings of each sound; a scene plays one of them, from any moment on."""

GLASS = -12.0
"""Decibels that are lost by what is seen through something else."""

_LOUDEST = 0.99  # what is louder is cut off
_SALT = 1877  # the numbers that decide sounds are not those that decide pictures


@dataclass(frozen=True)
class Source:
    """A thing that sounds.

    Args:
        make: its sound, from random numbers.
        level: root mean square in decibels of full scale if the thing filled the whole picture. Power is proportional
            to the share of the picture, as it is for a thing that comes nearer.
    """

    make: Callable[[Random], Wave]
    level: float


SOURCES: Mapping[str, Source] = MappingProxyType({
    "sky": Source(outdoors.wind, -42),
    "cloud": Source(outdoors.wind, -36),
    "sea": Source(outdoors.sea, -15),
    "lake": Source(outdoors.lake, -23),
    "mountain": Source(outdoors.gale, -28),
    "grass": Source(outdoors.crickets, -33),
    "tree": Source(outdoors.leaves, -30),
    "bush": Source(outdoors.leaves, -29),
    "flower": Source(outdoors.bees, -18),
    "bird": Source(outdoors.birds, 2),
    "cow": Source(outdoors.cow, -12),
    "person": Source(outdoors.voices, -18),
    "car": Source(outdoors.traffic, -15),
    "truck": Source(outdoors.diesel, -13),
    "skyscraper": Source(outdoors.ventilation, -34),
    "streetlight": Source(outdoors.buzz, -28),
    "crosswalk": Source(outdoors.signal, -19),
    "boat": Source(outdoors.rigging, -15),
    "umbrella": Source(outdoors.cloth, -25),
    "wall": Source(indoors.room, -44),
    "fridge": Source(indoors.fridge, -26),
    "stove": Source(indoors.gas, -23),
    "pot": Source(indoors.boiling, -13),
    "sink": Source(indoors.drips, -15),
    "bathtub": Source(indoors.running_water, -19),
    "toilet": Source(indoors.cistern, -22),
    "clock": Source(indoors.clock, -15),
    "monitor": Source(indoors.keys, -19),
    "lamp": Source(outdoors.buzz, -30),
    "book": Source(indoors.pages, -25),
    "cup": Source(indoors.clinks, -13),
})  # fmt: skip
"""The objects that sound, by name."""

_LEVELS = np.array([
    SOURCES[item.name].level if item.category == "object" and item.name in SOURCES else -np.inf
    for item in CONCEPTS
])  # fmt: skip


def soundtrack(scene: Scene, seed: int) -> NDArray[np.float32]:
    """The sound of a scene.

    Args:
        scene: whose objects are heard; those that are seen through something else by :data:`GLASS` softer.
        seed: that of the scene (:meth:`~visualize.scenes.scenes.Scenes.number`): the same scene and seed sound the
            same.

    Returns:
        :data:`~visualize.scenes.sound.synthesis.LENGTH` samples in -1..1 at
        :data:`~visualize.scenes.sound.synthesis.RATE`; the end goes on with the beginning.

    Example:
        >>> from visualize.scenes import render
        >>> soundtrack(render("beach", 7), 7).shape
        (65536,)
    """
    dice, wave = Dice(seed, _SALT), np.zeros(LENGTH, np.float32)
    for name, amplitude in amplitudes(scene).items():
        recorded = _recording(SOURCES[name].make, dice.whole(0, TAKES - 1))
        start = dice.whole(0, LENGTH - 1)
        wave[: LENGTH - start] += np.float32(amplitude) * recorded[start:]
        wave[LENGTH - start :] += np.float32(amplitude) * recorded[:start]
    return wave.clip(-_LOUDEST, _LOUDEST, out=wave)


def amplitudes(scene: Scene) -> dict[str, float]:
    """How loud each thing of a scene is: root mean square of its sound, by name; things that are silent are left out.

    Example:
        >>> from visualize.scenes import render
        >>> list(amplitudes(render("beach", 7)))[:3]
        ['sky', 'cloud', 'sea']
    """
    power = np.zeros(len(CONCEPTS))
    for place, labels in enumerate(scene.labels["object"]):
        shares = np.bincount(labels.ravel(), minlength=len(CONCEPTS) + 1)[1:] / labels.size
        power += shares * 10 ** ((_LEVELS + (GLASS if place else 0.0)) / 10)
    return {name: float(np.sqrt(power[number])) for name in SOURCES if power[number := NUMBERS["object"][name] - 1] > 0}


@cache
def _recording(make: Callable[[Random], Wave], take: int) -> NDArray[np.float32]:
    """A sound, its root mean square 1; made when it is first heard."""
    name = list(make.__name__.encode())
    wave: Wave = make(np.random.Generator(np.random.PCG64([_SALT, take, *name])))
    wave = wave - wave.mean()
    wave /= np.sqrt(np.square(wave).mean())
    return wave.astype(np.float32)
