"""The figure of a prediction: the photograph, where the best class was seen in it, and the classes with their bars."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING

from visualize.figures import style
from visualize.figures.boxes import Block, Box, Fill, Print, beside, line, paragraph, rule, stack
from visualize.figures.figure import Figure
from visualize.methods.drawing import palette
from visualize.methods.drawing.overlay import Overlay

if TYPE_CHECKING:
    from visualize.methods.drawing.panel import Picture
    from visualize.prediction.category import Category
    from visualize.prediction.prediction import Prediction


_SIDE = 330  # pixels that a picture is wide
_BARS = 420  # pixels for the classes
_BAR = 8
_WORDS = {
    "class activation map": "the brighter, the more (class activation map, Zhou et al. 2016).",
    "Grad-CAM": "the brighter, the more (Grad-CAM, Selvaraju et al. 2017).",
}
OVERLAY = Overlay(opacity=0.6, blur=0)
"""Way in which the map of a class lies over its photograph."""


def prediction_figure(prediction: Prediction, model: str, overlay: Overlay = OVERLAY) -> Figure:
    """Draw a prediction.

    Args:
        prediction: the prediction to draw.
        model: the model's name, for the head.
        overlay: how the map of the best class lies over the photograph.
    """
    best = prediction.categories[0]
    seen = _picture(prediction.picture, "The photograph as the network sees it.")
    parts = [seen, _classes(prediction)]
    if prediction.map is not None:
        height, width = prediction.picture.shape[:2]
        heat = overlay.over(prediction.picture, prediction.map.over((height, width)))
        parts.insert(1, _picture(heat, f"Where the evidence for {best.name} lies: {_WORDS[prediction.map.method]}"))
    body = beside(parts, style.GAP * 2)
    wide = body.width + 2 * style.MARGIN
    head = stack(
        [
            line(model, size=style.BODY + 2, colour=palette.ACCENT, width=body.width),
            line(PurePath(prediction.file).name, size=style.TITLE, colour=palette.INK, width=body.width),
        ],
        3,
    ).at_least(body.width)
    parts = [head.padded(style.MARGIN, 18).on(palette.TINT), rule(wide), body.padded(style.MARGIN, 24)]
    return Figure(stack(parts).at_least(wide))


def _picture(values: Picture, words: str) -> Block:
    tall, wide = values.shape[:2]
    box = Box(0, 0, _SIDE, max(1, round(_SIDE * tall / wide)))
    shown = Block(box.width, box.height, (Print(box, values),))
    return stack([shown, paragraph(words, _SIDE, size=style.CAPTION, colours=[palette.QUIET])], 8).at_least(_SIDE)


def _classes(prediction: Prediction) -> Block:
    """Indoor or outdoor, then a bar for each class."""
    parts = []
    if prediction.kind is not None:
        votes = prediction.outdoor_votes or 0
        voices = votes if prediction.kind == "outdoor" else 10 - votes
        parts.append(line(f"Type: {prediction.kind}", size=style.TITLE, colour=palette.INK, width=_BARS))
        parts.append(
            line(f"so say {voices} of the ten likeliest classes", size=style.CAPTION, colour=palette.QUIET, width=_BARS)
        )
        parts.append(Block(0, 8))
    if (without := prediction.without) is None:
        return stack([*parts, *(_bar(category) for category in prediction.categories)], 6).at_least(_BARS)
    best = without.likeliest[0]
    told = (
        f"Grey: with {without.name} switched off (activation 0). Then {best.name} is likeliest, {best.probability:.1%}."
    )
    bars = [_bar(*both) for both in zip(prediction.categories, without.categories, strict=True)]
    key = paragraph(told, _BARS, size=style.CAPTION, colours=[palette.QUIET])
    return stack([*parts, key, Block(0, 4), *bars], 6).at_least(_BARS)


def _bar(category: Category, after: Category | None = None) -> Block:
    """Name and probability of a class over its bar, and a grey bar of the same class without some units."""
    share = f"{category.probability:.1%}" + ("" if after is None else f", then {after.probability:.1%}")
    number = line(share, size=style.BODY, colour=palette.INK)
    name = line(category.name, size=style.BODY, colour=palette.INK, width=_BARS - number.width - style.GAP)
    words = Block(
        _BARS,
        max(name.height, number.height),
        (*name.items, *number.moved(_BARS - number.width, 0)),
    )
    bars = [_share(category.probability, palette.ACCENT)]
    bars += [] if after is None else [_share(after.probability, palette.QUIET)]
    return stack([words, *bars], 2)


def _share(share: float, colour: str) -> Block:
    length = max(2, round(_BARS * share))
    return Block(_BARS, _BAR, (Fill(Box(0, 0, _BARS, _BAR), palette.RULE), Fill(Box(0, 0, length, _BAR), colour)))
