"""Making what a report lacks: dissections, histograms, and every method's view of every unit."""

from __future__ import annotations

import dataclasses
import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visualize import dissection
from visualize.cards import dissection_labels as naming
from visualize.cards import resolve as subject
from visualize.dissection.at_hand import default_folder
from visualize.figures import About
from visualize.files import alone_in
from visualize.methods.dissection.settings import Settings
from visualize.methods.errors import InputError
from visualize.methods.unit import Unit
from visualize.models import trust
from visualize.reports import folders
from visualize.reports.activity import activities
from visualize.reports.folders import LayerFolder
from visualize.reports.held_pictures import HeldPictures
from visualize.reports.layer_work import LONG, LayerWork, Means
from visualize.reports.records import Activity, LayerFacts
from visualize.reports.transfers import keep
from visualize.reports.unit_facts import Facts
from visualize.reports.view_worker import ViewJob, may_help, network_of, workers
from visualize.reports.wording import Wording, place_of
from visualize.store.result_address import Addresses
from visualize.store.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from visualize.cards.dissection_labels import Names
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.labelled import Labelled
    from visualize.reports.request import ReportRequest
    from visualize.watch import Watch

_LOCK = ".viz-lock"
_FEW = 3  # layers that a folder is called by


def make(
    request: ReportRequest, watch: Watch, *, marks: bool = True, only: tuple[str, str] | None = None
) -> list[LayerFolder]:
    """Make the records and pictures of a report, as far as they do not lie there.

    Args:
        request: what is asked for.
        watch: shows how the work goes on.
        marks: outline in photographs where the concept is that a unit is named by.
        only: SHA-256 of the weights and fingerprint of the set that they must be of.

    Raises:
        InputError: something that is asked for does not exist, or cannot be looked at.
    """
    with watch("opening the pictures"):
        where, labelled = _opened(request)
    probe = subject.network(request.request, watch)
    held = (probe.identity.weights_sha256, "" if labelled is None else labelled.fingerprint)
    if only is not None and held != only:
        raise InputError(f"{probe.identity.name} and its photographs are not those of the report that lies there")
    with watch("examining the network"):
        layers = _layers(request, probe)
    site = request.folder
    with alone(site), helped(request, where):
        folders.begin(site)
        return Making(request, probe, layers, labelled, where, watch, marks=marks).folders(site)


@contextmanager
def alone(site: Path) -> Iterator[None]:
    """Keep other processes out of a report's folder.

    Raises:
        InputError: another one is writing there, or the folder cannot be made.
    """
    with alone_in(site, _LOCK, f"another process is writing the report in {site}; wait for it"):
        yield


@contextmanager
def helped(request: ReportRequest, where: str | Path | None) -> Iterator[None]:
    """Let the workers of the cluster that is asked for look at pictures and make them within.

    Args:
        request: the report.
        where: the probe set.
    """
    if request.on is None:
        yield
        return
    from visualize.cluster.shared_work import calls_on, scans_on

    with scans_on(request.on, lambda: request.source, lambda: str(where)), calls_on(request.on, lambda: request.source):
        yield


def _opened(request: ReportRequest) -> tuple[str | Path | None, Labelled | None]:
    """The probe set as it was asked for, and opened with its labels if it has some."""
    from visualize.data.open import open_any

    asked = request.request
    where = subject.asked_for(asked, subject.catalogue_entry(asked))
    if where is None:
        return None, None
    return where, open_any(where)  # type: ignore[arg-type, return-value]


def _layers(request: ReportRequest, probe: Probe) -> list[str]:
    entry = subject.catalogue_entry(request.request)
    default = (entry.default_layer if entry else "") or subject.last_map(probe)
    named = subject.named_layers(list(request.layers) or [default], probe, mapped=True)
    return list(dict.fromkeys(probe.layer(name).name for name in named))


@dataclass
class Making:
    """Makes the records of a report whose network, layers and set are at hand.

    Args:
        request: what is asked for.
        probe: the network.
        layers: their names.
        labelled: the probe set, or None.
        where: the set as it was asked for.
        watch: shows how the work goes on.
        making: make what is missing; otherwise only what is kept is shown.
        marks: outline in photographs where the concept is that a unit is named by.
        long: seconds of work that must be left before other processes help.
    """

    request: ReportRequest
    probe: Probe
    layers: Sequence[str]
    labelled: Labelled | None
    where: str | Path | None
    watch: Watch
    making: bool = True
    marks: bool = True
    long: float = LONG

    def folders(self, site: Path, names: Mapping[str, Names] | None = None) -> list[LayerFolder]:
        """Folders of the layers, in which all is that there is to know.

        Args:
            site: the report's folder.
            names: of the layers' units; by default those of dissections at hand, and of new ones.
        """
        if names is None:
            names = self._names() if self.labelled is not None and self.labelled.categories else {}
        held = None if self.labelled is None else HeldPictures(self.labelled)
        places = {layer: self._place(site, layer) for layer in self.layers}
        activity = self._activity(places, held, names)
        if held is not None:
            names = {layer: dataclasses.replace(known, labelled=held) for layer, known in names.items()}
        marking = names if self.marks else {}
        with self._equipped(held, places, marking) as means:
            for number, (layer, folder) in enumerate(places.items(), 1):
                place = f" ({number} of {len(places)} layers)" if len(places) > 1 else ""
                shown = LayerWork(means, layer, folder, marking.get(layer), self.watch, place=place).make()
                self._write(folder, layer, names.get(layer), activity.get(layer), shown)
        keep(site, [self._wording.name(self.probe.identity.name)], self._wording)
        return list(places.values())

    @contextmanager
    def _equipped(
        self, held: HeldPictures | None, places: Mapping[str, LayerFolder], names: Mapping[str, Names]
    ) -> Iterator[Means]:
        """Means, with other processes that help where they can."""
        means = self._means(held)
        if not (self.making and means.single) or self.request.on is not None:
            yield means
            return
        works = {
            layer: LayerWork(means, layer, folder, names.get(layer), self.watch) for layer, folder in places.items()
        }
        job = ViewJob(
            request=self.request.with_methods(means.methods), wording=self._wording, folders=places,
            network=network_of(means),
            marks={layer: work.marks for layer, work in works.items()},
            fingerprint="" if held is None else held.fingerprint, trusted=trust.given(),
        )  # fmt: skip
        with workers(job, means) as hands:
            yield dataclasses.replace(means, hands=hands)

    def _means(self, held: HeldPictures | None) -> Means:
        asked = self.request.request
        ours = subject.is_ours(asked, subject.catalogue_entry(asked))
        first = [Unit(layer, 0) for layer in self.layers]
        return Means(
            probe=self.probe,
            images=held,
            methods=tuple(method.fitted(self.probe, first) for method in self.request.chosen),
            addresses=Addresses(self.probe, loaded=ours),
            store=open_store(self.probe, loaded=ours) if self.request.cache else None,
            wording=self._wording,
            making=self.making,
            single=may_help(self.request, self.probe),
            long=self.long,
        )

    @property
    def _wording(self) -> Wording:
        return Wording.of(self.where, place_of(self.request.model), self.request.folder)

    def _place(self, site: Path, layer: str) -> LayerFolder:
        data = "" if self.labelled is None else self._wording.name(self.labelled.name)
        return LayerFolder.of(site, self._wording.name(self.probe.identity.name), layer, data)

    def _names(self) -> dict[str, Names]:
        """Names of the layers' units, by dissections at hand; layers without one are dissected."""
        model, where = self.probe.identity.name, self.where
        if where is None or self.labelled is None:
            return {}
        with self.watch("looking for dissections"):
            named = naming.names(model, self.probe, self.layers, where)
        missing = [layer for layer in self.layers if layer not in named]
        if missing:
            source = {"where": str(where), "colours": False, "count": None, "seed": 0}
            usual = missing == [self._default]
            out = default_folder(model, "-".join([self.labelled.name, *([] if usual else _mark(missing))]))
            self._dissect(missing, out, source)
            named |= naming.names(model, self.probe, missing, where)
        return named

    def _dissect(self, layers: Sequence[str], out: Path, source: Mapping[str, Any]) -> None:
        if self.labelled is None:
            return
        asked = self.probe, layers, self.labelled, out, Settings()
        if self.request.on is None:
            dissection.run(*asked, source=source, batch=self.request.batch, watch=self.watch)
            return
        from visualize.cluster.shared_work import dissect_on

        dissect_on(
            self.request.on, *asked, network=self.request.source, source=source, batch=self.request.batch,
            watch=self.watch,
        )  # fmt: skip

    @property
    def _default(self) -> str:
        """The layer that is dissected where none is named."""
        entry = subject.catalogue_entry(self.request.request)
        return self.probe.layer((entry.default_layer if entry else "") or subject.last_map(self.probe)).name

    def _activity(
        self, places: Mapping[str, LayerFolder], held: HeldPictures | None, names: Mapping[str, Names]
    ) -> dict[str, list[Activity]]:
        """Histograms of the layers' activations: those that lie there, and the others in one run of the network."""
        if held is None:
            return {}
        there = {
            layer: _held_activity(folder, self._facts(layer, names.get(layer))) for layer, folder in places.items()
        }
        missing = [layer for layer, activity in there.items() if activity is None]
        if missing and self.making:
            rectifier = Settings().rectifier
            with self.watch("Histograms of activations") as progress:
                made = activities(self.probe, missing, held, rectifier=rectifier, progress=progress)
            there |= made
        return {layer: activity for layer, activity in there.items() if activity is not None}

    def _facts(self, layer: str, names: Names | None, views: Mapping[str, int] | None = None) -> LayerFacts:
        """Facts of a layer."""
        wording, labelled = self._wording, self.labelled
        held = None if names is None else names.held
        about = About.of(self.probe, Unit(layer, 0))
        options = {"model": wording.name(self.request.model if isinstance(self.request.model, str) else "")}
        if self.where is not None:
            options["images"] = wording.name(self.where)
        return LayerFacts(
            model=wording.name(self.probe.identity.name),
            weights_sha256=self.probe.identity.weights_sha256,
            layer=layer,
            about=about.facts,
            units=self.probe.layer(layer).units,
            data="" if labelled is None else wording.name(labelled.name),
            fingerprint="" if labelled is None else labelled.fingerprint,
            pictures=0 if labelled is None else len(labelled),
            dissected=held is not None,
            quantile=0.0 if held is None else held.quantile,
            cut=0.04 if held is None else held.cut,
            categories=() if held is None or labelled is None else tuple(labelled.categories),
            methods=tuple(views or ()),
            views=views or {},
            notes=wording.lines(self.probe.examination.notes),
            options=options,
        )

    def _write(
        self,
        folder: LayerFolder,
        layer: str,
        names: Names | None,
        activity: Sequence[Activity] | None,
        views: Mapping[str, int],
    ) -> None:
        facts = self._facts(layer, names, views)
        units = Facts(self.probe, layer, names, activity, self._wording)
        folder.write(facts, [units.of(unit) for unit in range(facts.units)])


def _held_activity(folder: LayerFolder, facts: LayerFacts) -> list[Activity] | None:
    """Histograms that lie there; None where they are of something else, or of other pictures."""
    try:
        held = folder.facts()
    except InputError:
        return None
    if (held.weights_sha256, held.fingerprint) != (
        facts.weights_sha256,
        facts.fingerprint,
    ) or held.about != facts.about:
        return None
    units = folder.units()
    known = [units[unit].activity if unit in units else None for unit in range(facts.units)]
    whole = [activity for activity in known if activity is not None]
    return whole if len(whole) == facts.units else None


def _mark(layers: Sequence[str]) -> list[str]:
    """Words for layers in the name of a dissection's folder."""
    if len(layers) <= _FEW:
        return list(layers)
    return [f"{len(layers)}-layers-{hashlib.sha256(','.join(layers).encode()).hexdigest()[:8]}"]
