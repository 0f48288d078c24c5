"""Records of a report: what its pages are made of, as JSON beside them."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from visualize.intake.fields import (
    WrongValueError,
    items,
    mapping,
    maybe,
    number,
    numeral,
    one_of,
    record,
    text,
    truth,
    whole,
)
from visualize.people.consensus import PeopleName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visualize.intake.fields import Reader

Pairs = tuple[tuple[str, str], ...]

FORMAT = 2
_NAME = text(1, 200)
_WORDS = text(0, 4096)
_KEY = text(0, 64)
_PAIRS = items(items(_WORDS, least=2, most=2), most=10_000)
_FILE = re.compile(r"[\w.@,+=-]+\.webp")
_MARK = re.compile(r"mark-[0-9a-f]{12}\.webp")


def _named(pattern: re.Pattern[str], what: str) -> Reader[str]:
    """Name of a file in the folder of a layer's pictures, and nowhere else."""

    def read(value: object) -> str:
        name = text(1, 200)(value)
        if not pattern.fullmatch(name):
            raise WrongValueError(what, value)
        return name

    return read


def _legend(value: object) -> Pairs:
    """Read marks, each a file and words."""
    mark = _named(_MARK, "the file of a mark")
    return tuple((mark(file), words) for file, words in _PAIRS(value))


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A picture on a page.

    Args:
        file: its name in the folder of its layer's pictures.
        width: pixels.
        height: pixels.
        crc32: checksum of the file.
        caption: lines under it.
        wide: it is a diagram, which keeps its own size.
    """

    file: str
    width: int
    height: int
    crc32: int
    caption: tuple[str, ...] = ()
    wide: bool = False


@dataclass(frozen=True, kw_only=True)
class View:
    """One method's view of one unit.

    Args:
        unit: the unit's number.
        key: digest of all that the view depends on; "" if that is not known, so that it is made anew.
        title: what the method is called.
        shows: one sentence on what the pictures are.
        role: ``"photographs"`` of a set, pictures ``"made"`` from nothing, or ``"explained"`` photographs.
        pictures: of the unit.
        legend: file and words of each mark in the pictures.
        facts: names and values.
        lines: further sentences.
        notes: sentences that a reader must know.
        chosen: places in the set of the photographs, best first.
    """

    unit: int
    key: str
    title: str
    shows: str
    role: str
    pictures: tuple[Shown, ...] = ()
    legend: Pairs = ()
    facts: Pairs = ()
    lines: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    chosen: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Fit:
    """How well a unit fits a concept.

    Args:
        category: of the concept.
        name: the concept's.
        iou: 0..1.
    """

    category: str
    name: str
    iou: float


@dataclass(frozen=True, kw_only=True)
class Activity:
    """Histogram of a unit's activations at every position of every picture.

    Args:
        first: lower edge of the first bin.
        width: of every bin.
        counts: activations in each.
    """

    first: float
    width: float
    counts: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class UnitFacts:
    """Facts of a unit besides its pictures.

    Args:
        unit: its number.
        class_name: of the class that it stands for.
        fits: concepts that it fits best, the best first: ten, or as many as are above the cut.
        threshold: the activation above which its mask lies.
        interval: lower and upper end of the best IoU's 95 % interval; None where that was not measured.
        facts: names and values, as its dissection gives them.
        lines: sentences of the dissection.
        activity: histogram of its activations.
    """

    unit: int
    class_name: str = ""
    fits: tuple[Fit, ...] = ()
    threshold: float | None = None
    interval: tuple[float, ...] | None = None
    facts: Pairs = ()
    lines: tuple[str, ...] = ()
    activity: Activity | None = None


@dataclass(frozen=True, kw_only=True)
class LayerFacts:
    """Facts of a layer, which all its units share.

    Args:
        model: the network's name.
        weights_sha256: of its weights.
        layer: the layer's name.
        about: names and values.
        units: how many it has.
        data: the probe set's name; "" for none.
        fingerprint: the set's.
        pictures: how many it has.
        dissected: whether the units are named by a dissection.
        quantile: the part of all positions that a unit's mask covers.
        cut: the IoU above which a unit is a detector.
        categories: of concepts, in the set's order.
        methods: names of the methods whose views there are, in the order in which they are shown.
        views: how many units each of them shows; older reports do not say.
        notes: sentences that a reader must know.
        options: what names model, layer and set on the command line.
    """

    model: str
    weights_sha256: str
    layer: str
    about: Pairs
    units: int
    data: str = ""
    fingerprint: str = ""
    pictures: int = 0
    dissected: bool = False
    quantile: float = 0.0
    cut: float = 0.04
    categories: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    views: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


def document(item: Any) -> dict[str, Any]:  # noqa: ANN401 (any of the records here)
    """A record for JSON."""
    return dataclasses.asdict(item)


_SHOWN = record(
    {
        "file": _named(_FILE, "the file of a picture"),
        "width": whole(1, 1 << 14),
        "height": whole(1, 1 << 14),
        "crc32": whole(0, (1 << 32) - 1),
        "caption": items(_WORDS, most=20),
        "wide": truth,
    },
    closed=True,
)
_VIEW = record(
    {
        "unit": whole(0, 1 << 20),
        "key": _KEY,
        "title": _NAME,
        "shows": _WORDS,
        "role": one_of(("photographs", "made", "explained")),
        "pictures": items(_SHOWN, most=1000),
        "legend": _legend,
        "facts": _PAIRS,
        "lines": items(_WORDS, most=1000),
        "notes": items(_WORDS, most=1000),
        "chosen": items(whole(0), most=1000),
    },
    closed=True,
)
_FIT = record({"category": _NAME, "name": _NAME, "iou": number(0, 1)}, closed=True)
_ACTIVITY = record(
    {"first": number(), "width": number(0), "counts": items(whole(0), least=1, most=10_000)}, closed=True
)
_UNIT = record(
    {
        "unit": whole(0, 1 << 20),
        "class_name": _WORDS,
        "fits": items(_FIT, most=1_000_000),
        "threshold": maybe(number()),
        "interval": maybe(items(number(0, 1), least=2, most=2)),
        "facts": _PAIRS,
        "lines": items(_WORDS, most=1000),
        "activity": maybe(_ACTIVITY),
    },
    closed=True,
)
_LAYER = record(
    {
        "format": one_of((FORMAT,)),
        "model": _NAME,
        "weights_sha256": text(0, 64),
        "layer": _NAME,
        "about": _PAIRS,
        "units": whole(1, 1 << 20),
        "data": text(0, 200),
        "fingerprint": text(0, 200),
        "pictures": whole(0),
        "dissected": truth,
        "quantile": number(0, 1),
        "cut": number(0, 1),
        "categories": items(_NAME, most=1000),
        "methods": items(_NAME, most=1000),
        "notes": items(_WORDS, most=1000),
        "options": mapping(_WORDS, keys=_NAME, most=100),
    },
    {"views": mapping(whole(0, 1 << 20), keys=_NAME, most=1000)},
    closed=True,
)

_PEOPLE = mapping(
    record(
        {
            "word": text(1, 200),
            "kind": text(0, 200),
            "agreeing": whole(1),
            "people": whole(1),
            "precision": maybe(number(0, 1)),
        },
        closed=True,
    ),
    keys=numeral(0, 1 << 20),
    most=1 << 20,
)


def view(value: object) -> View:
    """Read a view, as :func:`document` gives it."""
    held = _VIEW(value)
    return View(**{**held, "pictures": tuple(Shown(**each) for each in held["pictures"])})


def unit_facts(value: object) -> UnitFacts:
    """Read facts of a unit."""
    held = _UNIT(value)
    activity = held["activity"]
    fits = tuple(Fit(**each) for each in held["fits"])
    return UnitFacts(**{**held, "fits": fits, "activity": None if activity is None else Activity(**activity)})


def layer_facts(value: object) -> LayerFacts:
    """Read facts of a layer."""
    held = _LAYER(value)
    return LayerFacts(**{name: item for name, item in held.items() if name != "format"})


def people(value: object) -> dict[int, PeopleName]:
    """Read names that people gave, by the units' numbers."""
    return {unit: PeopleName(**held) for unit, held in _PEOPLE(value).items()}
