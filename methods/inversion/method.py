"""Feature inversion: pictures that a layer, or some of its units, cannot tell from a given one."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from visualize.methods.errors import InputError
from visualize.methods.method import Method, Needs
from visualize.methods.optimization.features import Features, Part, features
from visualize.methods.progress import Progress, share
from visualize.methods.settings import setting
from visualize.methods.shared_settings import batch_setting, precision_setting
from visualize.methods.together import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.inversion.optimizers import Course
    from visualize.methods.inversion.reconstruction import Inverted
    from visualize.methods.inversion.result import InversionResult
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.pictures.selection import SelectedPictures
    from visualize.methods.unit import Target


_WHOLE = 1000  # pieces that the work is told in
_CHOICE = 50  # of them, for choosing the pictures where that takes a scan


@dataclass(frozen=True, kw_only=True)
class Inversion(Method):
    """Change noise until a layer answers to it as it does to a photograph: what is left is what the layer keeps.

    Mahendran and Vedaldi 2015, "Understanding deep image representations by inverting them", equations 2 to 5:
    x* = argmin ||Phi(x) - Phi_0||^2 / ||Phi_0||^2 + lambda_alpha R_alpha(x) + lambda_V R_V(x), with the alpha-norm
    (alpha = 6) and total variation (beta = 2) of z = 255 x - mean colour, divided by 2 sigma^2, as the paper scales
    them. Phi is a whole layer, or the chosen units of it: a unit, or several added ("conv5:79+conv5:3"). A unit with a
    position stands for the features at that position alone. Units of several layers are inverted together, the
    distances of their layers averaged.

    What differs between inversions from several starts is what the layer leaves open.

    Raises:
        InputError: a number that makes no sense; when it looks: no picture can be read, or a feature is not finite.

    Example:
        >>> import numpy as np
        >>> from visualize.methods import Preparation, Probe, Stack
        >>> from torch import nn
        >>> probe = Probe(nn.Sequential(nn.AvgPool2d(4)), prepare=Preparation((16, 16)))  # keeps no more than means
        >>> photograph = np.full((16, 16, 3), (200, 120, 40), np.uint8)
        >>> (result,) = Inversion(steps=50)(probe, probe.unit("0:0"), Stack([photograph]))
        >>> result.errors[0] < float(result.curve[0, 0])  # nearer to its means than the noise that it began as
        True
    """

    name: ClassVar[str] = "invert"
    title: ClassVar[str] = "Feature inversion"
    shows: ClassVar[str] = "Noise, changed until the layer answers to it as it does to the photograph."
    needs: ClassVar[Needs] = Needs.IMAGES
    adds_units: ClassVar[bool] = True
    explains: ClassVar[bool] = True
    by_default: ClassVar[bool] = False
    advice: ClassVar[str] = (
        "Each photograph stands before its inversions, along the layers that are named with --layers."
    )
    examples: ClassVar[tuple[str, ...]] = (
        "invert --image photograph.jpg --layer conv3",
        "invert --image photograph.jpg --layers conv1,conv3,conv5,fc6",
        "invert --image photograph.jpg --unit 53 --of unit --starts 3",
    )

    count: int = setting(3, least=1, help="Photographs for each unit: of a set, those that excite it most.")
    steps: int = setting(400, least=1, help="Steps of the optimiser: more is slower and better.")
    starts: int = setting(1, least=1, help="Inversions of each photograph, from different noise.")
    of: Literal["layer", "unit"] = setting(
        "layer", help="What is inverted: layer (all units of the unit's layer) or unit (it alone, or those of a sum)."
    )
    layers: tuple[str, ...] = setting(
        (),
        by_default="the unit's layer",
        instead_of=("layer",),
        help="Layers to invert one after the other, in place of the unit's own.",
    )
    optimiser: Literal["spectral", "paper"] = setting(
        "spectral",
        help="spectral (Adam on spectra in decorrelated colours, through rectifiers that leak at first), or paper "
        "(gradient descent with momentum on pixels, with the paper's steps, start and weights).",
    )
    rate: float | None = setting(
        None,
        above=0,
        unit="SIZE",
        by_default="0.07 for spectral, 0.004 for paper",
        help="The optimiser's step size.",
    )
    alpha: float | None = setting(
        None,
        least=0,
        unit="WEIGHT",
        by_default="0 for spectral, 8e-10 for paper",
        help="The weight of the alpha-norm. Pictures of spectral lie in 0 to 1 by their making.",
    )
    tv: float | None = setting(
        None,
        least=0,
        unit="WEIGHT",
        by_default="0.001 for spectral, 1 for paper",
        help="The weight of total variation. The paper took 1 for shallow layers, 10 in the middle, 100 for deep ones.",
    )
    precision: Literal["float32", "bf16"] = precision_setting()
    batch: int | Literal["auto"] = batch_setting(
        "Pictures that are optimised together: last bits hang on it, which many steps make more of."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.of == "unit" and self.layers:
            raise InputError("of='unit' inverts the unit itself; leave out layers, or choose of='layer'")

    def _course(self) -> Course:
        from visualize.methods.inversion.optimizers import DEFAULTS, Course

        settings = {name: getattr(self, name) for name in ("rate", "alpha", "tv")}
        given = {name: value for name, value in settings.items() if value is not None}
        return Course(steps=self.steps, **(DEFAULTS[self.optimiser] | given))

    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> list[InversionResult]:
        """Invert the photographs of the set, or those that excite each unit most."""
        if images is None:
            return []
        import torch

        from visualize.methods.inversion.reconstruction import Reconstruction
        from visualize.methods.network.precision import Arithmetic
        from visualize.methods.pictures.selection import choose

        began, together = time.perf_counter(), number(self.batch)
        arithmetic = Arithmetic(probe=probe, precision=self.precision)
        wanted = [self._wanted(probe, target) for target in units]
        before = _CHOICE if len(images) > self.count else 0
        choices = choose(
            probe, units, images, count=self.count, batch=together, progress=share(progress, 0, before, _WHOLE)
        )
        pairs = zip(wanted, choices, strict=True)
        jobs = [(compared, index) for of, choice in pairs for index in choice.indices for compared in of.values()]
        with torch.inference_mode(mode=False), torch.enable_grad():
            work = Reconstruction(
                arithmetic, images, self._course(), self.optimiser, starts=self.starts, seed=self.seed
            )
            done = work.all(list(dict.fromkeys(jobs)), share(progress, before, _WHOLE - before, _WHOLE), batch=together)
        results = [
            self._result(probe, target, choice, [done[compared, i] for i in choice.indices for compared in of.values()])
            for target, of, choice in zip(units, wanted, choices, strict=True)
        ]
        provenance = self.provenance(probe, (time.perf_counter() - began) / len(units))
        said = arithmetic.notes
        return [
            replace(result, layers=tuple(of), provenance=provenance, notes=(*result.notes, *said))
            for result, of in zip(results, wanted, strict=True)
        ]

    def _wanted(self, probe: Probe, target: Target) -> dict[str, Features]:
        """Features that are inverted for a target, by the names that the figure gives them."""
        if self.layers:
            return {layer: (Part(probe.layer(layer).name, None, None),) for layer in self.layers}
        parts = features(target, whole=self.of == "layer")
        if self.of == "unit":
            return {str(target): parts}
        places = [part.layer + (f"@{part.position[0]},{part.position[1]}" if part.position else "") for part in parts]
        return {" + ".join(places): parts}

    def _result(
        self, probe: Probe, target: Target, choice: SelectedPictures, done: Sequence[Inverted]
    ) -> InversionResult:
        import torch

        from visualize.methods.inversion.reconstruction import notes
        from visualize.methods.inversion.result import InversionResult

        return InversionResult(
            unit=target,
            provenance=self.provenance(probe, 0),
            notes=(*choice.notes, *notes(done)),
            images=choice.images,
            preparation=probe.prepare,
            layers=(),
            starts=self.starts,
            indices=choice.indices,
            pictures=torch.cat([inverted.pictures for inverted in done]),
            errors=tuple(error for inverted in done for error in inverted.errors),
            curve=torch.cat([inverted.curve for inverted in done]),
            broken=choice.broken,
        )
