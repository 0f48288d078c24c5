"""Whether explanations tell the truth: what is left of them without the weights, and whether the unit agrees."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from visualize.methods.ascent.method import GradientAscent
from visualize.methods.method import Method, Needs
from visualize.methods.progress import Progress, share, silent
from visualize.methods.settings import setting
from visualize.methods.shared_settings import batch_setting, count_setting
from visualize.methods.together import number
from visualize.methods.top_images.method import TopImages

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.methods.ascent.result import AscentResult
    from visualize.methods.errors import InputError
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.result import Result
    from visualize.methods.sanity.checks import Bench, MapCheck, Subject
    from visualize.methods.sanity.result import SanityResult
    from visualize.methods.top_images.result import TopResult
    from visualize.methods.unit import Target


_CHECKS = 1000  # pieces that the checks of one unit are told in
_STUBBORN = 0.5  # a mean rank correlation along the cascade above which a result's notes warn of a kind of map


@dataclass(frozen=True, kw_only=True)
class Sanity(Method):
    """Check the explanations of a unit: gradients and their kin, and the dreamed picture.

    (a) Randomisation (Adebayo et al. 2018, "Sanity checks for saliency maps", section 3.1): the weights are shuffled
    layer by layer, from the unit's down to the picture; a map that shows what the network has learnt must change. The
    measure is Spearman's rank correlation of the map with that of the network as it is, with signs. That of absolute
    values, the paper's other measure, is given beside it: of a unit with a receptive field it says little, because all
    maps of it, even of random networks and of other pictures (``between``), are strong in the middle of the field.
    Compared are only the pixels that the explained position can see: all others are zero in every map, and would make
    everything look alike. A blank map has no order and is left out.

    (b) Deletion and insertion (Petsiuk et al. 2018, "RISE", section 4.1) of the unit's own activation, against random
    maps: see :class:`~visualize.methods.sanity.deletion_insertion.Removal`.

    (c) Of the picture that gradient ascent makes, and of the photographs beside it, the share of the activation that is
    kept when the picture is shifted, rescaled or compressed.

    Checked is every map of :class:`~visualize.methods.attribution.saliency.Saliency` and of every other method of the
    table that explains pictures and has an ``attribute`` like
    :meth:`visualize.methods.attribution.method.Attribution.attribute`. Guided backpropagation is expected to fail (a).

    Raises:
        InputError: a number that makes no sense, or no method can explain the unit.

    Example:
        >>> import numpy as np
        >>> from visualize.methods import Preparation, Probe, Stack
        >>> from torch import nn
        >>> network = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Softplus(), nn.Conv2d(4, 2, 3), nn.Softplus())
        >>> probe = Probe(network, prepare=Preparation((16, 16)))
        >>> photographs = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), dtype=np.uint8)
        >>> (result,) = Sanity(steps=0, levels=4)(probe, probe.unit("3:1"), Stack(photographs))
        >>> [step.name for step in result.cascade]  # weights are shuffled from the unit's layer down to the picture
        ['2', '0']
    """

    name: ClassVar[str] = "check"
    title: ClassVar[str] = "Do the explanations tell the truth?"
    shows: ClassVar[str] = "What is left of each explanation without the weights, and whether the unit agrees with it."
    needs: ClassVar[Needs] = Needs.IMAGES
    explains: ClassVar[bool] = True
    goes_back: ClassVar[bool] = True
    by_default: ClassVar[bool] = False
    advice: ClassVar[str] = (
        "Whether the maps change when the network's weights are shuffled, whether the unit misses the pixels that they "
        "mark, and whether the dreamed picture survives small changes."
    )
    examples: ClassVar[tuple[str, ...]] = ("check", "check --images photographs/ --unit 79 --json")

    count: int = count_setting(3)
    cascade: int = setting(6, least=1, help="The most steps that the layers' weights are shuffled in.")
    levels: int = setting(16, least=1, help="Steps of the deletion and insertion curves.")
    steps: int = setting(
        64,
        least=0,
        help="Steps of the gradient ascent whose picture is checked; 0 checks only photographs.",
    )
    batch: int | Literal["auto"] = batch_setting()

    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> list[SanityResult]:
        """Find each unit's best pictures, explain them, and check the explanations."""
        if images is None:
            return []
        began = time.perf_counter()
        tenth, total = len(images), 10 * len(images)  # the scan takes one, the ascent two, the checks seven
        top_images = TopImages(count=self.count, batch=self.batch)
        tops = top_images(probe, units, images, progress=share(progress, 0, tenth, total))
        dreams: Sequence[Result | None] = [None] * len(tops)
        if self.steps:
            ascent = GradientAscent(steps=self.steps, seed=self.seed, batch=self.batch)
            dreams = ascent(probe, units, progress=share(progress, tenth, 2 * tenth, total))
        results = self.check(probe, tops, dreams, progress=share(progress, 3 * tenth, 7 * tenth, total))
        provenance = self.provenance(probe, (time.perf_counter() - began) / len(units))
        return [replace(result, provenance=provenance) for result in results]

    def check(
        self,
        probe: Probe,
        tops: Sequence[Result],
        dreams: Sequence[Result | None] = (),
        *,
        progress: Progress | None = None,
    ) -> list[SanityResult]:
        """Check explanations of pictures that were found already.

        Args:
            probe: the network.
            tops: the top images of each unit, as :class:`~visualize.methods.top_images.method.TopImages` gives them;
                the best ``count`` are explained.
            dreams: for each of ``tops`` the result of :class:`~visualize.methods.ascent.method.GradientAscent` for the
                unit, or None.
            progress: told as the work goes on.
        """
        from visualize.methods.ascent.result import AscentResult
        from visualize.methods.sanity.checks import Bench, Subject, explainers
        from visualize.methods.top_images.result import TopResult

        top_results = [top for top in tops if isinstance(top, TopResult)]
        given = [dream if isinstance(dream, AscentResult) else None for dream in dreams] or [None] * len(top_results)
        fitted = self.fitted(probe, [top.unit for top in top_results])
        kinds = explainers(self.seed, number(fitted.batch))
        results = []
        for place, (top, dream) in enumerate(zip(top_results, given, strict=True)):
            part = share(progress or silent, _CHECKS * place, _CHECKS, _CHECKS * len(top_results))
            subject = Subject(probe, top, self.count)
            bench = Bench(probe, subject, kinds, fitted)
            results.append(self._result(probe, subject, bench, bench.checks(part), dream))
        return results

    def _result(
        self, probe: Probe, subject: Subject, bench: Bench, checks: Sequence[MapCheck], dream: AscentResult | None
    ) -> SanityResult:
        from visualize.methods.sanity.result import SanityResult
        from visualize.methods.sanity.stability import kept

        return SanityResult(
            unit=subject.unit,
            provenance=self.provenance(probe, 0),
            notes=_notes(subject.top, checks, bench.faults),
            checks=tuple(checks),
            cascade=tuple(bench.down),
            dreamed=kept(probe, subject.unit, dream.pictures.to(probe.device)) if dream else None,
            photographs=kept(probe, subject.unit, subject.pictures),
            files=subject.files,
        )


def _notes(top: TopResult, checks: Sequence[MapCheck], faults: Mapping[str, InputError]) -> tuple[str, ...]:
    notes = [f"{name} is left out: {fault}" for name, fault in faults.items()]
    for check in checks:
        known = [value for value in check.correlations if value is not None]
        if known and sum(known) > _STUBBORN * len(known):
            notes.append(
                f"the maps of {check.name} hardly change when weights are shuffled (rank correlation "
                f"{sum(known) / len(known):.2f} on average): they say little about what the network has learnt"
            )
    if not checks[-1].deletion:
        notes.append("the unit's activation is above 0 on none of the pictures: there is nothing to delete")
    if any(map(any, (check.blank for check in checks))):
        notes.append("where the unit is off in the shuffled network some maps are blank; they are left out")
    return (*top.notes, *notes)
