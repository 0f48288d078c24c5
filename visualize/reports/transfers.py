"""Curves of ``viz transfer`` on the index of a report: how much of another task each layer is worth."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visualize.files import ROOT, save_bytes
from visualize.intake import json_text
from visualize.intake.fields import items, maybe, number, record, text
from visualize.methods.drawing.palette import LINES
from visualize.methods.errors import InputError
from visualize.reports.folders import DATA

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence
    from pathlib import Path

    from visualize.reports.wording import Wording

FILE = "transfer.json"
_KEPT = "transfers.json"
_WIDE, _TALL = 100.0, 100.0

_layer = record({"layer": text(1, 200), "score": maybe(number()), "interval": items(maybe(number()), least=2, most=2)})
_network = record({"model": text(1, 200), "layers": items(_layer, least=1, most=10_000)})
_transfer = record(
    {
        "data": text(0, 200),
        "protocol": text(0, 200),
        "measure": text(0, 200),
        "chance": maybe(number()),
        "networks": items(_network, least=1, most=1000),
    }
)


@dataclass(frozen=True)
class Curve:
    """Scores of one network by depth, in a box of 100 x 100.

    Args:
        name: the network's.
        points: of a polyline.
        colour: ``"#rrggbb"``.
        rows: layer, score and interval in words.
    """

    name: str
    points: str
    colour: str
    rows: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Transfer:
    """Scores on one task.

    Args:
        data: the task.
        told: protocol, measure and chance in words.
        chance: height of what chance gives, from the top; None if that is not known.
        curves: of the networks.
    """

    data: str
    told: str
    chance: float | None
    curves: tuple[Curve, ...]


def keep(site: Path, models: Collection[str], wording: Wording, files: Iterable[Path] | None = None) -> None:
    """Keep the scores of some networks with a report.

    Args:
        site: the report's folder.
        models: their names.
        wording: takes paths out of words.
        files: records of ``viz transfer``; by default those in ``viz-out/transfer``. What cannot be read is left aside.
    """
    held = {json.dumps(item, sort_keys=True): item for item in _held(site)}
    for path in sorted(ROOT.glob(f"transfer/*/{FILE}")) if files is None else files:
        try:
            told = _plain(json_text.read(path, _transfer), models, wording)
        except InputError:
            continue
        if told["networks"]:
            held[json.dumps(told, sort_keys=True)] = told
    if held:
        save_bytes(f"{json.dumps([held[key] for key in sorted(held)], indent=1)}\n".encode(), site / DATA / _KEPT)


def share(other: Path, site: Path) -> None:
    """Keep the scores of another report with a report, too."""
    held = {json.dumps(item, sort_keys=True): item for item in (*_held(other), *_held(site))}
    if held:
        save_bytes(f"{json.dumps([held[key] for key in sorted(held)], indent=1)}\n".encode(), site / DATA / _KEPT)


def transfers(site: Path) -> list[Transfer]:
    """Scores that are kept with a report, as curves."""
    return [_drawn(item) for item in _held(site)]


def _held(site: Path) -> list[dict[str, Any]]:
    if not (site / DATA / _KEPT).is_file():
        return []
    return list(json_text.read(site / DATA / _KEPT, items(_transfer, most=10_000)))


def _plain(told: dict[str, Any], models: Collection[str], wording: Wording) -> dict[str, Any]:
    """The parts of a record that curves are made of."""
    networks = [
        {
            "model": wording.name(network["model"]),
            "layers": [
                {"layer": item["layer"], "score": item["score"], "interval": list(item["interval"])}
                for item in network["layers"]
            ],
        }
        for network in told["networks"]
    ]
    return {
        "data": wording.name(told["data"]),
        **{name: told[name] for name in ("protocol", "measure", "chance")},
        "networks": [network for network in networks if network["model"] in models],
    }


def _drawn(told: dict[str, Any]) -> Transfer:
    chance = "" if told["chance"] is None else f"; chance is {told['chance']:.3f}, the dashed line"
    return Transfer(
        told["data"],
        f"{told['measure']} of the protocol {told['protocol']}, by depth{chance}",
        None if told["chance"] is None else _height(told["chance"]),
        tuple(_curve(network, LINES[place % len(LINES)]) for place, network in enumerate(told["networks"])),
    )


def _curve(network: dict[str, Any], colour: str) -> Curve:
    layers = network["layers"]
    step = _WIDE / max(1, len(layers) - 1)
    points = [f"{place * step:.2f},{_height(item['score']):.2f}" for place, item in _known(layers)]
    rows = [
        (item["layer"], "-" if item["score"] is None else f"{item['score']:.3f}", _interval(item["interval"]))
        for item in layers
    ]
    return Curve(network["model"], " ".join(points), colour, tuple(rows))


def _known(layers: Sequence[dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
    return [(place, item) for place, item in enumerate(layers) if item["score"] is not None]


def _interval(interval: Sequence[float | None]) -> str:
    low, high = interval
    return "" if low is None or high is None else f"{low:.3f} to {high:.3f}"


def _height(score: float) -> float:
    """Distance of a score in 0..1 from the top."""
    return _TALL * (1 - min(1.0, max(0.0, score)))
