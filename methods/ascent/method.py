"""Gradient ascent: the picture that excites a unit most."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar, Literal

from visualize.methods.ascent.transforms import Robustness
from visualize.methods.method import Method, Needs
from visualize.methods.progress import Progress, share
from visualize.methods.settings import SEVERAL, setting
from visualize.methods.shared_settings import batch_setting, precision_setting
from visualize.methods.together import number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.methods.ascent.climb import Climb
    from visualize.methods.ascent.result import AscentResult
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.unit import Target


@dataclass(frozen=True, kw_only=True)
class GradientAscent(Method):
    """Change a picture of noise, step by step, into one that excites a unit as much as possible.

    Erhan, Bengio, Courville and Vincent 2009, "Visualizing higher-layer features of a deep network":
    x* = argmax a_u(x); class pictures with an L2 term as in Simonyan, Vedaldi and Zisserman 2014, equation 1; the
    Fourier basis, decorrelated colours, transformation robustness and the diversity term as in Olah, Mordvintsev and
    Schubert 2017.

    A unit that is off at the start, behind a rectifier that passes no gradient, climbs on what that rectifier is given;
    the result's notes say so, and say it too if the unit could not be moved at all.

    Raises:
        InputError: a number that makes no sense.

    Example:
        >>> from visualize.methods import Preparation, Probe
        >>> from torch import nn
        >>> probe = Probe(nn.Sequential(nn.AvgPool2d(4)), prepare=Preparation((16, 16)))  # its unit 0 answers to red
        >>> (result,) = GradientAscent(steps=32, count=2)(probe, probe.unit("0:0"))
        >>> result.pictures.shape
        torch.Size([2, 3, 16, 16])
        >>> red, green, blue = result.pictures[0].mean((1, 2)).tolist()
        >>> red > green and red > blue
        True
    """

    name: ClassVar[str] = "ascent"
    title: ClassVar[str] = "Gradient ascent"
    shows: ClassVar[str] = "Made from noise until this unit answers most strongly."
    needs: ClassVar[Needs] = Needs.NOTHING
    adds_units: ClassVar[bool] = True
    goes_back: ClassVar[bool] = True
    shared: ClassVar[bool] = True
    card_count: ClassVar[int | None] = 4
    browsing: ClassVar[Mapping[str, object] | None] = MappingProxyType(
        {"steps": 128, "size": (128, 128), "batch": 16}  # a layer has many units: fewer and larger runs take less time
    )
    advice: ClassVar[str] = """The pictures begin as noise. Beside each stands how strongly the unit answers to it.

    It needs no photographs.
    """
    examples: ClassVar[tuple[str, ...]] = ("ascent", "ascent --unit 3,53 --count 4", "ascent --steps 512 --size 160")

    steps: int = setting(256, least=1, help="Steps: more is slower and stronger.")
    count: int = setting(1, least=1, help="Pictures for each unit, each from other noise.")
    size: tuple[int, int] | None = setting(
        None, by_default="the network's", help="Height and width of the pictures, pixels."
    )
    rate: float = setting(0.1, above=0, unit="SIZE", help="The step size of the optimiser, Adam.")
    objective: Literal["channel", "peak"] = setting(
        "peak",
        help="What is made large: peak, the largest activation on the unit's map, or channel, its mean. "
        "A unit with a position has that position's activation as either.",
    )
    parametrisation: Literal["fourier", "pixels"] = setting(
        "fourier", help="What is optimised: fourier, the spectrum in decorrelated colours, or pixels."
    )
    robustness: Robustness = setting(factory=Robustness, help="The random views that the picture is seen through.")
    l2: float = setting(0.0, least=0, unit="WEIGHT", help="The weight of the mean squared distance from grey (0.5).")
    tv: float = setting(0.0, least=0, unit="WEIGHT", help="The weight of the mean total variation.")
    diversity: float = setting(
        0.0,
        least=0,
        unit="WEIGHT",
        only_with={"count": SEVERAL},
        help="The weight of the cosine similarity between the Gram matrices of a unit's pictures, over all pairs.",
    )
    precision: Literal["float32", "bf16"] = precision_setting()
    graph: bool = setting(
        False,
        help="On a GPU, do the network's part of each step in one go, as a CUDA graph: faster with few pictures. Where "
        "that cannot be, the result's notes say so.",
    )
    batch: int | Literal["auto"] = batch_setting(
        "Pictures that are optimised together: last bits hang on it, which many steps make more of."
    )

    @property
    def _together(self) -> int:
        """Units whose pictures are optimised together."""
        return max(1, number(self.batch) // self.count)

    def picture_size(self, probe: Probe) -> tuple[int, int]:
        """Height and width of its pictures."""
        return self.size or super().picture_size(probe)

    def company(self, units: Sequence[Target]) -> tuple[tuple[str, ...], ...]:
        """For each unit the units of its batch."""
        names, many = [str(unit) for unit in units], self._together
        return tuple(tuple(names[place - place % many :][:many]) for place in range(len(names)))

    def pieces(self, units: Sequence[Target], images: Images | None) -> list[Sequence[Target]]:  # noqa: ARG002 (as below)
        """Batches of units."""
        return [units[first : first + self._together] for first in range(0, len(units), self._together)]

    def look(
        self,
        probe: Probe,
        units: Sequence[Target],
        images: Images | None,  # noqa: ARG002 (the interface of all methods; this one needs none)
        progress: Progress,
    ) -> list[AscentResult]:
        """Make the pictures, a batch of units at a time."""
        from visualize.methods.pictures.batch_size import side_by_side

        climb, blank, total = self._climb(probe), self.provenance(probe, 0), len(units) * self.steps

        def made(first: int, last: int) -> list[AscentResult]:
            began = time.perf_counter()
            untimed = climb(
                units[first:last], blank, share(progress, first * self.steps, (last - first) * self.steps, total)
            )
            provenance = self.provenance(probe, (time.perf_counter() - began) / (last - first))
            return [replace(result, provenance=provenance) for result in untimed]

        parts = side_by_side(len(units), self._together, made, probe.device)
        return [result for _, _, results in parts for result in results]

    def _climb(self, probe: Probe) -> Climb:
        """Climb that makes the pictures of a batch of units."""
        import torch

        from visualize.methods.ascent.climb import Canvas, Climb, Costs
        from visualize.methods.network.precision import Arithmetic

        size = self.size or probe.prepare.size
        return Climb(
            canvas=Canvas(
                self.parametrisation, size, count=self.count, seed=self.seed, device=probe.device, colours=probe.colours
            ),
            views=self.robustness.views(self.steps, size, torch.Generator().manual_seed(self.seed)),
            objective=self.objective,
            rate=self.rate,
            costs=Costs(l2=self.l2, tv=self.tv, diversity=self.diversity),
            arithmetic=Arithmetic(probe=probe, precision=self.precision),
            graph=self.graph,
        )
