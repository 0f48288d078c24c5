"""A network cut at one layer: what comes before it is run once, what comes behind it as often as one likes.

The idea: who asks what a network says without one of its units changes a layer's output and lets the network go on
from there. All that comes before the layer is the same each time.

How it works (:func:`cut`): of the network's graph (Reed et al. 2022, torch.fx) two pieces are made. The head gives the
layer's output, and whatever else of the first part is needed behind it, such as the shortcut around a residual block.
The tail gives the network's own output from these. Both are compared with the network itself, run with the same change
by a hook. Where they differ, or where there is no graph, the head gives the pictures beside the layer's output, and the
tail runs all of the network on them: that is right for every network, and as slow as the network is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from visualize.methods.network.accelerator import channels_last_pays
from visualize.methods.network.run.agreement import agree
from visualize.methods.network.run.first_tensor import first_tensor
from visualize.methods.network.run.hooks import replaced, watch
from visualize.methods.network.run.optimized_graph import plan, rest
from visualize.methods.network.run.run_names import WHOLE
from visualize.methods.network.run.steps import Step, step_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from torch import fx

    from visualize.methods.network.run.graph import Trace
    from visualize.methods.network.run.runner import Runner

Values = tuple[Tensor, ...]
"""The layer's output, then whatever else the tail needs; a row for each picture, on the first axis but for the layer's
own, whose axes are in the network's order."""

_AGREE = 1e-4  # of the largest output: far above rounding, far below what a wrong piece would give
_HEAD = "head"


@dataclass(frozen=True, eq=False)
class Cut:
    """A network cut at one layer.

    Args:
        head: from N inputs to the values at the cut.
        tail: from values at the cut, which it may overwrite, to the network's output: N x anything.
        step: the tail divided where the layer's units are mixed first; None where they are not mixed in one place.
        whole: the tail runs all of the network.

    Example:
        >>> from torch import nn
        >>> from visualize.methods.network.probe import Probe
        >>> network = nn.Sequential(nn.Conv2d(3, 8, 5), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 16, 4)).eval()
        >>> pictures = torch.rand(2, 3, 8, 8)
        >>> pieces = cut(Probe(network).runner, "1", pictures)
        >>> values = pieces.head(pictures)
        >>> values[0].shape, pieces.whole, torch.allclose(pieces.tail(values), network(pictures), atol=1e-6)
        (torch.Size([2, 8, 4, 4]), False, True)
    """

    head: Callable[[Tensor], Values]
    tail: Callable[[Sequence[Tensor]], Tensor]
    step: Step | None
    whole: bool


def cut(runner: Runner, run: str, inputs: Tensor) -> Cut:
    """Cut a network at one layer.

    Args:
        runner: of the network.
        run: the layer's, as :func:`~visualize.methods.network.run.hooks.survey` names it.
        inputs: what the network takes, of the size that it will be given; the pieces are tried on them.

    Returns:
        The pieces; they belong to the network as it is now.
    """
    whole = _Whole(runner, run)
    with runner.lock, torch.no_grad():
        pieces = _pieces(runner, run, inputs)
        if pieces is None or not _agrees(pieces, whole, inputs):
            return Cut(whole.head, whole.tail, None, whole=True)
        return pieces if pieces.step is None or _divides(pieces, inputs) else replace(pieces, step=None)


@dataclass(frozen=True, eq=False)
class _Whole:
    """All of a network, in the place of its pieces."""

    runner: Runner
    run: str

    def head(self, inputs: Tensor) -> Values:
        rows = torch.split(inputs, 1) if self.runner.examination.one_by_one else [inputs]
        outputs = [self._row(row) for row in rows]
        return torch.cat(outputs, self.runner.batch_axes.get(self.run, 0)), inputs

    def _row(self, inputs: Tensor) -> Tensor:
        with self.runner.lock, self.runner.still(), torch.no_grad():
            return watch(self.runner.twin, [self.run], inputs.clone())[self.run]

    def tail(self, values: Sequence[Tensor]) -> Tensor:
        layer, inputs = values
        if not self.runner.examination.one_by_one:
            return self._changed(layer, inputs)
        layers = torch.split(layer, 1, self.runner.batch_axes.get(self.run, 0))
        return torch.cat([self._changed(*each) for each in zip(layers, torch.split(inputs, 1), strict=True)])

    def _changed(self, layer: Tensor, inputs: Tensor) -> Tensor:
        with self.runner.lock, self.runner.still():
            output = replaced(self.runner.twin, self.run, inputs.clone(), layer)
        if output is None:
            raise KeyError(WHOLE)
        return output


def _pieces(runner: Runner, run: str, inputs: Tensor) -> Cut | None:
    """Pieces of a network's graph, untried; None where there is none."""
    peculiar = runner.examination.fresh or runner.examination.one_by_one or run in runner.batch_axes
    traced = None if peculiar or not runner.optimise else runner.trace
    if traced is None or traced.output is None or run not in traced.ends:
        return None
    layer, fast = traced.ends[run], channels_last_pays(inputs.device, inputs.dtype)
    starts = [layer, *_carried(traced, layer, traced.output)]
    names = tuple(f"{_HEAD}{number}" for number in range(len(starts)))
    try:
        with torch.inference_mode(mode=False):
            known = replace(traced, nodes=dict(zip(names, starts, strict=True)), output=None)
            before = plan(known, names, channels_last=fast)
            behind = rest(traced, starts, traced.output, channels_last=fast)
            step = step_of(traced, starts, channels_last=fast)
    except Exception:  # noqa: BLE001 (a graph that cannot be divided is not divided)
        return None
    return Cut(_sure(before), _sure_tail(behind), step, whole=False)


def _carried(traced: Trace, layer: fx.Node, output: fx.Node) -> list[fx.Node]:
    """Nodes beside the layer that the output needs and that do not depend on it, in order."""
    behind = {layer}
    for node in traced.graph.nodes:
        if any(given in behind for given in node.all_input_nodes):
            behind.add(node)
    carried: dict[fx.Node, None] = {}
    seen, waiting = {layer}, [output]
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        if node in behind:
            waiting += node.all_input_nodes
        elif node.op != "get_attr":
            carried[node] = None
    return [node for node in traced.graph.nodes if node in carried]


def _sure(run: Callable[[Tensor], tuple[Tensor | None, ...]]) -> Callable[[Tensor], Values]:
    """A head all of whose values are tensors."""

    def head(inputs: Tensor) -> Values:
        with torch.no_grad():
            values = run(inputs)
        known = tuple(value for value in values if value is not None)
        if len(known) < len(values):
            raise TypeError("a value at the cut is no tensor")
        return known

    return head


def _sure_tail(run: Callable[[Sequence[Tensor]], Tensor | None]) -> Callable[[Sequence[Tensor]], Tensor]:
    def tail(values: Sequence[Tensor]) -> Tensor:
        with torch.no_grad():
            output = first_tensor(run(values))
        if output is None:
            raise TypeError("the output is no tensor")
        return output

    return tail


def _agrees(pieces: Cut, whole: _Whole, inputs: Tensor) -> bool:
    """Whether the pieces give what the network gives, as it is and with the layer changed; two rows stand for many."""
    inputs = _two(inputs)
    try:
        values = pieces.head(inputs)
        layer, _ = whole.head(inputs)
        if not agree(values[0], layer, within=_AGREE) or any(len(value) != len(inputs) for value in values[1:]):
            return False
        for kept in (torch.ones_like(layer), _halved(layer)):
            wanted = whole.tail((layer * kept, inputs))
            given = pieces.tail((values[0] * kept, *(value.clone() for value in values[1:])))
            if not agree(given, wanted, within=_AGREE):
                return False
    except Exception:  # noqa: BLE001 (pieces that do not run are not used)
        return False
    return True


def _divides(pieces: Cut, inputs: Tensor) -> bool:
    """Whether the divided tail gives what the tail gives, without some units one at a time."""
    values, step = pieces.head(_two(inputs)), pieces.step
    if step is None or values[0].dim() < 2:
        return False
    blank = torch.linspace(-1, 1, values[0].shape[1]).to(values[0])
    some = sorted({round(place * (len(blank) - 1) / 6) for place in range(7)})
    try:
        started = step.start(values, blank)
        for pictures, units, given in started.without_each(some):
            for place, unit in enumerate(units):
                if not agree(given[:, place], _without(pieces, values, blank, [unit])[pictures], within=_AGREE):
                    return False
        return all(
            agree(started.without(part), _without(pieces, values, blank, part), within=_AGREE)
            for part in _two_sets(blank)
        )
    except Exception:  # noqa: BLE001 (likewise)
        return False


def _without(pieces: Cut, values: Values, blank: Tensor, units: Sequence[int]) -> Tensor:
    """Output of the tail, run anew, without some units."""
    layer = values[0].clone()
    for unit in units:
        layer[:, unit] = blank[unit]
    return pieces.tail((layer, *(value.clone() for value in values[1:])))


def _two_sets(blank: Tensor) -> tuple[list[int], list[int]]:
    """The first third of a layer's units, and all but the first."""
    return list(range(-(-len(blank) // 3))), list(range(1, len(blank)))


def _two(inputs: Tensor) -> Tensor:
    """The first picture with noise, and noise alone."""
    noise = torch.empty((2, *inputs.shape[1:])).uniform_(generator=torch.Generator().manual_seed(0)).to(inputs)
    noise = noise * (inputs[:1].abs().amax() + 1)
    return torch.cat([inputs[:1] + noise[:1], noise[1:]])


def _halved(layer: Tensor) -> Tensor:
    """Ones and zeros, half of each, the same for all outputs of that shape."""
    noise = torch.empty(layer.shape).uniform_(generator=torch.Generator().manual_seed(1))
    return (noise < 0.5).to(layer)
