"""Draw docs/legible-dreams.png: what two networks dream of twelve kinds of scene, beside a scene of each kind.

python docs/legible_dreams.py
"""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from visualize.methods import AscentResult, GradientAscent
from visualize.methods.drawing.panel import to_uint8
from visualize.methods.drawing.text import letters
from visualize.models import load
from visualize.scenes import KINDS, Scenes

PICTURE = Path(__file__).with_name("legible-dreams.png")
SIDE, GAP, LEFT, HEAD = 160, 8, 118, 28  # pixels: a picture, what lies between, the words beside, those above
COLUMNS = 6
GROUND, INK = "white", "#14181f"
ROWS = ("a scene", "plain", "robust")
MODELS = ("scenes-alexnet-plain", "scenes-alexnet")


def dreams(model: str) -> list[Image.Image]:
    """The picture that excites each class most, of four, in the default settings."""
    probe = load(model)
    results = GradientAscent(count=4)(probe, [probe.unit(f"fc8:{kind}") for kind in range(len(KINDS))])
    pictures = [result.pictures[0] for result in results if isinstance(result, AscentResult)]
    return [Image.fromarray(to_uint8(picture.permute(1, 2, 0).numpy())) for picture in pictures]


def block(columns: list[tuple[str, list[Image.Image]]]) -> Image.Image:
    """Some kinds of scene, each with its name above its pictures."""
    wide, high = LEFT + COLUMNS * (SIDE + GAP), HEAD + len(ROWS) * (SIDE + GAP)
    result = Image.new("RGB", (wide, high), GROUND)
    font = letters(19)
    for row, name in enumerate(ROWS):
        font.write(result, (GAP, HEAD + row * (SIDE + GAP) + SIDE // 2 - 12), name, colour=INK)
    for column, (name, pictures) in enumerate(columns):
        left = LEFT + column * (SIDE + GAP)
        font.write(result, (left, 2), name, colour=INK)
        for row, picture in enumerate(pictures):
            shown = picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS)
            result.paste(shown, (left, HEAD + row * (SIDE + GAP)))
    return result


def main() -> None:
    """Draw two blocks of six kinds, one below the other."""
    scenes = Scenes(len(KINDS), 1, split="held-out")
    pictures = [[Image.fromarray(scenes.scene(kind).image)] for kind in range(len(KINDS))]
    for model in MODELS:
        for shown, dream in zip(pictures, dreams(model), strict=True):
            shown.append(dream)
    columns = list(zip((kind.replace("_", " ") for kind in KINDS), pictures, strict=True))
    blocks = [block(columns[first : first + COLUMNS]) for first in range(0, len(columns), COLUMNS)]
    wide, high = blocks[0].size
    figure = Image.new("RGB", (wide, len(blocks) * (high + GAP)), GROUND)
    for place, item in enumerate(blocks):
        figure.paste(item, (0, place * (high + GAP)))
    figure.quantize(200).save(PICTURE, optimize=True)


if __name__ == "__main__":
    main()
