"""Randomisation test: how much of a map is left when the network has forgotten what it learnt."""

from __future__ import annotations

import itertools
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from visualize.methods.errors import InputError
from visualize.methods.network.activation import activation_at
from visualize.methods.network.run.hooks import watch
from visualize.methods.network.run.run_names import module_of
from visualize.methods.network.run.shared_copy import twin
from visualize.methods.network.run.writing import out_of_place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from visualize.methods.network.probe import Probe
    from visualize.methods.unit import Unit


def rank_correlation(first: Tensor, second: Tensor) -> float | None:
    """Spearman's rank correlation of two tensors of one shape, equal values sharing their mean rank.

    Returns:
        -1..1, or None where one of them has no order: the same value everywhere, or values that are not finite.

    Raises:
        InputError: they have different shapes.
    """
    if first.shape != second.shape:
        raise InputError(f"a rank correlation compares tensors of one shape, not {first.shape} and {second.shape}")
    if not bool(first.isfinite().all() and second.isfinite().all()):
        return None
    left, right = (_ranks(values) for values in (first, second))
    spread = float((left.square().sum() * right.square().sum()).sqrt())
    return float((left * right).sum()) / spread if spread else None


def _ranks(values: Tensor) -> Tensor:
    """Ranks of values, less their mean, float64."""
    _, places, counts = torch.unique(values.detach().cpu(), return_inverse=True, return_counts=True)
    ranks = counts.cumsum(0).double() - (counts.double() - 1) / 2
    flat: Tensor = ranks[places.flatten()]
    return flat - flat.mean()


_DRAWS = 16  # of one step's weights, until the unit is on


@dataclass(frozen=True)
class Step:
    """Step down the cascade.

    Args:
        modules: the names of the modules whose weights are shuffled in this step, the deepest first.
    """

    modules: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of the last module, from which up to the unit everything is random once the step is done."""
        return self.modules[-1]


def steps(probe: Probe, unit: Unit, pictures: Tensor, positions: Sequence[tuple[int, int]], *, most: int) -> list[Step]:
    """Modules that a unit's activation comes from, from its layer down to the picture, in at most ``most`` steps.

    The first step is the last module with weights alone (with its normalisation), because Adebayo et al. ask what is
    left when only that is random; the others share the rest as evenly as it goes. Modules beside the unit's way, such
    as the other branch of a concatenation, are left out: shuffled or not, they change nothing.

    Args:
        probe: the network.
        unit: under its layer's own name.
        pictures: N x 3 x H x W, RGB in 0..1, on which the unit is on.
        positions: (row, column) of its map for each picture.
        most: 1 or more.
    """
    weighted: list[list[str]] = []
    for name in _passed(probe, unit, pictures, positions):
        if _vector(probe.network.get_submodule(name)) and weighted:
            weighted[-1].append(name)
        else:
            weighted.append([name])
    top_down = [group[::-1] for group in weighted[::-1]]
    if not top_down:
        return []
    shares = [top_down[:1], *_shared(top_down[1:], most - 1)] if most > 1 else [top_down]
    return [Step(tuple(name for group in share for name in group)) for share in shares if share]


def _passed(probe: Probe, unit: Unit, pictures: Tensor, positions: Sequence[tuple[int, int]]) -> list[str]:
    """Modules with weights on which the activations depend, in the order in which they run."""
    names = _weighted(probe, unit.layer)
    network = twin(probe.network)
    weights = {name: list(network.get_submodule(name).parameters()) for name in names}
    for weight in itertools.chain(*weights.values()):
        weight.requires_grad_()
    inputs = probe.prepared(pictures)
    written = out_of_place() if probe.examination.writes_input else nullcontext()
    with torch.inference_mode(mode=False), torch.enable_grad(), written:
        output = watch(network, [unit.layer], inputs.detach().clone())[unit.layer]
        maps = probe.maps(output, unit.layer, (inputs.shape[2], inputs.shape[3]))
        score = activation_at(maps[:, unit.index], torch.tensor(positions, device=maps.device)).sum()
        flat = list(itertools.chain(*weights.values()))
        if not score.requires_grad:
            return names
        gradients = iter(torch.autograd.grad(score, flat, allow_unused=True))
    # a sum takes all gradients of a module, where any() would leave some to the next
    used = [name for name in names if sum(map(_any, itertools.islice(gradients, len(weights[name]))))]
    return used or names


def _any(gradient: Tensor | None) -> bool:
    return gradient is not None and bool(gradient.any())


def _vector(module: nn.Module) -> bool:
    """Whether a module only scales and shifts, as normalisations do."""
    return all(parameter.dim() <= 1 for parameter in module.parameters())


def _weighted(probe: Probe, layer: str) -> list[str]:
    """Modules with weights of their own that run before a layer is done, in the order in which they run."""
    names: dict[str, None] = {}
    for name in probe.layers:
        module = module_of(name)
        inner = probe.network.get_submodule(module)
        weighted = any(True for _ in inner.parameters(recurse=False)) or hasattr(inner, "parametrizations")
        if weighted:
            names[module] = None
        if name == layer:
            break
    return list(names)


def _shared(items: list[list[str]], parts: int) -> list[list[list[str]]]:
    """Split a list into at most ``parts`` runs whose lengths differ by one at most."""
    parts = min(parts, len(items))
    edges = [len(items) * part // parts for part in range(parts + 1)] if parts else [0]
    return [items[low:high] for low, high in itertools.pairwise(edges)]


def cascade(
    probe: Probe, down: Sequence[Step], generator: torch.Generator, on: Callable[[Probe], int]
) -> Iterator[Probe]:
    """Shuffle the network's weights, step by step from the unit's layer down to the picture.

    Adebayo, Gilmer, Muelly, Goodfellow, Hardt and Kim 2018, "Sanity checks for saliency maps", section 3.1 (cascading
    randomization). A weight's re-initialisation is a random order of its own values: so it keeps the scale that this
    layer has in this network, whatever the layer's kind; so do biases and the statistics of normalisations. The network
    itself is not touched: what is shuffled belongs to a copy.

    A unit behind a rectifier is off in half of all random networks, and has no map there. So a step is drawn again, at
    most 16 times, until the unit is on on some picture.

    Args:
        probe: the network.
        down: the steps, as :func:`steps` gives them.
        generator: draws the orders, on the CPU.
        on: says of a network on how many pictures the unit is on.

    Yields:
        after every step a probe of the network whose modules down to that step are shuffled; the same probe each time.
    """
    network = twin(probe.network)
    shuffled = probe.around(network)
    for step in down:
        for _ in range(_DRAWS):
            for name in step.modules:
                for module in network.get_submodule(name).modules():
                    _shuffle(module, generator)
            if on(shuffled):
                break
        yield shuffled


def _shuffle(module: nn.Module, generator: torch.Generator) -> None:
    """Put new tensors in the place of a module's own; the old ones are the user's and stay as they are."""
    for name, weight in module._parameters.items():  # noqa: SLF001 (assignment by name would run parametrisations)
        if weight is not None:
            shuffled = nn.Parameter(_in_random_order(weight, generator), requires_grad=False)
            module._parameters[name] = shuffled  # noqa: SLF001
    for name, buffer in module._buffers.items():  # noqa: SLF001
        if buffer is not None and buffer.is_floating_point():
            module._buffers[name] = _in_random_order(buffer, generator)  # noqa: SLF001


def _in_random_order(values: Tensor, generator: torch.Generator) -> Tensor:
    order = torch.randperm(values.numel(), generator=generator).to(values.device)
    return values.detach().flatten()[order].reshape(values.shape).clone()
