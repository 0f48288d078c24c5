"""Draw docs/how-to-read-a-card.png: the card of the embedded network's showpiece unit, with what to look at.

    python docs/annotated_card.py [PICTURE]

The unit is dissected first, so that its card bears a name; all in all it takes a minute or two. The card is drawn by
the toolkit; the places that the callouts point at are measured on it, in its own pixels, and the words say what this
card shows: look at both again whenever cards change.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageColor, ImageDraw, ImageFont

import visualize as viz
from visualize.methods import AscentResult

PICTURE = Path(__file__).with_name("how-to-read-a-card.png")
CARD = (1400, 1396)  # pixels of the card that are shown: all above the top images that come next
LENS = (1113, 351, 1359, 597)  # left, top, right, bottom on the card: the third top image, which is shown enlarged
SHOWN, LEFT, RIGHT, TOP = 1040, 350, 410, 24  # pixels of the figure: the card's width, and the room around it
ENLARGED = RIGHT - 30  # pixels: the side of the enlarged picture
COLOURS = 256  # of the file, which is half as large for it

INK, TEXT, EDGE, MARK = "#14181f", "#3d4653", "#aab3be", "#c2185b"
KEPT = ("white", "#f3f5f8", "#ffd60a", "#00beff", MARK)  # grounds and lines, whose colours the file has exactly
HEAD, BODY, DISC = 30, 26, 38  # pixels of letters and discs: half as tall where the README shows the figure


@dataclass(frozen=True)
class Callout:
    """A few words beside the card, and the place that they are about.

    Args:
        words: their upper left corner, pixels of the figure.
        place: (x, y) on the card, in its own pixels.
        head: what it is.
        body: what it means; ``{ratio}`` stands for the card's number.
        disc: where its number stands beside the place, on the card as well; without one a line leads to the place.
    """

    words: tuple[int, int]
    place: tuple[float, float]
    head: str
    body: str
    disc: tuple[float, float] | None = None


_L, _R = 14, LEFT + SHOWN + 20
CALLOUTS = (
    Callout((_L, 24), (24, 119), "Name and fit", "What is labelled sea overlaps most with where the unit fires. IoU: "
            "the area they share / the area that either covers. 1 is perfect; 0.04 to 0.15 is good. 95 %: how sure "
            "that is."),
    Callout((_L, 346), (80, 400), "Dreamed picture", "Made from noise, to excite the unit as much as possible."),
    Callout((_L, 516), (26, 588), "Ratio", "The dreamed picture excites the unit {ratio:.1f} times as much as the best "
            "photograph does."),
    Callout((_L, 780), (76, 1065), "Climb", "The activation, step by step. Dashed: the best photograph."),
    Callout((_R, 424), (1280, 424), "White frame", "All that the unit sees of this photograph.", (1302, 406)),
    Callout((_R, 544), (1216, 517), "Yellow line", "Where the unit is active.", (1216, 541)),
    Callout((_R, 640), (1204, 455), "Blue line", "Where the sea is labelled.", (1204, 433)),
    Callout((_R, 736), (1231, 884), "Saliency", "The brighter a pixel, the more the activation depends on it."),
    Callout((_R, 898), (1231, 1244), "Deconvolution", "What the activation can be traced back to. Grey: nothing."),
)  # fmt: skip


def card() -> viz.Card:
    """The default card, named by a dissection made for it."""
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        subprocess.run([sys.executable, "-m", "visualize", "dissect", "--quiet"], check=True, stdout=subprocess.DEVNULL)
        return viz.unit()


def annotated(whole: Image.Image, ratio: float) -> Image.Image:
    """The upper part of a card, one of its photographs enlarged, and the callouts.

    Args:
        whole: the card's figure.
        ratio: how many times the largest activation on photographs its dreamed picture reaches.
    """
    tall = round(CARD[1] * SHOWN / CARD[0])
    sheet = Image.new("RGB", (LEFT + SHOWN + RIGHT, tall + 2 * TOP), "white")
    sheet.paste(whole.crop((0, 0, *CARD)).resize((SHOWN, tall), Image.Resampling.LANCZOS), (LEFT, TOP))
    draw = ImageDraw.Draw(sheet)
    draw.rectangle((LEFT - 1, TOP - 1, LEFT + SHOWN, TOP + tall), outline=EDGE)
    _enlarge(sheet, draw, whole)
    for number, callout in enumerate(CALLOUTS, start=1):
        _point(draw, callout, number)
        _write(draw, replace(callout, body=callout.body.format(ratio=ratio)), number)
    return sheet


def save(sheet: Image.Image, path: Path) -> None:
    """Write the figure in few colours, those of grounds and lines exact."""
    few = sheet.quantize(COLOURS - len(KEPT), kmeans=2, dither=Image.Dither.NONE)
    palette, places = (few.getpalette() or [])[: 3 * (COLOURS - len(KEPT))], np.array(few)
    for number, colour in enumerate(map(ImageColor.getrgb, KEPT), start=len(palette) // 3):
        places[(np.array(sheet) == colour[:3]).all(axis=2)] = number
        palette += colour[:3]
    made = Image.fromarray(places, "P")
    made.putpalette(palette)
    made.save(path, optimize=True)


def _enlarge(sheet: Image.Image, draw: ImageDraw.ImageDraw, whole: Image.Image) -> None:
    """Show the lens's photograph at the right of the card, and from where on the card it is."""
    place = (_R, TOP, _R + ENLARGED, TOP + ENLARGED)
    corners = [_on_card(LENS[0], LENS[1]), _on_card(LENS[2], LENS[3])]
    for start, end in (((corners[1][0], corners[0][1]), place[:2]), (corners[1], (place[0], place[3]))):
        draw.line((*start, *end), fill=EDGE, width=3)
    draw.rectangle((*corners[0], *corners[1]), outline=MARK, width=4)
    sheet.paste(whole.crop(LENS).resize((ENLARGED, ENLARGED), Image.Resampling.LANCZOS), place[:2])
    draw.rectangle((place[0] - 2, place[1] - 2, place[2] + 1, place[3] + 1), outline=MARK, width=4)


def _point(draw: ImageDraw.ImageDraw, callout: Callout, number: int) -> None:
    """A line to the place, white at both sides so that it is seen on any ground, and a dot at its end."""
    if callout.disc is None:
        x, y = _on_card(*callout.place)
        after = callout.words[0] + DISC + 22 + ImageFont.load_default(HEAD).getlength(callout.head)
        start = (after if after < LEFT else callout.words[0] - 4, callout.words[1] + DISC / 2)
    else:
        (x, y), start = _in_lens(*callout.place), _in_lens(*callout.disc)
    for width, colour in ((9, "white"), (4, MARK)):
        draw.line((*start, x, y), fill=colour, width=width)
    for radius, colour in ((10, "white"), (7, MARK)) if callout.disc is None else ((6, MARK),):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    if callout.disc is not None:
        _number(draw, (start[0], start[1]), number)


def _write(draw: ImageDraw.ImageDraw, callout: Callout, number: int) -> None:
    (left, y), room = callout.words, (LEFT - 34 if callout.words[0] < LEFT else RIGHT - 30)
    head, body = ImageFont.load_default(HEAD), ImageFont.load_default(BODY)
    _number(draw, (left + DISC / 2, y + DISC / 2), number)
    draw.text((left + DISC + 10, y), callout.head, fill=INK, font=head, stroke_width=0.4, stroke_fill=INK)
    for line_number, line in enumerate(_lines(callout.body, body, room)):
        draw.text((left, y + DISC + 5 + line_number * (BODY + 6)), line, fill=TEXT, font=body)


def _number(draw: ImageDraw.ImageDraw, middle: tuple[float, float], number: int) -> None:
    (x, y), radius = middle, DISC / 2
    draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=MARK, outline="white", width=2)
    draw.text((x, y), str(number), fill="white", font=ImageFont.load_default(24), anchor="mm")


def _on_card(x: float, y: float) -> tuple[float, float]:
    """Where a place on the card is in the figure."""
    return LEFT + x * SHOWN / CARD[0], TOP + y * SHOWN / CARD[0]


def _in_lens(x: float, y: float) -> tuple[float, float]:
    """Where a place on the card is in the enlarged photograph."""
    scale = ENLARGED / (LENS[2] - LENS[0])
    return _R + (x - LENS[0]) * scale, TOP + (y - LENS[1]) * scale


def _lines(text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        lines[-1:] = [longer] if font.getlength(longer) <= width else [lines[-1], word]
    return lines


if __name__ == "__main__":
    shown = card()
    ascent = shown.results["ascent"]
    if not isinstance(ascent, AscentResult) or ascent.ratio is None:
        raise SystemExit("the card has no dreamed picture to compare with photographs")
    save(annotated(shown.figure, ascent.ratio), Path(sys.argv[1]) if sys.argv[1:] else PICTURE)
