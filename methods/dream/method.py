"""DeepDream: a picture that shows more and more of what a unit, or a whole layer, finds in it."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Literal

from visualize.methods.errors import InputError
from visualize.methods.method import Export, Method, Needs
from visualize.methods.optimization.features import Features, Part, features
from visualize.methods.progress import Progress, share
from visualize.methods.settings import SEVERAL, setting
from visualize.methods.shared_settings import batch_setting, precision_setting
from visualize.methods.together import number
from visualize.methods.unit import parts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.methods.dream.dreamer import Dream, Dreamer
    from visualize.methods.dream.result import DreamResult
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.pictures.selection import SelectedPictures
    from visualize.methods.provenance import Provenance
    from visualize.methods.unit import Target


_WHOLE = 1000  # pieces that the work is told in
_CHOICE = 50  # of them, for choosing the pictures where that takes a scan


@dataclass(frozen=True, kw_only=True)
class DeepDream(Method):
    """Push a photograph, or noise, step by step towards what a unit or a whole layer answers to.

    Mordvintsev, Olah and Tyka 2015, "Inceptionism: going deeper into neural networks", and the code published with it:
    gradient steps of equal size, octaves, random shifts. A whole layer enhances whatever it sees (its objective is half
    the sum of its squared activations); a unit, or several added, its own pattern (the sum of their maps). Dreams
    happen everywhere in a picture: the position of a unit serves to choose photographs alone.

    Pictures larger than a tile are dreamed tile by tile: memory does not grow with them, but for the pictures
    themselves. The tiles overlap, their gradients are brought to one scale together, and the shifts move their borders
    from step to step, so that no seams are left.

    Raises:
        InputError: a number that makes no sense; when it looks: no picture can be read, the network does not run on an
            octave's size, or ``size="own"`` for a set that does not know its pictures' sizes.

    Example:
        >>> from visualize.methods import Probe
        >>> from torch import nn
        >>> probe = Probe(nn.Sequential(nn.AvgPool2d(4)))  # its unit 0 answers to red
        >>> (result,) = DeepDream(start="noise", count=1, size=(32, 48), steps=5)(probe, probe.unit("0:0"))
        >>> result.pictures[0].shape
        torch.Size([3, 32, 48])
        >>> result.after[0] > result.before[0]
        True
    """

    name: ClassVar[str] = "dream"
    title: ClassVar[str] = "DeepDream"
    shows: ClassVar[str] = "A photograph, changed step by step towards what the unit or layer answers to."
    needs: ClassVar[Needs] = Needs.IMAGES
    adds_units: ClassVar[bool] = True
    explains: ClassVar[bool] = True
    shared: ClassVar[bool] = True
    by_default: ClassVar[bool] = False
    advice: ClassVar[str] = (
        "Each photograph stands beside its dream. A large one is dreamed in tiles: memory does not grow with it."
    )
    examples: ClassVar[tuple[str, ...]] = (
        "dream --image photograph.jpg --layer conv4 --of layer --size own",
        "dream --from noise --unit 53 --size 256",
        "dream --image photograph.jpg --unit 53 --frames dream.webp",
    )
    exports: ClassVar[tuple[Export, ...]] = (
        Export(name="picture", help="Also write the first dream by itself, at its full size.", endings=(".png",)),
        Export(
            name="frames",
            help="Also write how the first dream comes about, as an animation.",
            endings=(".webp", ".gif"),
            settings={"frames": 32},
        ),
    )

    count: int = setting(3, least=1, help="Dreams for each unit: of a set, of those photographs that excite it most.")
    start: Literal["photograph", "noise"] = setting(
        "photograph", flag="--from", help="What it begins with: photograph, or noise, which needs no images."
    )
    of: Literal["unit", "layer"] = setting(
        "unit", help="What it is done for: unit (it alone, or those of a sum) or layer (all units of the unit's layer)."
    )
    steps: int = setting(10, least=1, help="Steps in each octave: more is slower and stronger.")
    octaves: int = setting(
        4,
        least=1,
        help="Sizes that are dreamed at, from coarse to fine. Those with a side below 64 pixels are left out, and all "
        "but the last for a network that takes pictures of one size alone, which the notes say.",
    )
    scale: float = setting(
        1.4, above=1, unit="FACTOR", only_with={"octaves": SEVERAL}, help="From one of these sizes to the next."
    )
    rate: float = setting(0.006, above=0, unit="SIZE", help="The mean change of a pixel in one step, of 0 to 1.")
    jitter: int = setting(32, least=0, unit="PIXELS", help="The largest random shift.")
    size: tuple[int, int] | Literal["input", "own"] = setting(
        "input",
        help="Of the pictures: input (the network's), own (each photograph's), 224 for a square, or HEIGHTxWIDTH.",
    )
    tile: int = setting(512, least=128, unit="PIXELS", help="The longest side that the network is shown at once.")
    frames: int = setting(0, least=0, option=False, help="Frames of each dream, for an animation; 0, or 2 and more.")
    precision: Literal["float32", "bf16"] = precision_setting()
    batch: int | Literal["auto"] = batch_setting(
        "Pictures that are dreamed together where they fit into a tile: last bits hang on it."
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.frames == 1:
            raise InputError("frames is 0, or 2 and more, not 1")
        if self.size == "own" and self.start == "noise":
            raise InputError("noise has no size of its own; give (height, width), or leave out size")

    @property
    def wants(self) -> Needs:
        """Pictures that it must be given: images, unless it dreams from noise."""
        return Needs.NOTHING if self.start == "noise" else self.needs

    def pieces(self, units: Sequence[Target], images: Images | None) -> list[Sequence[Target]]:
        """Pieces of as many units as pictures are dreamed together: they fill whole batches, however many each has.

        Where photographs are chosen for each unit, that takes one scan for all; and of units of several layers the
        first ones decide which octaves the network takes: these are made in one call.
        """
        chosen = self.start != "noise" and (images is None or len(images) > self.count)
        if chosen or len({part.layer for target in units for part in parts(target)}) > 1:
            return [units]
        together = number(self.batch)
        return [units[first : first + together] for first in range(0, len(units), together)]

    def picture_size(self, probe: Probe) -> tuple[int, int]:
        """Height and width of the dreams, where they are given, and of tiles at most."""
        size = self.size if isinstance(self.size, tuple) else super().picture_size(probe)
        return min(size[0], self.tile), min(size[1], self.tile)

    def looked_at(self, images: Images | None) -> Images | None:
        """Pictures that are dreamed of: from noise none are needed, and those given are not looked at."""
        if self.start != "noise":
            return images
        from visualize.methods.pictures.images import Stack

        return Stack((), "noise")

    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> list[DreamResult]:
        """Dream of the photographs of the set, of those that excite each unit most, or from noise."""
        if images is None:
            return []
        import torch

        began = time.perf_counter()
        before = _CHOICE if self.start != "noise" and len(images) > self.count else 0
        choices = self._choices(probe, units, images, share(progress, 0, before, _WHOLE))
        wanted = [_everywhere(features(target, whole=self.of == "layer")) for target in units]
        jobs = dict.fromkeys(
            (parts_of, index) for parts_of, choice in zip(wanted, choices, strict=True) for index in choice.indices
        )
        with torch.inference_mode(mode=False), torch.no_grad():
            dreamer = self._dreamer(probe, images)
            done = dreamer.all(list(jobs), share(progress, before, _WHOLE - before, _WHOLE))
        provenance = self.provenance(probe, (time.perf_counter() - began) / len(units))
        alone = [
            f"the network takes no smaller pictures than {tall} x {wide}: no octaves" for tall, wide in dreamer.alone
        ]
        results = []
        for target, parts_of, choice in zip(units, wanted, choices, strict=True):
            result = self._result(target, choice, [done[parts_of, i] for i in choice.indices], provenance)
            results.append(replace(result, notes=(*result.notes, *alone, *dreamer.arithmetic.notes)))
        return results

    def _choices(
        self, probe: Probe, units: Sequence[Target], images: Images, progress: Progress
    ) -> list[SelectedPictures]:
        """Pictures that the dreams of each target begin with: photographs, or noise by its number."""
        from visualize.methods.pictures.selection import SelectedPictures, choose

        if self.start == "noise":
            return [SelectedPictures(images, tuple(range(self.count)))] * len(units)
        return choose(probe, units, images, count=self.count, batch=number(self.batch), progress=progress)

    def _dreamer(self, probe: Probe, images: Images) -> Dreamer:
        from visualize.methods.dream.dreamer import Dreamer
        from visualize.methods.dream.octave_ascent import Dreaming
        from visualize.methods.dream.starts import Starts
        from visualize.methods.network.precision import Arithmetic

        how = Dreaming(steps=self.steps, octaves=self.octaves, scale=self.scale, rate=self.rate, jitter=self.jitter)
        noise = self.seed if self.start == "noise" else None
        return Dreamer(
            arithmetic=Arithmetic(probe=probe, precision=self.precision),
            starts=Starts(images, probe.prepare, self.size, noise=noise),
            how=how,
            tile=self.tile,
            batch=number(self.batch),
            frames=self.frames,
            seed=self.seed,
        )

    def _result(
        self, target: Target, choice: SelectedPictures, dreams: Sequence[Dream], provenance: Provenance
    ) -> DreamResult:
        from visualize.methods.dream.dreamer import notes
        from visualize.methods.dream.result import DreamResult

        whole = self.of == "layer"
        layers = " + ".join(dict.fromkeys(unit.layer for unit in parts(target)))
        return DreamResult(
            unit=target,
            provenance=provenance,
            notes=(*choice.notes, *notes(dreams)),
            of=layers if whole else str(target),
            whole=whole,
            files=() if self.start == "noise" else tuple(choice.images.file(index) for index in choice.indices),
            starts=tuple(dream.start for dream in dreams),
            pictures=tuple(dream.picture for dream in dreams),
            before=tuple(dream.before for dream in dreams),
            after=tuple(dream.after for dream in dreams),
            frames=tuple(dream.frames for dream in dreams if dream.frames is not None),
            broken=choice.broken,
        )


def _everywhere(wanted: Features) -> Features:
    """Features without their positions; each once."""
    return tuple(dict.fromkeys(Part(part.layer, part.units, None) for part in wanted))
