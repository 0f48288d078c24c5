"""Draw docs/heard-scenes.png: scenes of the built-in set with what is heard in them and what is said of them.

python docs/heard_scenes.py
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from visualize.methods.drawing.colour_maps import coloured
from visualize.methods.drawing.text import letters, wrap
from visualize.scenes import Scenes
from visualize.scenes.captions import captions
from visualize.scenes.sound import SECONDS, amplitudes, soundtrack

if TYPE_CHECKING:
    from numpy.typing import NDArray

PICTURE = Path(__file__).with_name("heard-scenes.png")
SHOWN = (9, 7, 4, 2, 23, 10)  # a beach, a highway, an office, a kitchen, a field, mountains
SIDE, WIDE, GAP, TEXT = 192, 276, 10, 84  # pixels: a picture, its spectrogram, what lies between, the words below
COLUMNS, HEAD = 2, 34
WINDOW, STEP = 512, 232  # samples of the spectrogram's windows, and between them
QUIET, LOUD = -105.0, -40.0  # decibels, from black to white
GROUND, INK = "white", "#14181f"


def spectrogram(wave: NDArray[np.float32]) -> Image.Image:
    """Loudness of each frequency (0 to 8 kHz, upwards) over time, black to white over 65 decibels."""
    places = np.arange(0, len(wave), STEP)[:, None] + np.arange(WINDOW)
    windows = wave[places % len(wave)] * np.hanning(WINDOW)
    power = np.square(4 / WINDOW * np.abs(np.fft.rfft(windows, axis=1))).T[::-1]  # of a tone: its amplitude's
    decibels = 10 * np.log10(np.maximum(power, 1e-14))
    picture = coloured(np.clip((decibels - QUIET) / (LOUD - QUIET), 0, 1))
    return Image.fromarray(picture).resize((WIDE, SIDE), Image.Resampling.BOX)


def cell(scenes: Scenes, index: int) -> Image.Image:
    """A scene, its sound, the three loudest things in it, and two sentences."""
    scene, seed = scenes.scene(index), scenes.number(index)
    result = Image.new("RGB", (SIDE + WIDE + GAP, SIDE + TEXT), GROUND)
    result.paste(Image.fromarray(scene.image).resize((SIDE, SIDE), Image.Resampling.LANCZOS), (0, 0))
    result.paste(spectrogram(soundtrack(scene, seed)), (SIDE + GAP, 0))
    loudest = sorted(amplitudes(scene).items(), key=lambda item: -item[1])[:3]
    said = captions(scene, seed)[:2]
    lines = [f"heard: {', '.join(name for name, _ in loudest)}", *(f'"{sentence}"' for sentence in said)]
    font = letters(17)
    wrapped = [part for line in lines for part in wrap(line, font, SIDE + WIDE + GAP)]
    for row, line in enumerate(wrapped[:4]):
        font.write(result, (0, SIDE + 6 + 23 * row), line, colour=INK)
    return result


def main() -> None:
    """Draw the cells in two columns, and write the figure."""
    scenes = Scenes(24)
    cells = [cell(scenes, index) for index in SHOWN]
    wide, high = cells[0].size[0] + 3 * GAP, cells[0].size[1] + GAP
    figure = Image.new("RGB", (COLUMNS * wide, HEAD + -(-len(cells) // COLUMNS) * high), GROUND)
    seconds = f"left to right {SECONDS:.1f} s, upwards 0 to 8 kHz"
    title = f"a scene, its sound ({seconds}), the loudest things in it, and what is said of it"
    letters(18).write(figure, (GAP, 6), title, colour=INK)
    for place, item in enumerate(cells):
        figure.paste(item, (GAP + place % COLUMNS * wide, HEAD + place // COLUMNS * high))
    figure.quantize(144).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
