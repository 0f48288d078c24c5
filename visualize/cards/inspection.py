"""Running the methods over the units and putting each unit's results onto its card."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.cards import dissection_labels as naming
from visualize.cards import resolve as subject
from visualize.cards.card import Card, Look
from visualize.dissection.unit_names import unit_names
from visualize.figures import About
from visualize.methods.errors import InputError
from visualize.methods.method import Method, Needs
from visualize.methods.pictures.images import Images, Subset
from visualize.methods.result import Result, UnitName
from visualize.methods.unit import Sum, Target, Unit, parts
from visualize.models.overrides import preparation_notes
from visualize.people.files import read as read_names
from visualize.store import shared_calls
from visualize.store.store import open_store
from visualize.watch import Watch, unwatched

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from visualize.cards.request import Request
    from visualize.methods.network.probe import Probe
    from visualize.methods.progress import Progress
    from visualize.models.model_entry import ModelEntry
    from visualize.people.consensus import PeopleName
    from visualize.people.files import PeopleNames
    from visualize.store.store import Store


EXPLAINED = 3  # of its top images that a card explains
BATCH = 16  # units whose pictures are optimised and held at once; a scan of images takes all units together
NO_IMAGES = "No photographs: add --images FOLDER (images= in Python) to see which of them excite this unit most."

Outcome = Result | InputError
Outcomes = dict[Target, Outcome]


def begin(request: Request, watch: Watch = unwatched) -> Inspection:
    """Open the probe set, load the network and find the units: everything that can fail before the work begins.

    Args:
        request: what is asked for.
        watch: shows how a download goes on.

    Raises:
        InputError: something that is asked for does not exist or cannot be opened.
    """
    entry = subject.catalogue_entry(request)
    with watch("opening the pictures"):
        images = subject.pictures(request, entry)
    methods = request.chosen(images)
    people = None if request.names is None else read_names(Path(request.names).expanduser())
    probe = subject.network(request, watch)
    with watch("examining the network"):
        units = subject.units(request, entry, probe)
    if request.methods is not None:
        _refuse_sums(methods, units)
    if request.alone:
        named = None if request.image is None else images
        methods = tuple(_for_files(method, named) for method in methods)
    elif len(units) == 1:
        methods = tuple(method.counting(method.card_count) if method.card_count else method for method in methods)
    with watch("looking for names"):
        names = _names(request, entry, probe, units)
    methods = tuple(method.fitted(probe, units) for method in methods)
    store = open_store(probe, loaded=subject.is_ours(request, entry)) if request.cache else None
    return Inspection(request, probe, units, images, methods, names, store, people)


def _refuse_sums(methods: Sequence[Method], units: Sequence[Target]) -> None:
    """Refuse sums of units where a method that was asked for cannot look at them.

    Raises:
        InputError: one cannot.
    """
    single = next((method for method in methods if not method.adds_units), None)
    if single is not None and any(isinstance(target, Sum) for target in units):
        raise _single_only(single)


def _single_only(method: Method) -> InputError:
    return InputError(f"{method.name} looks at single units, not at sums of units")


def _names(
    request: Request, entry: ModelEntry | None, probe: Probe, units: Sequence[Target]
) -> Mapping[str, naming.Names]:
    """Names of the units, by layer, by the dissections that lie near by; a dissection that cannot be read has none."""
    wanted = subject.asked_for(request, entry)
    one = request.alone and len(units) == 1  # a figure of one method bears no name, but a sheet of several units does
    if one or request.image is not None or not isinstance(request.model, str):
        return {}
    layers = list(dict.fromkeys(probe.layer(unit.layer).name for target in units for unit in parts(target)))
    return naming.names(request.model, probe, layers, wanted if isinstance(wanted, str | Path) else None)


def _for_files(method: Method, images: Images | None) -> Method:
    """A method that explains as many pictures as are named, however many."""
    if images is not None and method.explains:
        return method.counting(max(len(images), getattr(method, "count", 0)))
    return method


@dataclass(frozen=True)
class Inspection:
    """A request whose network, units and pictures are at hand.

    Args:
        request: what was asked for.
        probe: the network.
        units: under the layer's name as it was asked for.
        images: the probe set, or None.
        methods: to run, in the order in which they are drawn.
        names: names of the units by a dissection, by layer.
        store: keeps results and takes them from the disk; None makes all anew.
        people: names that people gave.
    """

    request: Request
    probe: Probe
    units: tuple[Target, ...]
    images: Images | None
    methods: tuple[Method, ...]
    names: Mapping[str, naming.Names] = field(default_factory=dict)
    store: Store | None = None
    people: PeopleNames | None = None

    @property
    def unnamed(self) -> tuple[str, ...]:
        """Layers whose units bear no name on their cards, though the set has labels that could give them one."""
        from visualize.scenes.scenes import Scenes  # which opens without its labels where nothing looks at them

        labelled = isinstance(self.images, Scenes) or bool(getattr(self.images, "categories", None))
        asked = self.request.alone or self.request.image is not None
        if asked or not labelled or any(method.needs is Needs.LABELLED for method in self.methods):
            return ()
        checked = [self.probe.check(target) for target in self.units]
        layers = dict.fromkeys(unit.layer for unit in checked if isinstance(unit, Unit))
        return tuple(layer for layer in layers if layer not in self.names)

    def cards(self, watch: Watch = unwatched) -> Iterator[Card]:
        """Make the units' cards, in order, and give each as soon as it is there.

        A method that scans images is called once, for all units; one that explains pictures gets the best of each
        unit's top images, for which there is one scan in all; the others take ``BATCH`` units at a time.

        Args:
            watch: shows how the work goes on.

        Raises:
            InputError: a method that was asked for by name cannot run, the probe set that was asked for cannot be
                scanned, or nothing is left to draw.
        """
        scans = {
            method.name: self._outcomes(method, self.units, method.title, watch)
            for method in self.methods
            if method.needs is not Needs.NOTHING and not self._explains(method)
        }
        tops = self._tops(scans, watch)
        self._announce([method for method in self.methods if method.name not in scans and not self._explains(method)])
        for start in range(0, len(self.units), BATCH):
            chunk = self.units[start : start + BATCH]
            which = f" (units {start + 1}-{start + len(chunk)} of {len(self.units)})" if len(self.units) > BATCH else ""
            by_method: dict[str, Outcomes] = {}
            for method in self.methods:
                title = f"{method.title}{which}"
                if method.name in scans:
                    by_method[method.name] = scans[method.name]
                elif self._explains(method):
                    by_method[method.name] = self._explanations(method, chunk, tops, title, watch)
                else:
                    by_method[method.name] = self._outcomes(method, chunk, title, watch)
            for target in chunk:
                yield self._card(target, {name: outcomes.pop(target) for name, outcomes in by_method.items()})

    def _announce(self, methods: Sequence[Method]) -> None:
        """Let others, where there are some, begin with the calls that are about to come."""
        if not shared_calls.helped():
            return
        calls = []
        for start in range(0, len(self.units), BATCH):
            chunk = [self.probe.check(target) for target in self.units[start : start + BATCH]]
            for method in methods:
                lacking = [chunk] if self.store is None else self.store.lacking(method, chunk, self.images)
                calls += [shared_calls.Call(method, tuple(units), self._given(method)) for units in lacking]
        shared_calls.announce(self.probe, calls)

    def _given(self, method: Method) -> Images | None:
        """Pictures that a method looks at."""
        return None if method.wants is Needs.NOTHING else self.images

    def _explains(self, method: Method) -> bool:
        """Whether a method is given the best of each unit's top images; by itself it finds its pictures itself."""
        return method.explains and self.images is not None and not self.request.alone

    def _tops(self, scans: Mapping[str, Outcomes], watch: Watch) -> Outcomes:
        """Every unit's top images, if a method explains them: those on the card, or those of a scan of their own."""
        if not any(map(self._explains, self.methods)):
            return {}
        chosen = next((scans[method.name] for method in self.methods if method.chooses and method.name in scans), None)
        if chosen is not None:
            return chosen
        single = [target for target in self.units if not isinstance(target, Sum)]
        search = self.request.choosing(EXPLAINED).fitted(self.probe, single)
        tops: Outcomes = dict.fromkeys(self.units, InputError("there are no top images of a sum of units"))
        return tops | self._outcomes(search, single, f"{search.title}, to be explained", watch)

    def _explanations(
        self, method: Method, units: Sequence[Target], tops: Outcomes, title: str, watch: Watch
    ) -> Outcomes:
        """Results of a method on the best of each unit's top images, or why there is none."""
        outcomes: Outcomes = {}
        for target in units:
            top = tops[target]
            if isinstance(top, Result) and top.chosen is not None and self.images is not None:
                best = Subset(self.images, top.chosen[:EXPLAINED])
                outcomes |= self._outcomes(method, [target], title, watch, images=best)
            elif isinstance(target, Sum):
                outcomes |= self._outcomes(method.counting(EXPLAINED), [target], title, watch)
            else:
                outcomes[target] = top
        return outcomes

    def _outcomes(
        self, method: Method, units: Sequence[Target], title: str, watch: Watch, *, images: Images | None = None
    ) -> Outcomes:
        """Results of a method for each unit, on the whole probe set or on other pictures, or why it cannot look."""
        able = [target for target in units if method.adds_units or not isinstance(target, Sum)]
        refusal = _single_only(method)
        if len(able) < len(units) and self.request.methods is not None:
            raise refusal
        outcomes: Outcomes = dict.fromkeys(units, refusal)
        if able:
            with watch(title) as progress:
                outcomes.update(self._called(method, able, images or self.images, progress))
        return outcomes

    def _called(self, method: Method, units: Sequence[Target], images: Images | None, progress: Progress) -> Outcomes:
        try:
            results = self._looked(method, units, images, progress)
        except InputError as fault:
            given = self.request.images is not None or self.request.image is not None
            if self.request.methods is not None or (given and method.needs is not Needs.NOTHING):
                raise
            if len(units) == 1:
                return {units[0]: fault}
            alone = [self._called(method, [target], images, progress) for target in units]
            return {target: outcome for each in alone for target, outcome in each.items()}
        return dict(zip(units, results, strict=True))

    def _looked(
        self, method: Method, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> Sequence[Result]:
        if self.store is None:
            checked = [self.probe.check(target) for target in units]
            return shared_calls.called(method, self.probe, checked, images, progress)
        return self.store.look(method, units, images, progress)

    @property
    def went_on(self) -> Mapping[str, int]:
        """Methods whose scan went on where it had been interrupted -> how many pictures were looked at by then."""
        return {} if self.store is None else self.store.went_on

    def _kept(self, target: Target, names: Iterable[str]) -> dict[str, float]:
        """When the results of a unit were made that were kept from before, by method."""
        used = {} if self.store is None else self.store.used
        checked = self.probe.check(target)
        return {name: used[name, checked] for name in names if (name, checked) in used}

    def _card(self, target: Target, outcomes: Mapping[str, Outcome]) -> Card:
        results = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, Result)}
        faults = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, InputError)}
        if not results:
            raise next(iter(faults.values()), InputError("no method can run with what is given; add --images FOLDER"))
        results, named = self._named(target, results)
        about = About.of(
            self.probe,
            target,
            label=None if named is None else named.headline,
            hints=(NO_IMAGES,) if self.images is None and self.request.methods is None else (),
            notes=[
                *(f"{name} was left out: {fault}" for name, fault in faults.items()),
                *(() if named is None else named.notes),
                *preparation_notes(self.request.stated, self.probe.prepare),
            ],
        )
        people = self._by_people(target)
        about = about if people is None else replace(about, people=people.told)
        kind = Card
        if self.request.alone:
            kind, about = Look, replace(about, subject=next(iter(results.values())).subject)
        return kind(
            unit=target,
            results={name: self._ends_named(result.beside(results)) for name, result in results.items()},
            about=about,
            model=self.probe.identity,
            seed=self.request.seed,
            single=self.request.image is not None and self.images is not None and len(self.images) == 1,
            named=named,
            kinds={method.name: type(method) for method in self.methods},
            preparation=self.probe.prepare,
            kept=self._kept(target, results),
            people=people,
        )

    def _by_people(self, target: Target) -> PeopleName | None:
        """Name that people gave to a whole unit."""
        checked = self.probe.check(target)
        if self.people is None or not isinstance(checked, Unit) or checked.position is not None:
            return None
        layer = self.probe.layer(checked.layer)
        names = (
            self.people.get(self.probe.identity.name, name, checked.index) for name in (layer.name, *layer.aliases)
        )
        return next((name for name in names if name is not None), None)

    def _ends_named(self, result: Result) -> Result:
        """Result that names the other units that it speaks of, by the newest dissections of their layers at hand."""
        known = functools.cache(functools.partial(unit_names, self.probe))

        def name(unit: Unit) -> UnitName | None:
            held = known(unit.layer)
            return None if held is None else held[0](unit.index)

        return result.named_ends(name)

    def _named(self, target: Target, results: dict[str, Result]) -> tuple[dict[str, Result], naming.Named | None]:
        """The results, with the concept marked in them, and the unit's name by a dissection just made or at hand."""
        name = next((result.named for result in results.values() if result.named is not None), None)
        if name is not None:
            return results, naming.Named(name)
        checked, known = self._known(target)
        if known is None or checked is None or self.request.alone:
            return results, None
        return known.marked(checked, results), known.named(checked)

    def name(self, card: Card) -> UnitName | None:
        """Name that a dissection just made or at hand gives to a card's unit, also where the card does not say it."""
        if card.named is not None:
            return card.named.name
        checked, known = self._known(card.unit)
        return None if known is None or checked is None else known.named(checked).name

    def _known(self, target: Target) -> tuple[Unit | None, naming.Names | None]:
        """The unit under its layer's own name, and the dissection at hand that names the layer's units."""
        checked = self.probe.check(target)
        return (checked, self.names.get(checked.layer)) if isinstance(checked, Unit) else (None, None)
