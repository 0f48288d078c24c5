"""From where in the picture each place of an output is moved: centroids of what bands of it change.

A picture's rows, and then its columns, are put in place of another picture's band by band. Of each place of an output
that gives how much each band moves it, and the middle of those bands, weighed by that: its centroid. In a map the
centroids go down the picture from row to row, and across it from column to column. Nothing is known here of operations,
of orders of axes, of numbers of tokens or of peaks; a map is taken as it was given.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.sweep.oracle import hooked
from visualize.methods.network.axes import as_maps
from visualize.methods.network.run.function_mode import FunctionMode

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from visualize.methods.network.probe import Probe

_SURE = 0.8  # order of places; wrong orders of a small map come to 0.78
_COPIES = 4  # at most, where one does not tell
_DIFFERENCE = 0.2  # of the scores of attention
_MASKED = 50  # below the largest
_OFFSETS = "attention_biases"  # heads x offsets, of LeViT and its kin
BANDS = 11  # a number that divides few maps: what lies within a patch shows as well
_MOST = 64  # places along an axis that are compared, or a thousand units would be a million pairs
_TINY = 1e-12  # of a change in all: rounding


@dataclass(frozen=True)
class Pull:
    """How much each band moves each place.

    Args:
        down: BANDS x ...; of bands of rows.
        across: those of bands of columns.
    """

    down: Tensor
    across: Tensor

    @property
    def still(self) -> bool:
        """Whether nothing moves any place."""
        return not bool(self.down.any() or self.across.any())


def banded(picture: Tensor, other: Tensor, axis: int) -> Iterator[Tensor]:
    """A picture, each time with another band of another picture's, 1 x 3 x H x W."""
    length = picture.shape[axis]
    for band in range(BANDS):
        first, last = round(band * length / BANDS), round((band + 1) * length / BANDS)
        shown = picture.clone()
        shown.narrow(axis, first, last - first).copy_(other.narrow(axis, first, last - first))
        yield shown


def energies(change: Tensor, places: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """How much an output changed at each place: in all, and beside what changes alike at every place.

    Attention that looks everywhere changes everywhere. In a map of few places nothing is left beside that.

    Args:
        change: of any shape.
        places: the axes that are places, which stay in that order.
    """
    change = change.double().permute(*(axis for axis in range(change.dim()) if axis not in places), *places)
    change = change.reshape(-1, *change.shape[change.dim() - len(places) :])
    along = tuple(range(1, change.dim()))
    whole = change.square().sum(0)
    own = (change - change.mean(along, keepdim=True)).square().sum(0)
    return whole, own * (own > _TINY * whole.max())


def centroids(pull: Tensor) -> Tensor:
    """The middle of the bands that move each place, in 0..1.

    How much a band moves all places together is left out first: a band that stirs attention counts as any other.

    Args:
        pull: BANDS x ...
    """
    along = tuple(range(1, pull.dim()))
    mean = pull.mean(along, keepdim=True)
    share = torch.where(mean > 0, pull / mean.clamp(min=torch.finfo(torch.float64).tiny), 0)
    middles = (torch.arange(BANDS, dtype=torch.float64) + 0.5) / BANDS
    total = share.sum(0)
    middle = torch.tensordot(middles, share, 1) / total.clamp(min=torch.finfo(torch.float64).tiny)
    return torch.where(total > 0, middle, 0.5)


def ascent(values: Tensor, axis: int) -> float:
    """Share of pairs of places along an axis, others alike, whose values go up with the index (Kendall 1938).

    Pairs of the same value count half: values that have nothing to do with the index come to 0.5.
    """
    values = values.movedim(axis, 0)
    values = values[:: -(-len(values) // _MOST)]
    if len(values) < 2:
        return 1.0
    one, two = torch.triu_indices(len(values), len(values), 1)
    rise = (values[two] - values[one]).sign()
    return float((rise + 1).mean() / 2)


def _ends(values: Tensor, axis: int) -> bool:
    """Whether the first and the last of several places lie at either side of the others, as tokens moved on do not."""
    means = values.movedim(axis, 0).flatten(1).mean(1)
    return len(means) < 4 or bool(means[0] < means[1:-1].mean() < means[-1])


def order(pull: Pull) -> float:
    """How surely places, rows x columns, are a map of the picture: the worse of both axes' ascents.

    Returns:
        1 for centroids that all go on from row to row and from column to column, 0.5 for places by chance.
    """
    down, across = centroids(pull.down), centroids(pull.across)
    if not (_ends(down, 0) and _ends(across, 1)):
        return 0.0
    return min(ascent(down, 0), ascent(across, 1))


def unborne(probe: Probe, network: nn.Module, pictures: tuple[Tensor, Tensor]) -> list[str]:
    """Layers whose maps are not moved by the picture in the order of their places, in a copy with other weights.

    Args:
        probe: of the network; what it says of the places is what is asked.
        network: as it was built.
        pictures: two of the size that the probe was made for, 1 x 3 x H x W.
    """
    layers = [name for name, layer in probe.layers.items() if layer.map_size != (1, 1)]
    base, _ = hooked(network, pictures[0])
    maps = probe.respond(pictures[0], layers)
    places = {name: index for name in layers if (index := _index(probe, name, base.get(name), maps[name])) is not None}
    lost = [name for name in layers if name not in places]
    doubtful, added = list(places), dict[str, tuple[Pull, Pull]]()
    for seed in range(_COPIES):  # what is chance in one copy is another chance in the next
        pulls = _pulls(awake(network, seed), pictures, {name: places[name] for name in doubtful})
        added = {name: _summed(added.get(name), pair) for name, pair in pulls.items()}
        doubtful = [name for name, pair in added.items() if not pair[0].still and max(map(order, pair)) < _SURE]
        if not doubtful:
            break
    return lost + doubtful


def _summed(before: tuple[Pull, Pull] | None, pair: tuple[Pull, Pull]) -> tuple[Pull, Pull]:
    """What bands do in several copies, each of which counts as much."""
    one, two = (Pull(pull.down / _some(pull.down), pull.across / _some(pull.across)) for pull in pair)
    if before is None:
        return one, two
    return (
        Pull(before[0].down + one.down, before[0].across + one.across),
        Pull(before[1].down + two.down, before[1].across + two.across),
    )


def _some(pull: Tensor) -> Tensor:
    """How much each band moves all places, never 0."""
    return pull.mean((1, 2), keepdim=True).clamp(min=torch.finfo(torch.float64).tiny)


def _index(probe: Probe, name: str, raw: Tensor | None, maps: Tensor) -> Tensor | None:
    """Where in a layer's output the values of its map lie, units x rows x columns; None if they do not lie there."""
    if raw is None or maps.shape[2:] == (1, 1):
        return None
    index = as_maps(torch.arange(raw.numel()).view(raw.shape), probe.layout(name), probe.prepare.size)
    return index[0] if index is not None and torch.allclose(raw.flatten()[index], maps, rtol=1e-3, atol=1e-5) else None


def _pulls(
    network: nn.Module, pictures: tuple[Tensor, Tensor], places: Mapping[str, Tensor]
) -> dict[str, tuple[Pull, Pull]]:
    """For each map how much bands of the picture move its places, in all and beside others."""

    def maps(picture: Tensor) -> dict[str, Tensor]:
        with EvenAttention():
            raw, _ = hooked(network, picture)
        return {name: raw[name].flatten()[index].double() for name, index in places.items()}

    base = maps(pictures[0])
    seen: dict[str, list[tuple[Tensor, Tensor]]] = {name: [] for name in places}
    for axis in (2, 3):
        for shown in banded(*pictures, axis):
            for name, values in maps(shown).items():
                seen[name].append(energies(values - base[name], (1, 2)))
    return {name: _both(items) for name, items in seen.items()}


def _both(items: list[tuple[Tensor, Tensor]]) -> tuple[Pull, Pull]:
    """What bands of rows and bands of columns did to places, in all and beside what happens to all of them."""
    whole, own = (torch.stack(energy) for energy in zip(*items, strict=True))
    return Pull(whole[:BANDS], whole[BANDS:]), Pull(own[:BANDS], own[BANDS:])


def _own(attention: Tensor) -> Tensor:
    """Attention of which half goes to the token itself, if it looks at as many as there are."""
    rows, columns = attention.shape[-2:]
    return (attention + torch.eye(rows)) / 2 if rows == columns else attention


def awake(network: nn.Module, seed: int) -> nn.Module:
    """A copy with other weights, of which more depends on the picture, and at the same places.

    Weights that networks start with are so small that rounding is all that is left of a change, and a kernel of random
    weights as large as the map looks everywhere alike. Attention that has a weight for each offset between two places
    looks at offset 0 alone: at which token that is, the network says itself. Without that nothing but what all places
    share comes through attention that no way leads around.
    """
    twin = copy.deepcopy(network)
    chance = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in twin.modules():
            if isinstance(module, nn.Linear | nn.Conv2d):
                module.weight *= _window(module.weight)
                module.weight *= torch.randint(2, module.weight.shape, generator=chance) * 2 - 1
                module.weight /= module.weight.std() * module.weight[0].numel() ** 0.5
            if isinstance(biases := getattr(module, _OFFSETS, None), Tensor):
                biases.zero_()[:, 0] = 2 * _MASKED
                getattr(module, "attention_bias_cache", {}).clear()
    return twin


class EvenAttention(FunctionMode):
    """Lets tokens look almost evenly at all others, and as much at themselves where there are as many queries as keys.

    Where attention with random weights looks is chance; axes are the same wherever it looks.
    """

    def run(self, func: Any, args: tuple[Any, ...], given: dict[str, Any]) -> Any:  # noqa: ANN401 (torch's)
        """Run a function, and even out what a softmax is given."""
        if func is functional.scaled_dot_product_attention:
            query, key, value, *rest = args
            mask = rest[0] if rest else given.get("attn_mask")
            scores = query @ key.mT * (given.get("scale") or query.shape[-1] ** -0.5)
            return _own(_even(scores if mask is None else scores + mask).softmax(-1)) @ value
        if func in {functional.softmax, torch.softmax, Tensor.softmax} and args[0].dim() > 2:
            return _own(func(_even(args[0]), *args[1:], **given))
        return func(*args, **given)


def _even(scores: Tensor) -> Tensor:
    """Scores that differ little, but for those that are masked."""
    seen = scores > scores.amax(-1, keepdim=True) - _MASKED
    return torch.where(seen, scores * (_DIFFERENCE / scores[seen].std().clamp(min=1e-6)), -torch.inf)


def _window(weight: Tensor) -> Tensor:
    """What makes the middle of a kernel weigh most (of a kernel of stride 1 or not), 1 for other weights."""
    sides = [torch.arange(length) - (length - 1) / 2 for length in weight.shape[2:]]
    bells = [torch.exp(-2 * (places / (len(places) / 2)).square()) for places in sides]
    return bells[0][:, None] * bells[1] if bells else torch.ones(())
