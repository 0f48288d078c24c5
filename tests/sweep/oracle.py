"""What plain hooks and occlusion say of a network, beside what a probe says of it."""

from __future__ import annotations

import copy
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from visualize.methods.errors import InputError
from visualize.methods.network.axes import as_maps
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.network.run.function_mode import FunctionMode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from visualize.methods.network.axes import Grid, Layout

_SPOTS = ((0.06, 0.81), (0.2, 0.3), (0.32, 0.94), (0.45, 0.06), (0.56, 0.7), (0.7, 0.19), (0.83, 0.45), (0.94, 0.94))
_COVER = 16  # pixels of the side of what is covered
_NEAR = 0.17  # of a map's side, at least one and a half places
_MANY = 0.6  # of the spots
_SMALL_KERNEL = 4  # of which networks may have a hundred
_ROUNDING = 1e-9  # of what changes in all
_ORDERED = 0.9  # of the pairs of spots

Raw = dict[str, Tensor]


@dataclass
class Report:
    """What was compared, for one network.

    Args:
        name: the network's.
        layers: how many runs of modules there are.
        mapped: how many of them have a map of several places.
        features: how many give features without places.
        unmapped: how many have no map.
        seconds: processor time that the probe took to list the layers.
        values: layers whose values are not those of the hook.
        places: layers whose map changes elsewhere than where the picture does.
        missed: layers that were said to have no map, though their places follow the picture's.
        output: whether "logits" are the network's own output.
    """

    name: str
    layers: int = 0
    mapped: int = 0
    features: int = 0
    unmapped: int = 0
    seconds: float = 0.0
    values: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    output: bool = True
    fault: str = ""

    @property
    def right(self) -> bool:
        """Whether nothing that the probe says is wrong; a missed map is not wrong."""
        return not (self.fault or self.values or self.places)

    def line(self) -> str:
        """The report in one line."""
        if self.fault:
            return f"{self.name:48s} FAULT {self.fault}"
        wrong = "".join(
            f"  {word}: {len(items)} ({', '.join(items[:3])})"
            for word, items in (("VALUES", self.values), ("PLACES", self.places), ("missed", self.missed))
            if items
        )
        head = f"{self.name:48s} {self.layers:4d} runs: {self.mapped:4d} maps {self.features:4d} features"
        return f"{head} {self.unmapped:4d} without  {self.seconds:5.1f} s{'' if self.output else '  OUTPUT'}{wrong}"


def hooked(network: nn.Module, inputs: Tensor) -> tuple[Raw, Any]:
    """The (first) output of every module run by plain hooks, and the network's own output; ``name#k`` is run k."""
    seen: list[tuple[str, Tensor]] = []

    def first(output: Any) -> Tensor | None:  # noqa: ANN401 (whatever a module gives)
        output = getattr(output, "tensors", output)  # torchvision's list of pictures
        if isinstance(output, Tensor):
            return output
        items = output.values() if isinstance(output, dict) else output if isinstance(output, list | tuple) else ()
        return next((item for item in map(first, items) if item is not None), None)

    def keep(name: str) -> Any:  # noqa: ANN401 (a hook)
        def hook(_module: object, _inputs: object, output: object) -> None:
            tensor = first(output)
            if tensor is not None:
                seen.append((name, tensor.clone()))

        return hook

    handles = [module.register_forward_hook(keep(name)) for name, module in network.named_modules() if name]
    try:
        with torch.no_grad():
            output = network(inputs)
    finally:
        for handle in handles:
            handle.remove()
    total, count = Counter(name for name, _ in seen), Counter[str]()
    raw: Raw = {}
    for name, tensor in seen:
        plain = total[name] == 1 and name != "logits"  # which is the name of the network's own output
        raw[name if plain else f"{name}#{count[name]}"] = tensor
        count[name] += 1
    return raw, first(output)


def report(name: str, network: nn.Module, size: tuple[int, int], layouts: Mapping[str, Layout]) -> Report:
    """Look at a network both ways.

    Args:
        name: what it is called in the report.
        network: in evaluation mode.
        size: (height, width) of its input.
        layouts: what its catalogue entry states of its axes.
    """
    probe = Probe(network, prepare=Preparation(size), layouts=layouts, optimise=False)
    started = time.process_time()
    try:
        layers = dict(probe.layers)
    except Exception as fault:  # noqa: BLE001 (it belongs into the report)
        return Report(name, fault=f"{type(fault).__name__}: {str(fault)[:150]}")
    result = Report(name, layers=len(layers) + len(probe.unmapped), unmapped=len(probe.unmapped))
    result.seconds = time.process_time() - started
    result.mapped = sum(layer.map_size != (1, 1) for layer in layers.values())
    result.features = len(layers) - result.mapped
    generator = torch.Generator().manual_seed(11)
    picture, other = torch.rand(2, 1, 3, *size, generator=generator)
    base, output = hooked(network, picture)
    maps = probe.respond(picture, [*layers])
    result.values = [layer for layer in layers if not _same(maps[layer], base.get(layer))]
    result.output = _is_output(probe, picture, output)
    moved, answers = _watched(probe, network, (picture, other), base)
    for layer, items in moved.items():
        energies = torch.stack(items)
        if not _follows(energies) or not _on_patches(energies, probe.layout(layer).grid, size):
            result.places.append(layer)
    result.missed = [layer for layer in probe.unmapped if layer in answers and _ordered(answers[layer])]
    return result


def _is_output(probe: Probe, picture: Tensor, output: Tensor | None) -> bool:
    """Whether "logits" are what the network gives, or refused because that is nothing for each picture."""
    try:
        last = probe.respond(picture, ["logits"])["logits"]
    except InputError:
        return output is None or output.dim() < 2 or output.shape[0] != 1
    return output is not None and last.shape[1] == output.shape[1] and _holds(output, last)


def _watched(
    probe: Probe, network: nn.Module, pictures: tuple[Tensor, Tensor], before: Raw
) -> tuple[dict[str, list[Tensor]], dict[str, list[list[Tensor]]]]:
    """For each layer with a map where the map changes, for each other one along which of its axes, spot by spot."""
    size = (pictures[0].shape[2], pictures[0].shape[3])
    near = centred(network)
    with SelfAttention():
        base, _ = hooked(near, pictures[0])
    moved: dict[str, list[Tensor]] = {name: [] for name, layer in probe.layers.items() if layer.map_size != (1, 1)}
    answers: dict[str, list[list[Tensor]]] = {
        name: [] for name in probe.unmapped if name in before and 1 in before[name].shape[:2]
    }
    for spot in _SPOTS:
        shown = _covered(*pictures, spot)
        with SelfAttention():
            raw, _ = hooked(near, shown)
        for name, energies in moved.items():
            change = as_maps(raw[name].float() - base[name].float(), probe.layout(name), size)
            if change is not None:
                energies.append(_beside(change))
        raw = hooked(network, shown)[0] if answers else {}
        for name, rows in list(answers.items()):
            if name not in raw or raw[name].shape != before[name].shape:
                del answers[name]
                continue
            rows.append(_along(raw[name].float() - before[name].float()))
    return moved, answers


def _along(change: Tensor) -> list[Tensor]:
    """Energy of a change along each axis."""
    axes = range(change.dim())
    return [change.square().sum([other for other in axes if other != axis]) for axis in axes]


def centred(network: nn.Module) -> nn.Module:
    """A copy whose kernels weigh their middle most: axes are the same, and changes stay where they are.

    A kernel of random weights as large as the map puts the strongest change anywhere, whatever the axes are, and so do
    a hundred small ones, whose norm stays what it was.
    """
    twin = copy.deepcopy(network)
    for module in twin.modules():
        if isinstance(module, nn.Conv2d) and module.stride == (1, 1) and max(module.kernel_size) > 1:
            tall, wide = module.kernel_size
            with torch.no_grad():
                norm = module.weight.norm()
                module.weight[:, :, tall // 2, wide // 2] *= 2 * tall * wide
                if max(tall, wide) <= _SMALL_KERNEL:
                    module.weight *= norm / module.weight.norm()
    return twin


class SelfAttention(FunctionMode):
    """Lets each token attend to itself as much as to all: axes are the same, and changes stay where they are.

    Where attention with random weights looks is chance. It is told by a softmax over pairs of as many as there are.
    """

    def run(self, func: Any, args: tuple[Any, ...], given: dict[str, Any]) -> Any:  # noqa: ANN401 (torch's)
        """Run a function, and put the tokens' own share into attention."""
        output = func(*args, **given)
        if func is functional.scaled_dot_product_attention:
            query, _, value = args[:3]
            return output if query.shape[-2] != value.shape[-2] else (output + value) / 2
        pairs = isinstance(output, Tensor) and output.dim() > 2 and output.shape[-1] == output.shape[-2]
        if func in {functional.softmax, torch.softmax, Tensor.softmax} and pairs:
            return (output + torch.eye(output.shape[-1])) / 2
        return output


def _beside(change: Tensor) -> Tensor:
    """How much each place changes beside what changes alike everywhere; nothing if that is rounding alone."""
    own = change.double() - change.double().mean((2, 3), keepdim=True)
    energy = own.square().sum((0, 1))
    return energy if float(energy.sum()) > _ROUNDING * float(change.double().square().sum()) else 0 * energy


def _covered(picture: Tensor, other: Tensor, spot: tuple[float, float]) -> Tensor:
    height, width = picture.shape[2:]
    top, left = (int(part * length) - _COVER // 2 for part, length in zip(spot, (height, width), strict=True))
    shown = picture.clone()
    place = (..., slice(max(0, top), top + _COVER), slice(max(0, left), left + _COVER))
    shown[place] = 3 * other[place]
    return shown


def _same(maps: Tensor, raw: Tensor | None) -> bool:
    """Whether each of some units holds values of one index along one axis of what the hook saw, and no others."""
    if raw is None:
        return False
    units = maps.shape[1]
    chosen = {0, units // 2, units - 1}
    axes = [axis for axis, length in enumerate(raw.shape) if length == units]
    if not axes:
        return _holds(raw, maps)
    return any(all(_holds(raw.select(axis, unit), maps[:, unit]) for unit in chosen) for axis in axes)


def _holds(values: Tensor, some: Tensor) -> bool:
    """Whether all of some values are among the others, and at most a few of these are left over."""
    if not 0 <= values.numel() - some.numel() <= 16:
        return False
    return bool(torch.isin(some, values).all())


def _follows(energies: Tensor) -> bool:
    """Whether a map changes where the picture does: at the strongest place, or in the order of the centres.

    Args:
        energies: spots x rows x columns.
    """
    moved = energies.sum((1, 2)) > 0
    if not bool(moved.any()):
        return True  # nothing of it depends on what was covered
    energies, spots = energies[moved], [spot for spot, item in zip(_SPOTS, moved.tolist(), strict=True) if item]
    rows, columns = energies.shape[1:]
    near = max(1.5, _NEAR * rows), max(1.5, _NEAR * columns)
    usual = energies / energies.sum((1, 2), keepdim=True)
    for shares in (usual, usual / (usual.mean(0) + 0.05 * usual.mean())):  # in all, and by what happens everywhere
        hits = 0
        for (y, x), share in zip(spots, shares, strict=True):
            row, column = divmod(int(share.argmax()), columns)
            hits += abs(row - y * rows + 0.5) <= near[0] and abs(column - x * columns + 0.5) <= near[1]
        if hits >= _MANY * len(spots):
            return True
    share = energies / energies.sum((1, 2), keepdim=True).clamp(min=1e-30)
    share = (share - share.mean(0)).clamp(min=0)  # what is above what happens everywhere
    share = share / share.sum((1, 2), keepdim=True).clamp(min=1e-30)
    down = (share.sum(2) * torch.arange(rows)).sum(1)
    across = (share.sum(1) * torch.arange(columns)).sum(1)
    tall = rows == 1 or _concordance(down, [y for y, _ in spots]) >= 0.8
    return tall and (columns == 1 or _concordance(across, [x for _, x in spots]) >= 0.8)


def _on_patches(energies: Tensor, grid: Grid | None, size: tuple[int, int]) -> bool:
    """Whether tokens lie on their patches, and not all a place beside, as where a class token counts for a patch.

    Patches that are smaller than what is covered cannot tell, nor can a map whose changes lie all over it. What lies
    half a patch down and half a patch across, as convolutions with strides put it, is no token beside.
    """
    rows, columns = energies.shape[1:]
    extra = grid is not None and (grid.front or grid.back or grid.middle[1])
    if not extra or min(size[0] // rows, size[1] // columns) < _COVER:
        return True
    beside: Counter[tuple[int, int]] = Counter()
    for (y, x), energy in zip(_SPOTS, energies, strict=True):
        down, across = divmod(int(energy.argmax()), columns)
        own = int(y * size[0]) * rows // size[0], int(x * size[1]) * columns // size[1]
        beside[down - own[0], across - own[1]] += 1
    return all(count < _MANY * len(_SPOTS) for (down, across), count in beside.items() if across and not down)


def _concordance(values: Tensor, places: list[float]) -> float:
    """Share of pairs that two lists put into the same order (Kendall 1938), ties of values counted as wrong."""
    pairs = [(a, b) for a in range(len(places)) for b in range(a) if abs(places[a] - places[b]) > 0.02]
    right = sum(bool((values[a] - values[b]) * (places[a] - places[b]) > 0) for a, b in pairs)
    return right / max(1, len(pairs))


def _ordered(answers: list[list[Tensor]]) -> bool:
    """Whether axes of an output follow the picture: the peaks of one in the order of reading, or of two as they lie."""
    axes = [axis for axis in range(len(answers[0])) if len(answers[0][axis]) > 1]
    peaks = {axis: torch.tensor([int(answer[axis].argmax()) for answer in answers]) for axis in axes}
    reading = [round(y * 14) + 0.05 * x for y, x in _SPOTS]
    down = {axis: _concordance(peak, [y for y, _ in _SPOTS]) for axis, peak in peaks.items()}
    across = {axis: _concordance(peak, [x for _, x in _SPOTS]) for axis, peak in peaks.items()}
    if len(axes) == 2 and any(
        _concordance(peak, reading) >= _ORDERED and len(set(peak.tolist())) > 5 for peak in peaks.values()
    ):
        return True
    return any(down[row] >= _ORDERED and across[column] >= _ORDERED for row in axes for column in axes if row != column)
