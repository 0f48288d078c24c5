"""Subjects of the pages of a site: layers, their units, the concepts that these detect, and networks side by side."""

from __future__ import annotations

import functools
import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from visualize.figures.categories import category_colours
from visualize.pages.names import slug
from visualize.reports.folders import LayerFolder, layer_folders

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from visualize.people.consensus import PeopleName
    from visualize.reports.records import Fit, LayerFacts, Shown, UnitFacts, View

Concept = tuple[str, str]
"""Category and name."""

_PHOTOGRAPHS, _MADE = 3, 1  # pictures of a unit's card
_BEST = 6  # units of a layer that the index shows
_COLOURLESS = "#6b7685"


@dataclass(eq=False)
class SiteUnit:
    """A unit as pages show it.

    Args:
        layer: its layer.
        facts: of it.
        views: by the methods' names, in the order in which they are shown.
        people: what people call it.
    """

    layer: SiteLayer
    facts: UnitFacts
    views: Mapping[str, View]
    people: PeopleName | None = None

    @property
    def number(self) -> int:
        """The unit's number."""
        return self.facts.unit

    @property
    def page(self) -> str:
        """Path of the page, from the site's root."""
        return f"units/{self.layer.folder.name}/{self.number}.html"

    @property
    def best(self) -> Fit | None:
        """The concept that fits best, if any does."""
        return self.facts.fits[0] if self.facts.fits else None

    @property
    def label(self) -> str:
        """Name of that concept; "" without one."""
        return self.best.name if self.best else ""

    @property
    def category(self) -> str:
        """Category of that concept."""
        return self.best.category if self.best else ""

    @property
    def iou(self) -> float:
        """IoU with that concept."""
        return self.best.iou if self.best else 0.0

    @property
    def detector(self) -> bool:
        """Whether that IoU is above the cut."""
        return self.best is not None and self.best.iou > self.layer.facts.cut

    @property
    def colour(self) -> str:
        """Colour of the category."""
        return self.layer.colours.get(self.category, _COLOURLESS)

    @property
    def concept_page(self) -> str:
        """Page of its concept."""
        return concept_page((self.category, self.label))

    @property
    def detects(self) -> tuple[Fit, ...]:
        """Every concept that it fits above the cut."""
        return tuple(fit for fit in self.facts.fits if fit.iou > self.layer.facts.cut)

    @property
    def text(self) -> str:
        """Words by which it is found: its own name, what people call it, and the concepts that it detects."""
        called = self.people.word if self.people else ""
        words = [self.label, self.category, self.facts.class_name, called, *(fit.name for fit in self.detects)]
        return " ".join(dict.fromkeys(filter(None, words)))

    @property
    def strip(self) -> list[tuple[str, Shown]]:
        """Pictures of its card: its best photographs, and one that was made; with words for who does not see them."""
        many = {"photographs": _PHOTOGRAPHS, "made": _MADE}
        shown = []
        for role, most in many.items():
            view = next((view for view in self.views.values() if view.role == role), None)
            pictures = [picture for picture in view.pictures if not picture.wide] if view else []
            shown += [(self.alt(view, picture), picture) for picture in pictures[:most] if view]
        return shown

    def alt(self, view: View, shown: Shown) -> str:
        """Words for a picture."""
        said = ", ".join(shown.caption) or ("a diagram" if shown.wide else "a picture")
        return f"{view.title} of unit {self.number}: {said}"


@dataclass(eq=False)
class SiteLayer:
    """A layer as pages show it.

    Args:
        folder: of its records and pictures.
        facts: of it.
        units: in the order of their numbers.
        colours: of categories.
    """

    folder: LayerFolder
    facts: LayerFacts
    units: list[SiteUnit] = field(default_factory=list)
    colours: Mapping[str, str] = field(default_factory=dict)

    @property
    def page(self) -> str:
        """Path of the page, from the site's root."""
        return f"layers/{self.folder.name}.html"

    @property
    def name(self) -> str:
        """Network and layer."""
        return f"{self.facts.model} {self.facts.layer}"

    @functools.cached_property
    def ordered(self) -> list[SiteUnit]:
        """Units by their IoU, the best first; of a layer that was not dissected, by number."""
        return sorted(self.units, key=lambda unit: (-unit.iou, unit.number))

    @property
    def best(self) -> list[SiteUnit]:
        """A few units for the index, each of another concept."""
        several: dict[str, SiteUnit] = {}
        for unit in self.ordered:
            several.setdefault(unit.label or str(unit.number), unit)
        return list(several.values())[:_BEST]

    @property
    def counted(self) -> Counter[Concept]:
        """Detectors by the concept that each is called by."""
        return Counter((unit.category, unit.label) for unit in self.units if unit.detector)

    @property
    def detectors(self) -> int:
        """How many units are detectors."""
        return self.counted.total()

    @property
    def unique(self) -> int:
        """How many concepts they detect."""
        return len(self.counted)

    @property
    def by_category(self) -> dict[str, int]:
        """Detectors by category."""
        counts: Counter[str] = Counter()
        for (category, _), many in self.counted.items():
            counts[category] += many
        return dict(counts)

    @property
    def concepts_by_category(self) -> dict[str, int]:
        """Unique concepts by category."""
        return dict(Counter(category for category, _ in self.counted))


@dataclass(frozen=True, eq=False)
class SiteConcept:
    """A concept with the units that detect it.

    Args:
        category: its category.
        name: its name.
        fits: units with their fits, the best first.
    """

    category: str
    name: str
    fits: tuple[tuple[SiteUnit, Fit], ...]

    @property
    def page(self) -> str:
        """Path of the page, from the site's root."""
        return concept_page((self.category, self.name))


@dataclass(frozen=True, eq=False)
class Site:
    """All that the pages of a site speak of.

    Args:
        folder: of the site.
        layers: those that can be read, by network and then in the network's order.
    """

    folder: Path
    layers: tuple[SiteLayer, ...]

    @classmethod
    def read(cls, folder: Path) -> Site:
        """Read the records of a site."""
        layers = [_read(place) for place in layer_folders(folder)]
        categories = dict.fromkeys(fit.category for layer in layers for unit in layer.units for fit in unit.facts.fits)
        stated = dict.fromkeys(name for layer in layers for name in layer.facts.categories)
        colours = category_colours([*stated, *(name for name in categories if name not in stated)])
        for layer in layers:
            layer.colours = {name: colour for name, colour in colours.items() if name in categories}
        return cls(folder, tuple(sorted(layers, key=lambda layer: (layer.facts.model, _natural(layer.facts.layer)))))

    @property
    def colours(self) -> Mapping[str, str]:
        """Colours of the categories that occur."""
        return self.layers[0].colours if self.layers else {}

    @functools.cached_property
    def networks(self) -> dict[str, list[SiteLayer]]:
        """Layers by network."""
        by_model: dict[str, list[SiteLayer]] = {}
        for layer in self.layers:
            by_model.setdefault(layer.facts.model, []).append(layer)
        return by_model

    @functools.cached_property
    def concepts(self) -> dict[Concept, SiteConcept]:
        """Concepts with their detectors; those of one category together, by name."""
        held: dict[Concept, list[tuple[SiteUnit, Fit]]] = defaultdict(list)
        for layer in self.layers:
            for unit in layer.units:
                for fit in unit.detects:
                    held[fit.category, fit.name].append((unit, fit))
        order = list(self.colours)
        keys = sorted(held, key=lambda key: (order.index(key[0]), key[1].casefold(), key[1]))
        return {key: SiteConcept(*key, tuple(sorted(held[key], key=lambda item: -item[1].iou))) for key in keys}

    @functools.cached_property
    def _named(self) -> dict[Concept, list[SiteUnit]]:
        named: dict[Concept, list[SiteUnit]] = defaultdict(list)
        for layer in self.layers:
            for unit in layer.units:
                if unit.detector:
                    named[unit.category, unit.label].append(unit)
        return {key: sorted(units, key=lambda unit: -unit.iou) for key, units in named.items()}

    def kin(self, unit: SiteUnit) -> list[SiteUnit]:
        """Other units that bear the same name, of other layers and networks first, then the best first."""
        others = self._named.get((unit.category, unit.label), []) if unit.detector else []
        return sorted((other for other in others if other is not unit), key=lambda other: other.layer is unit.layer)

    @property
    def sides(self) -> list[tuple[Side, Side]]:
        """Networks two by two; of a single network, its layers."""
        if len(self.networks) > 1:
            sides = [Side(model, tuple(layers)) for model, layers in self.networks.items()]
        else:
            sides = [Side(layer.name, (layer,)) for layer in self.layers]
        known = [side for side in sides if any(layer.facts.dissected for layer in side.layers)]
        return list(itertools.combinations(known[:_SIDES], 2))


_SIDES = 8  # networks that are put side by side, two by two


@dataclass(frozen=True, eq=False)
class Side:
    """One side of two: a network, or a layer.

    Args:
        name: what it is called.
        layers: of it.
    """

    name: str
    layers: tuple[SiteLayer, ...]

    @functools.cached_property
    def bests(self) -> dict[Concept, tuple[SiteUnit, Fit]]:
        """The unit that fits each concept best, of those that detect it."""
        best: dict[Concept, tuple[SiteUnit, Fit]] = {}
        for unit in (unit for layer in self.layers for unit in layer.units):
            for fit in unit.detects:
                key = (fit.category, fit.name)
                if key not in best or fit.iou > best[key][1].iou:
                    best[key] = (unit, fit)
        return best

    @property
    def counted(self) -> Counter[Concept]:
        """Units that detect each concept."""
        return Counter(
            (fit.category, fit.name) for layer in self.layers for unit in layer.units for fit in unit.detects
        )


def concept_page(concept: Concept) -> str:
    """Page of a concept, from the site's root."""
    return f"concepts/{slug(*concept)}.html"


def _read(folder: LayerFolder) -> SiteLayer:
    content = folder.content()
    layer = SiteLayer(folder, content.facts)
    layer.units = [
        SiteUnit(
            layer,
            facts,
            {name: held[number] for name, held in content.views.items() if number in held},
            content.people.get(number),
        )
        for number, facts in sorted(content.units.items())
    ]
    return layer


def _natural(name: str) -> Sequence[tuple[int, int, str]]:
    """A key by which conv10 comes after conv9."""
    parts = ["".join(run) for _, run in itertools.groupby(name, str.isdecimal)]
    return [(1, int(part), "") if part.isdecimal() and part.isascii() else (0, 0, part) for part in parts]
