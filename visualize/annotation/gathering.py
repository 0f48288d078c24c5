"""Pictures that people are asked about: those of a report, or made as ``viz report`` makes them."""

from __future__ import annotations

import dataclasses
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visualize.annotation.questions import Subject
from visualize.annotation.records import Shown
from visualize.data.segmenters.names import named_by_a_record, note_set
from visualize.methods.errors import InputError, InputWarning
from visualize.models.recorded import require_recorded
from visualize.reports.folders import LayerFolder, is_report, layer_folders
from visualize.reports.site import Site

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from visualize.reports.records import View
    from visualize.reports.site import SiteLayer, SiteUnit
    from visualize.watch import Watch

FOLDER = "annotation"
"""Name of the folder, in that of the results, where answers go and pictures that are made for people to see."""
FILE = "answers.sqlite"
_CHOOSES = "top"
_FEW = 6  # marks that all pictures of a layer share
_MARKED = " is labelled"  # how a legend words the outline of the concept that a dissection found


@dataclass(frozen=True)
class Gathered:
    """Layers of a report whose units have pictures to be asked about.

    Args:
        site: the report, with records and pictures.
    """

    site: Site

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Units that have pictures."""
        return tuple(
            Subject(layer=layer.folder.name, unit=unit.number, pictures=pictures, label=unit.label)
            for layer in self.site.layers
            for unit in layer.units
            if (pictures := _pictures(unit))
        )

    def legend(self, layer: str) -> tuple[tuple[str, str], ...]:
        """File and words of each mark in a layer's pictures, but for those that would tell what was measured."""
        held = [item for item in self.site.layers if item.folder.name == layer]
        views = [view for item in held for unit in item.units if (view := _photographs(unit)) is not None]
        marks = dict.fromkeys(mark for view in views for mark in view.legend if _MARKED not in mark[1])
        return tuple(marks) if len(marks) <= _FEW else ()

    def picture(self, layer: str, file: str) -> Path:
        """Path of a picture."""
        return LayerFolder(self.site.folder, layer).pictures / file

    def chosen(
        self, layers: Iterable[str] = (), units: str | None = None, count: int | None = None
    ) -> tuple[Subject, ...]:
        """Units of some layers, and of these some by number.

        Args:
            layers: their names in the network; none for all.
            units: such as ``"3,79,100-104"``; None for all.
            count: pictures of each, the best; None for all.

        Raises:
            InputError: there are none.
        """
        wanted = tuple(layers)
        known = {layer.folder.name: layer.facts.layer for layer in self.site.layers}
        if missing := [name for name in wanted if name not in known.values()]:
            raise InputError(f"there are no pictures of layer {missing[0]}; there are {', '.join(known.values())}")
        ranges = None if units is None else _ranges(units)
        subjects = tuple(
            dataclasses.replace(subject, pictures=subject.pictures[:count])
            for subject in self.subjects
            if (not wanted or known[subject.layer] in wanted)
            and (ranges is None or any(subject.unit in numbers for numbers in ranges))
        )
        if not subjects:
            raise InputError("none of the units that are asked for has pictures; give others with --layer and --unit")
        return subjects


def answers_file(folder: Path) -> Path:
    """Where the answers on results go.

    Args:
        folder: of the results.
    """
    return folder / FOLDER / FILE


def sites(folder: Path) -> list[Site]:
    """Reports on which people may have been asked: of pictures that were made for them, and the one that lies there.

    Args:
        folder: of the results.
    """
    return [Site.read(place) for place in (folder / FOLDER, folder) if is_report(place) and layer_folders(place)]


def gather(folder: Path, asked: dict[str, Any], watch: Watch) -> Gathered:
    """Pictures to be asked about, made where they are missing.

    Those of a report are taken unless they have the outline of a measured concept in them, which would tell people what
    to see: then they are drawn anew without it, if network and set can be opened and are the same.

    Args:
        folder: of a report or a dissection, or a new one.
        asked: arguments of a report that is made, by name: model, layers, data, network, and the count of pictures.
        watch: shows how the work goes on.

    Raises:
        InputError: there are no pictures, and none can be made.
    """
    known = sites(folder)
    made = next((site for site in known if site.folder == folder / FOLDER), None)
    report = next((site for site in known if site.folder == folder), None)
    if made is not None and not asked.get("model") and (report is None or _covers(made, report)):
        return Gathered(made)
    note_set(asked.get("data"))
    with named_by_a_record():
        if report is not None:
            return _unmarked(folder, Gathered(report), asked, watch)
        given = {name: value for name, value in asked.items() if value}
        return _made(folder, _of_dissection(folder, asked) | given, watch)


def _of_dissection(folder: Path, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Network, layers and set of a dissection; nothing if a folder is new.

    Raises:
        InputError: there is something else, or the dissection does not say where its set is.
    """
    from visualize.dissection.at_hand import given

    if not folder.exists() or _is_begun(folder, asked):
        return {}
    held = given([folder])[0]
    where = held.source().get("where")
    if where is None or held.turned:
        raise InputError(
            f"{folder} does not say where its pictures are; give --model, --layer and --data, and a new folder"
        )
    if not asked.get("model"):
        require_recorded(held.model, str(folder))
    return {"model": held.model, "layers": held.layers, "data": where}


def _is_begun(folder: Path, asked: Mapping[str, Any]) -> bool:
    """Whether a folder holds nothing to be asked about: what an interrupted run of ours has left, or nothing at all."""
    if not folder.is_dir() or any(path.name != FOLDER for path in folder.iterdir()):
        return False
    return (folder / FOLDER).is_dir() or bool(asked.get("model"))


def _unmarked(folder: Path, gathered: Gathered, asked: dict[str, Any], watch: Watch) -> Gathered:
    """A report's pictures, without outlines of measured concepts if that can be."""
    if not any(_is_marked(layer) for layer in gathered.site.layers):
        return gathered
    try:
        for layer in gathered.site.layers:
            options = {"model": layer.facts.options.get("model"), "data": layer.facts.options.get("images")}
            wanted = {**options, **{name: value for name, value in asked.items() if value}}
            if not asked.get("model"):
                require_recorded(wanted["model"] or "", str(folder))
            _made(folder, {**wanted, "layers": (layer.facts.layer,)}, watch, same_as=layer)
    except InputError as fault:
        warnings.warn(
            f"the pictures of {folder} have the outline of the measured concept in them, which tells people what to "
            f"see; they cannot be drawn without it ({fault}): give --model and --data", InputWarning, stacklevel=2,
        )  # fmt: skip
        return gathered
    made = Site.read(folder / FOLDER)
    return Gathered(made) if _covers(made, gathered.site) else gathered


def _made(folder: Path, asked: dict[str, Any], watch: Watch, same_as: SiteLayer | None = None) -> Gathered:
    """Make the pictures that people are asked about, and nothing else."""
    from visualize.cards.named_methods import configured
    from visualize.reports.making import make
    from visualize.reports.request import ReportRequest

    asked = dict(asked)
    count = asked.pop("count", None)
    method = _CHOOSES if count is None else configured(_CHOOSES, {}, {"count": count})
    request = ReportRequest(**asked, out=folder / FOLDER, methods=[method])
    for place in make(request, watch, marks=False, only=None if same_as is None else _same(same_as)):
        if not place.views(_CHOOSES):
            raise InputError(f"{place.facts().model} has no set of photographs; give --data")
    return Gathered(Site.read(folder / FOLDER))


def _covers(made: Site, report: Site) -> bool:
    """Whether every layer of a report is among those whose pictures were made for people."""
    known = {(layer.facts.layer, *_same(layer)) for layer in made.layers}
    return all((layer.facts.layer, *_same(layer)) in known for layer in report.layers)


def _same(layer: SiteLayer) -> tuple[str, str]:
    """Weights and set that pictures must be of."""
    return layer.facts.weights_sha256, layer.facts.fingerprint


def _is_marked(layer: SiteLayer) -> bool:
    views = (_photographs(unit) for unit in layer.units)
    return any(_MARKED in words for view in views if view is not None for _, words in view.legend)


def _photographs(unit: SiteUnit) -> View | None:
    return next((view for view in unit.views.values() if view.role == "photographs"), None)


def _pictures(unit: SiteUnit) -> tuple[Shown, ...]:
    view = _photographs(unit)
    shown = [item for item in view.pictures if not item.wide] if view else []
    places = view.chosen if view is not None and len(view.chosen) == len(shown) else [-1] * len(shown)
    return tuple(Shown(item.file, unit.number, place) for item, place in zip(shown, places, strict=True))


def _ranges(text: str) -> list[range]:
    """Numbers of units of a list such as ``"3,79,100-104"``."""
    ranges = []
    for part in filter(None, (item.strip() for item in text.split(","))):
        first, dash, last = part.partition("-")
        ends = [first, last] if dash else [first, first]
        if not all(end.isascii() and end.isdecimal() and len(end) < 8 for end in ends) or int(ends[0]) > int(ends[1]):
            raise InputError(f"{part!r} is no unit; write 79, or 3,79,100-104")
        ranges.append(range(int(ends[0]), int(ends[1]) + 1))
    return ranges
