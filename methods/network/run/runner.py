"""Chooses, and checks, the way a network is run."""

from __future__ import annotations

import threading
import time
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from visualize.methods.errors import InputError
from visualize.methods.network.accelerator import channels_last_pays
from visualize.methods.network.examination.examination import Examination
from visualize.methods.network.run.agreement import agree
from visualize.methods.network.run.chance import seeded
from visualize.methods.network.run.graph import Trace, trace
from visualize.methods.network.run.hooks import Call, survey, watch
from visualize.methods.network.run.kept_memory import keep_memory
from visualize.methods.network.run.optimized_graph import Run, plan
from visualize.methods.network.run.shared_copy import State, state, twin
from visualize.methods.network.run.way_back import way_back
from visualize.methods.network.run.writing import out_of_place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


_AGREE_BACK = 0.1  # of a gradient's norm: far above what single rectifiers at 0 make of what is rounded off
_AGREE = 1e-3  # of the largest output: far above what folding rounds off, far below what a wrong graph would give


class Runner:
    """Runs a network as far as some layers, by a plan where there is one that agrees with the network, else by hooks.

    A plan is compared with the network itself once for every input shape, and once more where gradients are asked
    for: a network whose control flow hides from the tracer, or depends on the shape, or which holds gradients back
    (``torch.no_grad``) or makes its own (``torch.autograd.Function``), is thereby found out and run as it is.

    How it is run depends on its examination: one that is no pure function of each picture runs from one seed, on one
    picture at a time, or on a new copy each time. Where a module gives fewer or more rows than there are pictures, as
    one that a network calls in a loop does, the pictures are run one at a time too.

    Several threads may use a runner: it builds and runs for one of them at a time. Copies of it, and what is pickled,
    begin anew.

    Args:
        network: never touched; what runs is a twin of it, made again when its weights change.
        optimise: False runs the network as it is, always.
        examine: examines the network, when it is first run.
        examination: of the network, where it is known; without either it is taken for a pure function.
        judge: runs the network of which this one is a copy in bfloat16, too coarse to tell a wrong plan by: its word
            counts.
    """

    def __init__(
        self,
        network: nn.Module,
        *,
        optimise: bool,
        examine: Callable[[nn.Module], Examination] | None = None,
        examination: Examination | None = None,
        judge: Runner | None = None,
    ) -> None:
        self.lock = threading.RLock()
        """Held while the twin runs or is changed; who runs the twin by other ways holds it too."""
        self._network = network
        self._optimise = optimise
        self._examine = examine
        self._examination = examination
        self._judge = judge
        self._modules: list[nn.Module] = []
        self._state: State | None = None
        self._twin: nn.Module | None = None
        self._trace: Trace | None = None
        self._plans: dict[tuple[str, ...], Run | None] = {}
        self._agreed: dict[tuple[tuple[str, ...], tuple[int, ...], bool], bool] = {}
        self._uneven: set[tuple[str, ...]] = set()
        self._even: set[tuple[str, ...]] = set()
        self.examined = 0.0
        """Seconds of processor time that the examination took."""
        self.batch_axes: dict[str, int] = {}
        """Runs of modules whose outputs count pictures on another axis than the first -> that axis."""

    def __reduce__(self) -> tuple[Callable[..., Runner], tuple[object, ...]]:
        return _again, (self._network, self._optimise, self._examine, self._examination, self._judge)

    @property
    def optimise(self) -> bool:
        """Whether plans are used at all."""
        return self._optimise

    @property
    def examination(self) -> Examination:
        """Behaviour of the network when it runs, found out once."""
        if self._examination is None:
            with self.lock, torch.inference_mode(mode=False):
                if self._examination is None:
                    began = time.thread_time()
                    self._examination = Examination() if self._examine is None else self._examine(self._network)
                    self.examined = time.thread_time() - began
        return self._examination

    @property
    def twin(self) -> nn.Module:
        """The private copy that runs, up to date with the network's weights; a new one each time if runs change it."""
        with self.lock:
            if self.examination.fresh:
                return self.copy()
            if self._twin is None or state(self._modules) != self._state:
                self._modules = list(self._network.modules())
                with torch.inference_mode(mode=False):  # what is made here must serve gradients later
                    self._twin, self._state, self._trace = twin(self._network), state(self._modules), None
                self._plans.clear()
                self._agreed.clear()
            return self._twin

    def renew(self) -> None:
        """Make the twin again when it is next run: weights may have been written to behind torch's back."""
        with self.lock:
            self._twin = None

    def copy(self) -> nn.Module:
        """A private copy of the network as it is now, for one run."""
        with self.lock, torch.inference_mode(mode=False):
            modules = list(self._network.modules())
            if self.examination.fresh and state(modules) != self._state:
                self._state, self._trace = state(modules), None
            return twin(self._network, weights=not self.examination.writes_weights, tell=False)

    def still(self) -> AbstractContextManager[object]:
        """Holds chance still, within the block, where the network is random."""
        if not self.examination.seeded:
            return nullcontext()
        held = next((tensor for tensor in self._network.parameters()), torch.empty(0))
        return seeded(0, held.device)

    @property
    def trace(self) -> Trace | None:
        """The network as a graph, or None if it cannot be traced."""
        with self.lock:
            network = self.twin
            if self._trace is None:
                with self.still():
                    self._trace = trace(network)
            return self._trace

    def __call__(
        self,
        inputs: Tensor,
        names: Sequence[str],
        only: Mapping[str, Sequence[int]] | None = None,
        uses: Mapping[str, Callable[[Tensor], Tensor]] | None = None,
    ) -> dict[str, Tensor]:
        """Run the network as far as some of its layers.

        Args:
            inputs: what the network takes, a copy of which it is given; outputs have a gradient path to them if they
                require one.
            names: names of runs of modules, as :func:`visualize.methods.network.run.hooks.survey` names them.
            only: numbers of the units that the caller looks at, by name; where that saves work, the outputs of others
                are not computed and hold anything.
            uses: by name, functions whose values are wanted in place of the outputs, one row for each picture. Where a
                plan runs each is called as soon as its output is there, so that outputs are not kept together.

        Returns:
            The outputs by name, or the values of ``uses``, one row for each picture.

        Raises:
            InputError: a module that does not give one row for one picture.
        """
        key = tuple(names)
        with self.lock, torch.set_grad_enabled(torch.is_grad_enabled() and inputs.requires_grad):
            if uses is not None and key in self._even and not self.examination.one_by_one:
                values = self._run(inputs, key, only, uses)
                if all(len(value) == len(inputs) for value in values.values()):
                    return values
            outputs = self._outputs(inputs, key, only)
            return outputs if uses is None else {name: uses[name](output) for name, output in outputs.items()}

    def _outputs(
        self, inputs: Tensor, key: tuple[str, ...], only: Mapping[str, Sequence[int]] | None
    ) -> dict[str, Tensor]:
        """The outputs of modules, one row for each picture."""
        if len(inputs) > 1 and not (self.examination.one_by_one or key in self._uneven):
            outputs = self._run(inputs, key, only)
            if all(self._rows(name, output) == len(inputs) for name, output in outputs.items()):
                self._even.add(key)
                return outputs
            self._even.discard(key)
            self._uneven.add(key)
        if len(inputs) <= 1:
            return self._run(inputs, key, only)
        parts = [self._run(part, key) for part in torch.split(inputs, 1)]
        return {name: self._joined(name, [part[name] for part in parts]) for name in key}

    def _rows(self, name: str, output: Tensor) -> int:
        """How many pictures an output is of."""
        axis = self.batch_axes.get(name, 0)
        return output.shape[axis] if axis < output.dim() else 0

    def _joined(self, name: str, rows: Sequence[Tensor]) -> Tensor:
        """Outputs of a module for pictures that ran alone, as for a batch."""
        uneven = next((row for row in rows if self._rows(name, row) != 1), None)
        if uneven is not None:
            raise InputError(
                f"{name} does not give one row for each picture: for one it gives a tensor of {tuple(uneven.shape)}; "
                f"choose a layer after its rows are put together"
            )
        if len({row.shape for row in rows}) > 1:
            raise InputError(f"{name} gives another shape for each picture, so that pictures cannot be compared")
        return torch.cat(list(rows), self.batch_axes.get(name, 0))

    def _run(
        self,
        inputs: Tensor,
        key: tuple[str, ...],
        only: Mapping[str, Sequence[int]] | None = None,
        uses: Mapping[str, Callable[[Tensor], Tensor]] | None = None,
    ) -> dict[str, Tensor]:
        """Run the network once, whatever rows its modules give."""
        network = self.twin
        if self._agrees(key, inputs):
            run = self._plans[key]
            if run is not None:
                with self.still(), self._written(inputs):
                    chosen = None if only is None else [only.get(name) for name in key]
                    outputs = run(inputs, chosen, None if uses is None else [uses[name] for name in key])
                return {name: output for name, output in zip(key, outputs, strict=True) if output is not None}
        with self.still(), self._written(inputs):
            watched = watch(network, key, inputs.clone())
        return watched if uses is None else {name: uses[name](output) for name, output in watched.items()}

    def _written(self, inputs: Tensor) -> AbstractContextManager[None]:
        """Keeps what a gradient needs, within the block, from a network that writes over its input."""
        climbs = torch.is_grad_enabled() and inputs.requires_grad
        return out_of_place() if climbs and self.examination.writes_input else nullcontext()

    def surveyed(self, inputs: Tensor, look: Callable[[Tensor], None], *, whole: bool = False) -> list[Call]:
        """Run the network to its end, and show and list the outputs of its modules as they come.

        Args:
            inputs: what the network takes; run together, whatever its examination says.
            look: is shown the (first) output tensor of each run, in the order of the list.
            whole: the network's own output is shown and listed too, as the last one.
        """
        with self.lock, self.still():
            return survey(self.twin, inputs.clone(), look, whole=whole)[0]

    def planned(self, names: Sequence[str], inputs: Tensor) -> bool:
        """Whether a plan is used for these layers and this shape of input."""
        with self.lock:
            return bool(self.twin) and self._agrees(tuple(names), inputs)

    @property
    def _may_plan(self) -> bool:
        """Whether plans may be used: they keep what a network writes, and so are not for one that remembers."""
        return self._optimise and not (self.examination.fresh or self.examination.beside)

    def _agrees(self, key: tuple[str, ...], inputs: Tensor) -> bool:
        if not self._may_plan:
            return False
        if key not in self._plans:
            self._plans[key] = self._build(key, inputs)
        run = self._plans[key]
        if run is None:
            return False
        climbs = torch.is_grad_enabled() and inputs.requires_grad
        case = (key, tuple(inputs.shape[1:]), climbs)
        if case not in self._agreed:
            with torch._C.DisableTorchFunction():  # noqa: SLF001 (a rule of rectifiers that is in force is not for this)
                if self._judge is not None:
                    self._agreed[case] = self._judge.planned(key, inputs.float())
                else:
                    alike = len(self._alike(run, key, inputs)) == len(key)
                    self._agreed[case] = alike and not (climbs and self._differs_on_the_way_back(run, key, inputs))
        return self._agreed[case]

    def _differs_on_the_way_back(self, run: Run, key: tuple[str, ...], inputs: Tensor) -> bool:
        """Whether a plan has another gradient than the network, whose code may hold gradients back or make its own."""
        inputs = _noisy(inputs)

        def back(run: Callable[[Tensor], Sequence[Tensor | None]]) -> Tensor | None:
            leaf = inputs.clone().requires_grad_()
            outputs = [output for output in run(leaf.clone()) if output is not None and output.requires_grad]
            if not outputs:
                return None
            return way_back(outputs, leaf, [_signal(output) for output in outputs])

        try:
            with torch.inference_mode(mode=False), torch.enable_grad():
                with self.still(), self._written(inputs.requires_grad_()):
                    wanted = back(lambda value: list(watch(self.twin, key, value).values()))
                with self.still(), self._written(inputs):
                    given = back(run)
        except torch.OutOfMemoryError:
            raise
        except Exception:  # noqa: BLE001 (it has no gradient, or its own code for one fails; whoever asks for one is told)
            return True
        if wanted is None or given is None:
            return wanted is not given
        return bool((given - wanted).norm() > _AGREE_BACK * wanted.norm())

    def followed(self, names: Sequence[str], inputs: Tensor) -> frozenset[str]:
        """The module runs that the graph reproduces: what is derived from it holds for no others."""
        with self.lock:
            traced = self.trace
            known = tuple(name for name in names if traced is not None and name in traced.nodes)
            if traced is None or not known:
                return frozenset()
            with torch.inference_mode(mode=False):
                run = plan(traced, known, channels_last=False)
            return self._alike(run, known, inputs)

    def _build(self, key: tuple[str, ...], inputs: Tensor) -> Run | None:
        traced = self.trace
        if traced is None or any(name not in traced.ends for name in key):
            return None
        keep_memory()
        with torch.inference_mode(mode=False):
            return plan(traced, key, channels_last=channels_last_pays(inputs.device, inputs.dtype))

    def _alike(self, run: Run, key: tuple[str, ...], inputs: Tensor) -> frozenset[str]:
        """The module runs of which a plan gives what the network gives."""
        inputs = _noisy(inputs)
        with torch.no_grad():
            with self.still():
                wanted = watch(self.twin, key, inputs.clone())
            try:
                with self.still():
                    given = run(inputs)
            except Exception:  # noqa: BLE001 (a graph that cannot run here is not used here)
                return frozenset()
        return frozenset(
            name for name, output in zip(key, given, strict=True) if agree(output, wanted[name], within=_AGREE)
        )


def _again(
    network: nn.Module,
    optimise: bool,  # noqa: FBT001 (as pickle passes it)
    examine: Callable[[nn.Module], Examination] | None,
    examination: Examination | None,
    judge: Runner | None,
) -> Runner:
    return Runner(network, optimise=optimise, examine=examine, examination=examination, judge=judge)


def _noisy(inputs: Tensor) -> Tensor:
    """The first picture and noise: a constant one would hide much of what a wrong plan could do."""
    inputs = inputs[:1].detach()
    noise = torch.empty_like(inputs, device="cpu").uniform_(generator=torch.Generator().manual_seed(0))
    return inputs + noise.to(inputs) * (inputs.abs().amax() + 1)


def _signal(output: Tensor) -> Tensor:
    """Values of both signs, the same for outputs of the same shape."""
    noise = torch.empty(output.shape, dtype=output.dtype).normal_(generator=torch.Generator().manual_seed(0))
    return noise.to(output.device)
