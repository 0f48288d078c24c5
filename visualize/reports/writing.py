"""Writing the pages of a site, and taking away those whose subject is gone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visualize.files import save_bytes, sweep
from visualize.methods.drawing.legend import CONCEPT, FURTHER, OWN
from visualize.methods.phrases import listed
from visualize.pages.charts import bars, histogram
from visualize.pages.environment import rendered, static
from visualize.pages.names import slug
from visualize.reports.transfers import transfers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from visualize.methods.progress import Progress
    from visualize.reports.records import Fit
    from visualize.reports.site import Concept, Side, Site, SiteConcept, SiteLayer, SiteUnit

INDEX = "index.html"
_STATIC = ("report.css", "report.js", "icon.svg")
_KIN = 24  # units of the same name that a unit's page shows
_HOME: tuple[str, str] = (INDEX, "Report")


def write_pages(site: Site, progress: Progress) -> Path:
    """Write every page of a site; one that is there already as it should be is left alone.

    Args:
        site: what the pages speak of.
        progress: told how many pages are written.

    Returns:
        the path of the index.
    """
    writing = _Writing(site)
    total = writing.total
    written = set()
    for name in _STATIC:
        _save(static(name), site.folder / "static" / name)
    for done, (path, text) in enumerate(writing.pages(), 1):
        _save(text.encode("utf-8", "replace"), site.folder / path)
        written.add(path)
        progress(min(done, total), total)
    _take_away(site.folder, written)
    return site.folder / INDEX


def _save(content: bytes, path: Path) -> None:
    if not (path.is_file() and path.read_bytes() == content):
        save_bytes(content, path)


def _take_away(folder: Path, written: set[str]) -> None:
    """Remove pages of what the site does not speak of any more, and what a killed process left."""
    for kind in ("layers", "concepts", "pairs", "units/*"):
        for path in folder.glob(f"{kind}/*.html"):
            if path.relative_to(folder).as_posix() not in written:
                path.unlink(missing_ok=True)
    for place in (folder, *folder.glob("*"), *folder.glob("*/*")):
        if place.is_dir():
            sweep(place)


@dataclass(frozen=True)
class Pair:
    """Two sides with what both detect, and what only one does.

    Args:
        left: a network or layer.
        right: another.
    """

    left: Side
    right: Side

    @property
    def page(self) -> str:
        """Path of the page, from the site's root."""
        return f"pairs/{slug(self.left.name, self.right.name)}.html"

    @property
    def title(self) -> str:
        """Both names."""
        return f"{self.left.name} beside {self.right.name}"

    @property
    def warning(self) -> str:
        """Sentence on numbers that are no match for one another; "" where they are."""
        sets = dict.fromkeys(layer.facts.data for side in (self.left, self.right) for layer in side.layers)
        if len(sets) < 2:
            return ""
        return (
            f"Not on the same photographs ({', '.join(sets)}): a set with more concepts gives more detectors, so "
            f"compare counts with care."
        )


@dataclass(frozen=True)
class _Row:
    concept: SiteConcept
    left: SiteUnit
    left_fit: Fit
    right: SiteUnit
    right_fit: Fit


class _Writing:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._pairs = [Pair(*sides) for sides in site.sides]

    @property
    def total(self) -> int:
        """How many pages there are."""
        units = sum(len(layer.units) for layer in self._site.layers)
        return 1 + len(self._site.layers) + units + len(self._site.concepts) + len(self._pairs)

    def pages(self) -> Iterator[tuple[str, str]]:
        """Path, from the site's root, and content of every page."""
        for layer in self._site.layers:
            yield layer.page, self._layer(layer)
            for place, unit in enumerate(layer.units):
                yield unit.page, self._unit(layer, unit, place)
        for concept in self._site.concepts.values():
            yield concept.page, self._concept(concept)
        for pair in self._pairs:
            yield pair.page, self._pair(pair)
        yield INDEX, self._index()

    def _index(self) -> str:
        layers = self._site.layers
        dissected = [layer for layer in layers if layer.facts.dissected]
        sets = list(dict.fromkeys(layer.facts.data for layer in layers if layer.facts.data))
        names = list(self._site.networks)
        units = sum(len(layer.units) for layer in layers)
        shown = f"{units} units of {listed(names)}" + (f", on {listed(sets)}" if sets else "")
        return rendered(
            "index.html",
            root="",
            title=listed(names) if len(names) < 4 else f"{len(names)} networks",
            lead=f"What does each unit look for? {shown}.",
            crumbs=[("", "Report")],
            networks=[{"name": name, "layers": held} for name, held in self._site.networks.items()],
            detectors=bars([(layer.name, layer.by_category) for layer in dissected], self._site.colours),
            concepts_bars=bars([(layer.name, layer.concepts_by_category) for layer in dissected], self._site.colours),
            cuts=listed(sorted({f"{layer.facts.cut:g}" for layer in dissected})),
            colours=self._site.colours,
            pairs=self._pairs,
            concepts=list(self._site.concepts.values()),
            transfers=transfers(self._site.folder),
        )

    def _layer(self, layer: SiteLayer) -> str:
        named = sorted(layer.counted.items(), key=lambda item: (item[0][1].casefold(), item[0]))
        return rendered(
            "layer.html",
            root="../",
            title=f"{layer.facts.layer} of {layer.facts.model}",
            crumbs=[_HOME, ("", layer.name)],
            layer=layer,
            about=_about(layer),
            bars=bars([(layer.facts.layer, layer.by_category)], layer.colours),
            colours={name: colour for name, colour in layer.colours.items() if name in _categories(layer)},
            names=[(name, many) for (_, name), many in named],
            units=layer.ordered,
            legend=_marks(layer),
        )

    def _unit(self, layer: SiteLayer, unit: SiteUnit, place: int) -> str:
        before = layer.units[place - 1].number if place else None
        after = layer.units[place + 1].number if place + 1 < len(layer.units) else None
        kin, activity = self._site.kin(unit), unit.facts.activity
        drawn = None
        if activity is not None:
            drawn = histogram(activity.counts, activity.first, activity.width, unit.facts.threshold)
        return rendered(
            "unit.html",
            root="../../",
            title=f"Unit {unit.number}{f', {unit.label}' if unit.detector else ''}: {layer.name}",
            crumbs=[_HOME, (layer.page, layer.name), ("", f"unit {unit.number}")],
            layer=layer,
            unit=_Detail(unit, self._site.concepts),
            photographs=[view for view in unit.views.values() if view.role == "photographs"],
            others=[view for view in unit.views.values() if view.role != "photographs"],
            before=before,
            after=after,
            kin=kin[:_KIN],
            more=len(kin) > _KIN,
            drawn=drawn,
            about=_about(layer),
            colours=self._site.colours,
            command=_command(layer, unit),
        )

    def _concept(self, concept: SiteConcept) -> str:
        layers = list(dict.fromkeys(unit.layer.name for unit, _ in concept.fits))
        return rendered(
            "concept.html",
            root="../",
            title=f"{concept.name} ({concept.category})",
            crumbs=[_HOME, ("", concept.name)],
            concept=concept,
            places=listed(layers) if len(layers) < 6 else f"{len(layers)} layers",
            colour=self._site.colours[concept.category],
        )

    def _pair(self, pair: Pair) -> str:
        left, right, concepts = pair.left.bests, pair.right.bests, self._site.concepts
        shared = [_Row(concepts[key], *left[key], *right[key]) for key in left if key in right]
        shared.sort(key=lambda row: -min(row.left_fit.iou, row.right_fit.iou))
        sides = (pair.left, pair.right)
        rows = [(layer.name, layer) for side in sides for layer in side.layers]
        return rendered(
            "pair.html",
            root="../",
            title=pair.title,
            crumbs=[_HOME, ("", pair.title)],
            pair={
                "left": pair.left,
                "right": pair.right,
                "warning": pair.warning,
                "shared": shared,
                "only_left": self._only(pair.left, pair.right),
                "only_right": self._only(pair.right, pair.left),
            },
            detectors=bars([(name, layer.by_category) for name, layer in rows], self._site.colours),
            concepts_bars=bars([(name, layer.concepts_by_category) for name, layer in rows], self._site.colours),
            colours=self._site.colours,
        )

    def _only(self, side: Side, other: Side) -> list[tuple[SiteConcept, int]]:
        """Concepts that one side alone detects, those of most units first."""
        items = [(self._site.concepts[key], many) for key, many in side.counted.items() if key not in other.bests]
        return sorted(items, key=lambda item: (-item[1], item[0].name))


@dataclass(frozen=True)
class _Detail:
    """A unit as its own page shows it: its fits with the pages of their concepts."""

    unit: SiteUnit
    concepts: Mapping[Concept, SiteConcept]

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 (whatever the unit has)
        return getattr(self.unit, name)

    @property
    def fits(self) -> list[tuple[Fit, str]]:
        """The ten best, each with the page of its concept, if it has one."""
        held = [(fit, self.concepts.get((fit.category, fit.name))) for fit in self.unit.facts.fits[:10]]
        return [(fit, concept.page if concept else "") for fit, concept in held]

    @property
    def longest(self) -> float:
        """The largest IoU."""
        return max(self.unit.iou, 1e-9)


def _about(layer: SiteLayer) -> list[tuple[str, str]]:
    facts = layer.facts
    about = [("Network", facts.model), *(pair for pair in facts.about if pair != ("Layer", facts.layer))]
    if facts.data:
        about.append(("Pictures", f"{facts.data} ({facts.pictures})"))
    return about


def _categories(layer: SiteLayer) -> set[str]:
    return {unit.category for unit in layer.units}


def _marks(layer: SiteLayer) -> list[tuple[str, str]]:
    """File and words of each mark in the photographs of a layer; what names a unit's concept stands for all of them."""
    views = (view for unit in layer.units for view in unit.views.values() if view.role == "photographs")
    marks: dict[str, str] = {}
    for file, words in (mark for view in views for mark in view.legend):
        marks.setdefault(file, words if CONCEPT not in words else _own(marks))
    return list(marks.items())


def _own(marks: Mapping[str, str]) -> str:
    """Words for a line around a concept: the first is of the unit's own, further ones are of others in its name."""
    return FURTHER if OWN in marks.values() else OWN


def _command(layer: SiteLayer, unit: SiteUnit) -> str:
    """The command that draws the unit's card."""
    options = layer.facts.options
    words = ["viz", "unit", "--model", options.get("model") or layer.facts.model, "--layer", layer.facts.layer]
    words += ["--unit", str(unit.number)]
    words += ["--images", options["images"]] if options.get("images") else []
    return " ".join(map(_quoted, words))


def _quoted(word: str) -> str:
    from shlex import quote

    return quote(word)
