"""Finding the axes of every layer of a network: from its operations where they tell, by occlusion where they do not."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from torch import nn

from visualize.methods.network.axes import CHANNELS_FIRST, FEATURES, Axes, Grid, patch_grid
from visualize.methods.network.layout.bands import FEWEST, USUAL, Pull
from visualize.methods.network.layout.changes import LATE, MISSING, Answer, Answers, Inquiry, joined, rows_for_each
from visualize.methods.network.layout.evidence import Scene, Size
from visualize.methods.network.layout.occlusion import blocks
from visualize.methods.network.layout.reading import ASTRAY, CROPPED, Reading, read

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from torch import Tensor

    from visualize.methods.network.axes import Layout
    from visualize.methods.network.layout.changes import Run
    from visualize.methods.network.run.hooks import Call

_SECONDS = 10.0  # of processor time, at most
_PROBES = 3  # pictures whose bands are exchanged, at most: more than one where the first does not bear a map out
_FIRST = 5  # pictures that are always shown; the others where these do not settle every layer
_SHORTEST = 4  # side of a grid that says where pictures are changed
_EXTRA = 16  # tokens beside those of patches, at most
_CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d, nn.BatchNorm2d, nn.GroupNorm, nn.InstanceNorm2d)


@dataclass(frozen=True)
class Survey:
    """One run of a network.

    Args:
        network: a private twin.
        run: runs the network on other pictures, shows the output of each module's run, and lists these.
        blank: its input, 1 x C x H x W.
        calls: the runs of its modules.
        plain: for each call the axes that operations alone show; None where they do not.
        together: several pictures may run at once.
        cropped: places of calls whose outputs come from a part of the picture.
        cost: seconds of processor time that one picture took.
        spent: seconds of it that went by before, of the ten that may be spent in all.
        clock: processor time so far, in seconds, of the thread that asks.
    """

    network: nn.Module
    run: Run
    blank: Tensor
    calls: Sequence[Call]
    plain: Sequence[Axes | None]
    together: bool = True
    cropped: AbstractSet[int] = frozenset()
    cost: float = 0.0
    spent: float = 0.0
    clock: Callable[[], float] = time.thread_time

    @property
    def left(self) -> float:
        """Seconds of processor time that may be spent on pictures."""
        return _SECONDS - self.spent - self.cost

    @property
    def shape(self) -> Size:
        """(height, width) of the input."""
        return self.blank.shape[2], self.blank.shape[3]


def determined(survey: Survey, layouts: Mapping[str, Layout]) -> list[Axes]:
    """The axes of each call's output.

    A network all of whose layers are known by their operations costs nothing; another one the runs of six to eleven
    pictures of which single blocks are changed, and, if these show maps, of thirteen whose bands are exchanged; or as
    many of these as ten seconds of processor time allow.

    Args:
        survey: one run of the network.
        layouts: pattern of layer names -> order of axes that is known beforehand. It serves where the pictures do not
            tell; what they tell prevails.
    """
    started = survey.clock()
    known = [_known(call.shape, plain) for call, plain in zip(survey.calls, survey.plain, strict=True)]
    doubtful = [place for place, axes in enumerate(known) if axes is None]
    maps = _maps(survey)
    inquiry = Inquiry(survey.run, survey.blank, survey.calls, {*doubtful, *maps.values()}, survey.together)
    examined = _examined(survey, inquiry, doubtful, maps) if doubtful else {}
    told = [axes if axes is not None else examined[place] for place, axes in enumerate(known)]
    sizes = {
        (call.shape[axes.order.index("H")], call.shape[axes.order.index("W")])
        for call, axes in zip(survey.calls, told, strict=True)
        if "H" in axes.order
    }
    claims, settled = dict[int, Axes](), list[Axes]()
    beforehand: list[Layout | None] = []
    for place, (call, axes) in enumerate(zip(survey.calls, told, strict=True)):
        stated = next((layout for pattern, layout in layouts.items() if fnmatchcase(call.name, pattern)), None)
        module = survey.network.get_submodule(call.module) if call.module else survey.network  # TorchScript has no ""
        usual = _usual(module, call.shape, sizes)
        beforehand.append(stated or usual)
        settled.append(_settled(axes, call.shape, survey.shape, beforehand[place]))
        mapped = settled[place].grid is not None or "H" in settled[place].order
        if place in examined and mapped and not (axes.undecided and stated):
            claims[place] = settled[place]
    left = survey.left - (survey.clock() - started)
    for place, axes in (_astray(survey, inquiry, claims, left) if claims else {}).items():
        settled[place] = _settled(axes, survey.calls[place].shape, survey.shape, beforehand[place])
    return [
        axes if axes.order or place not in examined or place not in survey.cropped else Axes(reason=CROPPED)
        for place, axes in enumerate(settled)
    ]


def _known(shape: tuple[int, ...], plain: Axes | None) -> Axes | None:
    """The axes that need no experiment."""
    if len(shape) < 2:
        return Axes(reason="it is a single row of values" if shape else "it is a single value")
    if 1 not in shape or (len(shape) != 3 and shape[0] != 1 and shape[2:] in {(), (1, 1)}):
        return Axes(reason=rows_for_each(shape[0]))
    if len(shape) == 2:
        return FEATURES
    if len(shape) == 4 and shape[0] == 1 and shape[2:] == (1, 1):
        return CHANNELS_FIRST
    return plain


def _examined(survey: Survey, inquiry: Inquiry, doubtful: Sequence[int], maps: Mapping[Size, int]) -> dict[int, Axes]:
    """The axes of runs that only an experiment can tell, as single blocks show them."""
    places = blocks(*_grids(survey, list(maps), doubtful), survey.shape)
    seen: Answers = {}
    readings: dict[int, Reading] = {}
    started, each = survey.clock(), survey.cost
    for first, last in ((0, _FIRST), (_FIRST, len(places))):
        bands = 1 + 2 * FEWEST if first else 0  # rather than more blocks, without which some layers can be read
        if survey.clock() - started + (1 + last - first + bands) * each > survey.left:
            readings = {place: _late(readings.get(place)) for place in doubtful}
            break
        more = inquiry.ask(places[first:last])
        seen = joined([seen, more]) if seen else more
        scene = Scene(survey.shape, places[:last], list(maps), complete=last == len(places))
        for size, place in maps.items():
            order = (survey.plain[place] or Axes()).order.replace("N", "")
            if "H" in order:
                _note(scene, size, seen.get(place, Answer()), (order.index("H"), order.index("W")))
        for call, axes in zip(survey.calls, survey.plain, strict=True):
            if axes is not None and axes.grid is not None:
                scene.note_grid(call.shape[axes.order.index("T")], axes.grid)
        before = readings
        readings = {
            place: _read(seen.get(place, Answer(reason=MISSING)), scene)
            if survey.clock() - started < survey.left
            else _late(before.get(place))
            for place in doubtful
        }
        if all(reading.sure for reading in readings.values()):
            break
        each = (survey.clock() - started) / (1 + last - first)
    return {place: reading.axes(seen.get(place, Answer()).batch) for place, reading in readings.items()}


def _astray(survey: Survey, inquiry: Inquiry, claims: Mapping[int, Axes], left: float) -> dict[int, Axes]:
    """The reason instead of axes for those maps whose rows and columns do not look where they would lie.

    Args:
        survey: one run of the network.
        inquiry: the network.
        claims: the axes of maps, as single blocks showed them.
        left: seconds of processor time that may be spent.
    """
    started, pulls = survey.clock(), dict[int, Pull]()
    result = {place: Axes(reason=LATE, undecided=True) for place in claims}
    bands = USUAL if (1 + 2 * USUAL) * survey.cost <= left else FEWEST
    for number in range(_PROBES):
        spent = survey.clock() - started
        each = spent / number if number else (1 + 2 * bands) * survey.cost
        if not result or spent + each > left:
            break
        seen = inquiry.banded({place: claims[place] for place in result}, bands, number)
        alike: dict[int, Pull] = {}  # of outputs that are one and the same
        for place in list(result):
            if place not in seen:
                result[place] = Axes(reason=MISSING)
                continue
            if not seen[place].any():  # what never changes is a map if anything says so
                del result[place]
                continue
            pull = alike[id(seen[place])] = alike.get(id(seen[place])) or Pull.of(seen[place])
            pulls[place] = pull = pulls[place].joined(pull, 1 / (1 + number)) if number else pull
            if pull.follows:
                del result[place]
            else:
                result[place] = Axes(reason=ASTRAY)
    return result


def _late(reading: Reading | None) -> Reading:
    """A reading that more pictures could have changed, for which there is no time."""
    return reading if reading is not None and reading.sure else Reading(reason=LATE, undecided=True)


def _maps(survey: Survey) -> dict[Size, int]:
    """Sizes of maps that are known without an experiment, each with the first run that gives one."""
    sizes: dict[Size, int] = {}
    for place, (call, axes) in enumerate(zip(survey.calls, survey.plain, strict=True)):
        if axes is not None and axes.grid is not None:
            sizes.setdefault(axes.grid.size, place)
        elif axes is not None and axes.order.startswith("N"):
            size = (call.shape[axes.order.index("H")], call.shape[axes.order.index("W")])
            if min(size) > 1:
                sizes.setdefault(size, place)
    return sizes


def _grids(survey: Survey, sizes: Sequence[Size], doubtful: Sequence[int]) -> tuple[Size, Size]:
    """The coarsest and the finest grid that layers in doubt may have."""
    height, width = survey.shape
    likely: list[Size | None] = []
    for place in doubtful:
        shape = survey.calls[place].shape
        lengths = shape[: shape.index(1)] + shape[shape.index(1) + 1 :]  # without the axis of pictures
        pairs = itertools.pairwise(lengths) if len(lengths) == 3 else ()
        likely += [
            (tall, wide) for tall, wide in pairs if tall and height % tall == 0 and tall * width == wide * height
        ]
        likely += [size for size in sizes for length in lengths if 0 <= length - size[0] * size[1] <= _EXTRA]
        likely += [patch_grid(length - extra, survey.shape) for length in lengths for extra in (0, 1, 2)]
    fitting = [
        size for size in likely if size and min(size) >= _SHORTEST and 2 * size[0] <= height and 2 * size[1] <= width
    ] or [(min(7, height), min(7, width))]
    return min(fitting), max(fitting)


def _read(answer: Answer, scene: Scene) -> Reading:
    """Read a layer's axes; what is found serves to read the layers after it."""
    if answer.reason:
        return Reading(reason=answer.reason)
    reading = read(answer.values, scene)
    if reading.grid is not None:
        scene.note_grid(answer.values[reading.order.index("T")].shape[1], reading.grid)
    elif "H" in reading.order:
        axes = reading.order.index("H"), reading.order.index("W")
        _note(scene, (answer.values[axes[0]].shape[1], answer.values[axes[1]].shape[1]), answer, axes)
    return reading


def _note(scene: Scene, size: Size, answer: Answer, axes: tuple[int, int]) -> None:
    """Keep in which cells of its map a layer showed the changes."""
    if answer.values and size not in scene.cells:
        rows, columns = (answer.values[axis].argmax(1).tolist() for axis in axes)
        scene.cells[size] = list(zip(rows, columns, strict=True))


def _usual(module: nn.Module, shape: tuple[int, ...], sizes: AbstractSet[Size]) -> Layout | None:
    """The order of axes that a kind of module has, if another layer's map is known to be of its size."""
    if len(shape) != 4 or shape[0] != 1:
        return None
    if isinstance(module, _CONVOLUTIONS):
        return "NCHW" if shape[2:] in sizes else None
    return "NHWC" if isinstance(module, nn.Linear | nn.LayerNorm) and shape[1:3] in sizes else None


def _settled(axes: Axes, shape: tuple[int, ...], size: Size, stated: Layout | None) -> Axes:
    """The axes that were found, or those that are known beforehand where the pictures did not tell."""
    if stated == "MIXED":
        return Axes(reason="its places do not follow the picture's order, as the record of the network states")
    if axes.order or stated is None or len(stated) != len(shape) or not axes.undecided:
        return axes
    if "T" not in stated:
        return Axes(stated)
    tokens = shape[stated.index("T")]
    for extra in range(_EXTRA):
        grid = patch_grid(tokens - extra, size)
        if grid is not None:
            return Axes(stated, Grid(grid, size, front=extra))
    return axes
