"""Sounds of things under the sky, each from its own random numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from visualize.scenes.sound.synthesis import LENGTH, RATE, SECONDS, bump, hum, laid, noise, ring, sweep, swell, times

if TYPE_CHECKING:
    from visualize.scenes.sound.synthesis import Random, Wave


def sea(random: Random) -> Wave:
    """Surf: a wave comes, breaks and runs back; the hiss of its foam comes later than its thunder."""
    phase = random.uniform(0, 2 * np.pi)
    turn = 2 * np.pi * np.arange(LENGTH) / LENGTH
    thunder, foam = np.exp(1.4 * np.sin(turn + phase)), np.exp(1.8 * np.sin(turn + phase - 0.9))
    low = noise(random, {40: -6, 150: 0, 600: -9, 2000: -30})
    return low * thunder + 0.7 * noise(random, {400: -30, 1500: -4, 4000: 0, 8000: -8}) * foam


def lake(random: Random) -> Wave:
    """Small waves that lap at a shore."""
    laps = laid(
        (time, random.uniform(0.3, 1) * sweep(random.uniform(250, 500), random.uniform(500, 1100), 0.09))
        for time in times(random, 6)
    )
    return laps + 0.06 * noise(random, {100: -10, 700: 0, 3000: -20}) * swell(random, 1, 0.5)


def wind(random: Random) -> Wave:
    """Air that moves over open land."""
    return noise(random, {30: 0, 200: -3, 700: -18, 3000: -45}) * swell(random, 1.0, 0.6)


def gale(random: Random) -> Wave:
    """Wind about summits, which whistles."""
    pitch = 620 * swell(random, 0.8, 0.2)
    whistle = hum(pitch, (1, 0.15)) * swell(random, 1.5, 0.8)
    return noise(random, {40: -6, 300: 0, 900: -8, 4000: -35}) * swell(random, 1.0, 0.8) + 1.2 * whistle


def leaves(random: Random) -> Wave:
    """Foliage that rustles."""
    return noise(random, {500: -30, 2500: -3, 5000: 0, 8000: -6}) * swell(random, 12, 0.35) * swell(random, 0.8, 0.45)


def crickets(random: Random) -> Wave:
    """Insects in the grass: a high tone in short pulses, three or four to a chirp."""
    pulse = bump(0.014) * ring((random.uniform(4300, 5000),), 9.0, 0.014)
    chirps = [time + 0.03 * step for time in np.arange(0, SECONDS, random.uniform(0.4, 0.6)) for step in range(4)]
    return laid((time, pulse) for time in chirps)


def bees(random: Random) -> Wave:
    """Bees about flowers."""
    one = hum(215 * swell(random, 3, 0.05), (1, 0.7, 0.6, 0.4, 0.3, 0.2)) * swell(random, 2, 0.9)
    other = hum(245 * swell(random, 3, 0.05), (1, 0.8, 0.5, 0.4, 0.2, 0.2)) * swell(random, 2, 0.9)
    return one + other


def birds(random: Random) -> Wave:
    """Bird song: a few phrases of quick whistles that glide."""
    phrases = []
    for start in times(random, 0.9):
        low, step = random.uniform(2500, 4200), random.uniform(0.08, 0.16)
        for place in range(int(random.integers(2, 7))):
            glide = random.uniform(0.75, 1.45)
            phrases.append((start + step * place, sweep(low, low * glide, 0.8 * step)))
    return laid(phrases)


def cow(random: Random) -> Wave:
    """Lowing."""
    length = random.uniform(1.2, 1.8)
    count = len(bump(length))
    glide = np.interp(np.arange(count), [0, 0.3 * count, count], [105, 150, 110]) * random.uniform(0.9, 1.1)
    turns = np.cumsum(glide) / RATE
    parts = [np.sin(2 * np.pi * k * turns) / (1 + ((k * 130 - 500) / 250) ** 2) for k in range(1, 14)]
    return laid([(random.uniform(0, SECONDS), np.sum(parts, axis=0) * bump(length) ** 0.5)])


def voices(random: Random) -> Wave:
    """Somebody who talks, four or five syllables a second; no word is said."""
    syllables, time = [], 0.0
    base = random.uniform(105, 210)
    while time < SECONDS - 0.3:
        length, pitch = random.uniform(0.12, 0.24), base * random.uniform(0.85, 1.2)
        syllables.append((time, _vowel(pitch, random.uniform(350, 800), random.uniform(900, 2300), length)))
        time += length + (random.uniform(0.3, 0.6) if random.random() < 0.2 else random.uniform(0.01, 0.06))
    return laid(syllables)


def _vowel(pitch: float, first: float, second: float, seconds: float) -> Wave:
    """Overtones of a pitch (Hz), the loudest about two formants (Hz)."""
    shape = bump(seconds)
    turns = pitch * np.arange(len(shape)) / RATE
    heights = pitch * np.arange(1, int(3500 / pitch))
    gains = 1 / (1 + ((heights - first) / 90) ** 2) + 0.5 / (1 + ((heights - second) / 120) ** 2)
    return shape * (gains @ np.sin(2 * np.pi * np.outer(np.arange(1, len(heights) + 1), turns)))


def traffic(random: Random) -> Wave:
    """Cars that go by: tyres on the road, engines below."""
    passing = swell(random, 0.5, 0.5)
    engine = hum(random.uniform(65, 95) * swell(random, 0.5, 0.08), (1, 0.8, 0.5, 0.4, 0.2, 0.1))
    return (noise(random, {60: -12, 300: -3, 900: 0, 2200: -12, 7000: -40}) + 0.35 * engine) * passing


def diesel(random: Random) -> Wave:
    """A lorry's engine, which knocks a dozen times a second, and its low rumble."""
    every = random.uniform(0.075, 0.09)
    knock = ring((58, 116, 240, 410), 0.025, 0.2)
    knocks = laid((time, random.uniform(0.8, 1.2) * knock) for time in np.arange(0, SECONDS, every))
    return knocks + 0.8 * noise(random, {30: 0, 120: 0, 400: -10, 2000: -28}) * swell(random, 0.5, 0.3)


def ventilation(random: Random) -> Wave:
    """Fans on the roofs of large buildings: a steady hum in steady air."""
    return hum(118 + random.uniform(-4, 4), (0.6, 0.4, 0.1)) + noise(random, {80: -6, 300: 0, 900: -8, 3000: -30})


def buzz(random: Random) -> Wave:
    """Mains that buzz in a lamp: every overtone of 100 Hz."""
    return hum(100, [random.uniform(0.5, 1) / (1 + abs(k - 9) / 4) for k in range(1, 24)])


def signal(random: Random) -> Wave:
    """Beeps of a crossing."""
    pitch = random.uniform(860, 940)
    beep = ring((pitch, 3 * pitch), 9.0, 0.09) * bump(0.09) ** 0.3
    return laid((time, beep) for time in np.arange(0, SECONDS, SECONDS / 8))


def rigging(random: Random) -> Wave:
    """Ropes that strike against masts, and water at the hull."""
    metal = [(time, random.uniform(0.3, 1) * ring((1730, 2710, 4130), 0.12)) for time in times(random, 2.5)]
    water = [(time, random.uniform(0.5, 1) * sweep(180, 330, 0.2)) for time in times(random, 2)]
    return laid([*metal, *water])


def cloth(random: Random) -> Wave:
    """Cloth that flaps in the wind."""
    flaps = laid((time, random.uniform(0.3, 1) * bump(random.uniform(0.05, 0.12))) for time in times(random, 6))
    return noise(random, {60: -3, 250: 0, 800: -6, 3000: -25}) * (0.05 + flaps)
