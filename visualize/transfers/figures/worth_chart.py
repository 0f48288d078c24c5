"""The chart of a measurement: scores by depth for every network, and the legend under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from visualize.figures import style
from visualize.figures.boxes import Block, Box, Fill, Print, beside, line, stack
from visualize.methods.drawing import palette
from visualize.transfers.figures.depth_chart import Curve, depth_chart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.transfers.records import LayerWorth, Measurement, NetworkWorth

_TALL = 420  # pixels, of the chart
_APART = 5.0  # pixels between networks at a layer
_ACROSS = 4  # names in a line of the legend


def worth_block(worth: Measurement, width: int) -> Block:
    """Scores by depth, with a legend under them.

    Where all networks have the same layers, their names stand under the chart; where all began as the same untrained
    network, it is drawn once.

    Args:
        worth: the measurement.
        width: pixels.
    """
    networks = worth.networks
    layers, began = _shared_layers(networks), _shared_twin(networks)
    curves = []
    for number, network in enumerate(networks):
        shift = _APART * (number - (len(networks) - 1) / 2)
        curves.append(Curve(_spots(network.layers), colour_of(number), shift=shift))
        if network.twin is not None and began is None:
            curves.append(Curve(_spots(network.twin.layers), colour_of(number), dashed=True, shift=shift))
        shuffled = [(item.shuffled, None, None) for item in network.layers if item.shuffled is not None]
        curves.append(Curve(shuffled, colour_of(number), dots=True, shift=shift))
    if began is not None:
        curves.append(Curve(_spots(began.layers), palette.TEXT, dashed=True))
    picture = depth_chart(curves, chance=worth.chance, width=width, height=_TALL, names=layers)
    title = line(f"{worth.measure} by depth, with 95 % intervals", size=style.TITLE, colour=palette.INK)
    shown = Block(width, _TALL, (Print(Box(0, 0, width, _TALL), picture),))
    dashed = "the same network before any training" if began is None else "before any training, as all of them began"
    said = f"Dashed: {dashed}. Dots: learnt from shuffled labels. Grey: chance."
    legend = _names(networks, width) if layers else _paths(networks, width)
    return stack([title, shown, legend, line(said, size=style.CAPTION, colour=palette.QUIET, width=width)], 8)


def colour_of(number: int) -> str:
    """The colour of a network, by its place."""
    return palette.LINES[number % len(palette.LINES)]


def _spots(layers: Sequence[LayerWorth]) -> list[tuple[float | None, float | None, float | None]]:
    return [(item.score, item.low, item.high) for item in layers]


def _shared_layers(networks: Sequence[NetworkWorth]) -> tuple[str, ...]:
    """Names of the layers, where several networks have the same ones; else none."""
    names = {tuple(item.layer for item in network.layers) for network in networks}
    return names.pop() if len(names) == 1 and len(networks) > 1 else ()


def _shared_twin(networks: Sequence[NetworkWorth]) -> NetworkWorth | None:
    """The untrained network that several networks began as; None where each has its own."""
    twins = [network.twin for network in networks if network.twin is not None]
    if len(networks) < 2 or len(twins) < len(networks):
        return None
    scores = {tuple((item.layer, item.score) for item in twin.layers) for twin in twins}
    return twins[0] if len(scores) == 1 else None


def _mark(number: int, words: Block) -> Block:
    return beside([Block(30, 18, (Fill(Box(0, 8, 24, 3), colour_of(number)),)), words], 4)


def _names(networks: Sequence[NetworkWorth], width: int) -> Block:
    """Names alone, several in a line."""
    each = width // _ACROSS
    entries = []
    for number, network in enumerate(networks):
        words = line(network.model, size=style.CAPTION, colour=palette.TEXT, width=each - 50)
        entries.append(_mark(number, words).at_least(each))
    return stack([beside(entries[start : start + _ACROSS]) for start in range(0, len(entries), _ACROSS)], 2)


def _paths(networks: Sequence[NetworkWorth], width: int) -> Block:
    """Names with the layers from the first to the last, a line each; of too many layers the ends alone."""
    lines = []
    for number, network in enumerate(networks):
        names = " > ".join(item.layer for item in network.layers)
        entry = _mark(number, line(f"{network.model}: {names}", size=style.CAPTION, colour=palette.TEXT))
        if entry.width > width:
            first, last = network.layers[0].layer, network.layers[-1].layer
            ends = f"{network.model}: {first} > ... {len(network.layers)} layers ... > {last}"
            entry = _mark(number, line(ends, size=style.CAPTION, colour=palette.TEXT, width=width - 40))
        lines.append(entry)
    return stack(lines, 2)
