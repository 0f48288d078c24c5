"""Curves of ``viz transfer`` on the index of a report: how much of another task each layer is worth."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visualize.files import ROOT, save_bytes
from visualize.intake import json_text
from visualize.intake.fields import checked, items, maybe, number, record, text
from visualize.intake.json_seals import sealed, unsealed
from visualize.methods.drawing.palette import LINES
from visualize.methods.errors import InputError, InputWarning
from visualize.reports.folders import DATA

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
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


def keep(site: Path, models: Collection[str], wording: Wording, files: Sequence[Path] | None = None) -> None:
    """Keep the scores of some networks with a report.

    Args:
        site: the report's folder.
        models: their names.
        wording: takes paths out of words.
        files: records of ``viz transfer``; by default those in ``viz-out/transfer``, of which what cannot be read is
            left aside, as a warning says.

    Raises:
        InputError: one of the files that are given cannot be read.
    """
    told = scores(files) if files is not None else list(_at_hand())
    plain = [_plain(item, models, wording) for item in told]
    _save(site, [*held_scores(site), *(item for item in plain if item["networks"])])


def scores(files: Sequence[Path]) -> list[dict[str, Any]]:
    """The records in some files of ``viz transfer``.

    Raises:
        InputError: one cannot be read, or is damaged.
    """
    return [checked(unsealed(json_text.load(file), str(file), needed=False), _transfer, str(file)) for file in files]


def _at_hand() -> Iterator[dict[str, Any]]:
    for path in sorted(ROOT.glob(f"transfer/*/{FILE}")):
        try:
            yield from scores([path])
        except InputError as fault:
            warnings.warn(f"scores of features are left aside: {fault}", InputWarning, stacklevel=2)


def share(theirs: Sequence[Mapping[str, Any]], site: Path) -> None:
    """Keep the scores of another report with a report, too."""
    _save(site, [*theirs, *held_scores(site)])


def transfers(site: Path) -> list[Transfer]:
    """Scores that are kept with a report, as curves."""
    return [_drawn(item) for item in held_scores(site)]


def held_scores(site: Path) -> list[dict[str, Any]]:
    """Scores that are kept with a report.

    Raises:
        InputError: their file is damaged.
    """
    path = site / DATA / _KEPT
    if not path.is_symlink() and not path.exists():
        return []
    several = checked(json_text.load(path), items(record({}), most=10_000), str(path))
    return [checked(unsealed(item, str(path)), _transfer, str(path)) for item in several]


def _save(site: Path, told: Sequence[Mapping[str, Any]]) -> None:
    """Write scores, each once."""
    held = {json.dumps(item, sort_keys=True): sealed(item) for item in told}
    if held:
        save_bytes(f"{json.dumps([held[key] for key in sorted(held)], indent=1)}\n".encode(), site / DATA / _KEPT)


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
