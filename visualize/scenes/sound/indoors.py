"""Sounds of things in rooms, each from its own random numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visualize.scenes.sound.synthesis import SECONDS, bump, hum, laid, noise, ring, sweep, swell, times

if TYPE_CHECKING:
    from visualize.scenes.sound.synthesis import Random, Wave


def room(random: Random) -> Wave:
    """The air of a closed room: what is left when nothing sounds."""
    return noise(random, {20: 0, 120: -6, 500: -22, 2000: -40, 8000: -48})


def fridge(random: Random) -> Wave:
    """A compressor: the mains' hum, which shakes 25 times a second."""
    time = np.arange(int(SECONDS * 16_000)) / 16_000
    shaking = 1 + 0.35 * np.sin(2 * np.pi * round(25 * SECONDS) / SECONDS * time + random.uniform(0, 6))
    tone = hum(50, [1.0, 0.9, 0.3, 0.5, 0.15, 0.25, 0.1, 0.15])
    return tone * shaking + 0.25 * noise(random, {80: 0, 400: -4, 1500: -20, 6000: -45})


def gas(random: Random) -> Wave:
    """Flames of a stove: a hiss that flutters."""
    return noise(random, {100: -18, 800: -6, 2500: 0, 6000: -4}) * swell(random, 18, 0.25)


def boiling(random: Random) -> Wave:
    """Water that boils in a pot: many small bubbles, and a lid that rattles."""
    bubbles = [
        (time, random.uniform(0.2, 1) * sweep(random.uniform(280, 500), 900, 0.035)) for time in times(random, 45)
    ]
    lid = [(time, 0.25 * ring((2350, 3870), 0.02, 0.1)) for time in times(random, 7)]
    return laid([*bubbles, *lid])


def drips(random: Random) -> Wave:
    """A tap that drips into a sink."""
    every = SECONDS / int(random.integers(4, 8))
    drops = [time + random.uniform(0, 0.05) for time in np.arange(0, SECONDS, every)]
    return laid((time, ring((random.uniform(1100, 1500), 2600), 0.035) * np.linspace(1, 0, 8000)) for time in drops)


def running_water(random: Random) -> Wave:
    """Water that runs into a bath."""
    splashes = [
        (time, random.uniform(0.1, 1) * sweep(random.uniform(300, 900), random.uniform(900, 2200), 0.03))
        for time in times(random, 90)
    ]
    return noise(random, {100: -16, 500: -3, 1500: 0, 4000: -6, 8000: -18}) * swell(random, 25, 0.3) + laid(splashes)


def cistern(random: Random) -> Wave:
    """A cistern that fills: a thin, high, steady hiss."""
    return noise(random, {800: -40, 2500: -16, 4500: 0, 6500: -2, 8000: -14}) * swell(random, 0.5, 0.15)


def clock(random: Random) -> Wave:
    """Tick and tock, four of either."""
    tick, tock = ring((2600, 3900, 5300), 0.004, 0.05), ring((2100, 3300, 4700), 0.005, 0.05)
    start, half = random.uniform(0, SECONDS / 8), SECONDS / 8
    return laid((start + half * step, tock if step % 2 else tick) for step in range(8))


def keys(random: Random) -> Wave:
    """Somebody who types, and the computer's fan."""
    typed = []
    for time in times(random, 6.5):
        down = random.normal(size=160) * np.exp(-np.arange(160) / 30)
        typed += [(time, random.uniform(0.5, 1) * down), (time + 0.07, 0.4 * down)]
        typed.append((time, 0.6 * ring((random.uniform(320, 420),), 0.012, 0.08)))
    return laid(typed) + 0.05 * noise(random, {60: -10, 220: 0, 700: -12, 4000: -35})


def pages(random: Random) -> Wave:
    """Pages that are turned."""
    turns = laid((time, bump(random.uniform(0.25, 0.45))) for time in times(random, 0.7))
    return noise(random, {300: -30, 1500: -6, 3500: 0, 7000: -6}) * swell(random, 40, 0.7) * turns


def clinks(random: Random) -> Wave:
    """Cups that touch."""
    heights = random.uniform(2900, 3600), random.uniform(4700, 5600)
    return laid((time, random.uniform(0.4, 1) * ring(heights, 0.07)) for time in times(random, 1.2))
