"""Running the methods over the units and putting each unit's results onto its card."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from methods.ascent import AscentResult, GradientAscent
from methods.errors import InputError
from methods.method import Method, Needs, Progress, Result
from methods.retrieval import TopResult
from methods.unit import Sum, Target
from visualize.figures import About
from visualize.inspection.card import Card
from visualize.inspection.device import choose_device
from visualize.inspection.request import Request, Watch, unwatched
from visualize.inspection.targets import targets

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from methods.images import Images
    from methods.probe import Probe
    from visualize.models.model_card import ModelCard

PICTURES = 4  # of a unit that has the card to itself, each from other noise; of many units it is one each
BATCH = 16  # units whose pictures are optimised and held at once; a scan of images takes all units together
NO_IMAGES = "No photographs: add --images FOLDER (images= in Python) to see which of them excite this unit most."

Outcome = Result | InputError


def begin(request: Request, watch: Watch = unwatched) -> Inspection:
    """Open the probe set, load the network and find the units: everything that can fail before the work begins.

    Args:
        request: what is asked for.
        watch: shown how a download goes on.

    Raises:
        InputError: something that is asked for does not exist or cannot be opened.
    """
    card = _card(request)
    images = _images(request, card)
    methods = request.chosen(images=images is not None)
    probe = _probe(request, watch)
    layer = request.layer or (card.default_layer if card else "") or _last_map(probe)
    wanted = _default_unit(probe, layer, card) if request.units is None else request.units
    units = tuple(targets(wanted, layer, probe))
    if len(units) == 1:
        methods = tuple(replace(one, count=PICTURES) if isinstance(one, GradientAscent) else one for one in methods)
    return Inspection(request, probe, units, images, methods)


@dataclass(frozen=True)
class Inspection:
    """A request whose network, units and pictures are at hand.

    Args:
        request: what was asked for.
        probe: the network.
        units: under the layer's name as it was asked for.
        images: the probe set, or None.
        methods: to run, in the order in which they are drawn.
    """

    request: Request
    probe: Probe
    units: tuple[Target, ...]
    images: Images | None
    methods: tuple[Method, ...]

    def cards(self, watch: Watch = unwatched) -> Iterator[Card]:
        """The units' cards, in order, each as soon as it is there.

        A method that scans images is called once, for all units; the others take ``BATCH`` units at a time.

        Args:
            watch: shown how the work goes on.

        Raises:
            InputError: a method that was asked for by name cannot run, the probe set that was asked for cannot be
                scanned, or nothing is left to draw.
        """
        scans = {
            method.name: self._outcomes(method, self.units, method.title, watch)
            for method in self.methods
            if method.needs is not Needs.NOTHING
        }
        for start in range(0, len(self.units), BATCH):
            chunk = self.units[start : start + BATCH]
            which = f" (units {start + 1}-{start + len(chunk)} of {len(self.units)})" if len(self.units) > BATCH else ""
            found = {
                method.name: scans[method.name]
                if method.name in scans
                else self._outcomes(method, chunk, f"{method.title}{which}", watch)
                for method in self.methods
            }
            for target in chunk:
                yield self._card(target, {name: outcomes.pop(target) for name, outcomes in found.items()})

    def _outcomes(self, method: Method, units: Sequence[Target], title: str, watch: Watch) -> dict[Target, Outcome]:
        """What a method finds for each unit, or why it cannot look at it."""
        able = [target for target in units if method.adds_units or not isinstance(target, Sum)]
        refusal = InputError(f"{method.name} looks at single units, not at sums of units")
        if len(able) < len(units) and self.request.methods is not None:
            raise refusal
        found: dict[Target, Outcome] = dict.fromkeys(units, refusal)
        if able:
            with watch(title) as progress:
                found.update(self._called(method, able, progress))
        return found

    def _called(self, method: Method, units: Sequence[Target], progress: Progress) -> dict[Target, Outcome]:
        try:
            results = method(self.probe, units, self.images, progress=progress)
        except InputError as fault:
            asked_for = self.request.images is not None and method.needs is not Needs.NOTHING
            if self.request.methods is not None or asked_for:
                raise
            if len(units) == 1:
                return {units[0]: fault}
            alone = [self._called(method, [target], progress) for target in units]
            return {target: outcome for each in alone for target, outcome in each.items()}
        return dict(zip(units, results, strict=True))

    def _card(self, target: Target, outcomes: Mapping[str, Outcome]) -> Card:
        results = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, Result)}
        faults = {name: outcome for name, outcome in outcomes.items() if isinstance(outcome, InputError)}
        if not results:
            raise next(iter(faults.values()), InputError("no method can run with what is given; add --images FOLDER"))
        about = About.of(
            self.probe,
            target,
            hints=(NO_IMAGES,) if self.images is None and self.request.methods is None else (),
            notes=[f"{name} was left out: {fault}" for name, fault in faults.items()],
        )
        return Card(
            unit=target,
            results=_compared(results),
            about=about,
            model=self.probe.identity,
            seed=self.request.seed,
        )


def _compared(results: Mapping[str, Result]) -> dict[str, Result]:
    """The results, with the ascent measured against the strongest photograph where there is one."""
    top = next((result for result in results.values() if isinstance(result, TopResult)), None)
    return {
        name: result.against(top) if top is not None and isinstance(result, AscentResult) else result
        for name, result in results.items()
    }


def _card(request: Request) -> ModelCard | None:
    from visualize.models.zoo import card

    return card(request.model) if isinstance(request.model, str) else None


def _images(request: Request, card: ModelCard | None) -> Images | None:
    from visualize.data import open_images

    wanted = request.images if request.images is not None else card.default_images if card else None
    return open_images(wanted) if isinstance(wanted, str | Path) else wanted


def _probe(request: Request, watch: Watch) -> Probe:
    """The network, loaded where it is asked for by name."""
    if not isinstance(request.model, str):
        return request.model
    from visualize.models.loading import load

    with watch(f"loading {request.model}") as progress:
        device = choose_device(request.device)
        return load(request.model, weights=request.weights, device=device, progress=progress)


def _last_map(probe: Probe) -> str:
    """The deepest layer whose map has more than one position, else the deepest."""
    names = [name for name, layer in probe.layers.items() if layer.map_size != (1, 1)] or list(probe.layers)
    return names[-1]


def _default_unit(probe: Probe, layer: str, card: ModelCard | None) -> int:
    """The model card's unit if the layer is its layer, else 0."""
    if card is None or not card.default_layer:
        return 0
    return card.default_unit if probe.layer(layer).name == probe.layer(card.default_layer).name else 0
