"""Chooses, and checks, the way a network is run."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from methods.engine.plan import Run, plan
from methods.engine.trace import Trace, trace
from methods.engine.twin import State, state, twin
from methods.engine.watch import watch

_AGREE = 1e-3  # of the largest output: far above what folding rounds off, far below what a wrong graph would give


class Runner:
    """Runs a network as far as some layers, by a plan where there is one that agrees with the network, else by hooks.

    A plan is compared with the network itself once for every input shape; a network whose control flow hides from the
    tracer, or depends on the shape, is thereby found out and run as it is.

    Args:
        network: never touched; what runs is a twin of it, made again when its weights change.
        optimise: False runs the network as it is, always.
    """

    def __init__(self, network: nn.Module, *, optimise: bool) -> None:
        self._network = network
        self._optimise = optimise
        self._modules: list[nn.Module] = []
        self._state: State | None = None
        self._twin: nn.Module | None = None
        self._trace: Trace | None = None
        self._plans: dict[tuple[str, ...], Run | None] = {}
        self._agreed: dict[tuple[tuple[str, ...], tuple[int, ...]], bool] = {}

    @property
    def twin(self) -> nn.Module:
        """The private copy that runs, up to date with the network's weights."""
        if self._twin is None or state(self._modules) != self._state:
            self._modules = list(self._network.modules())
            self._twin, self._state, self._trace = twin(self._network), state(self._modules), None
            self._plans.clear()
            self._agreed.clear()
        return self._twin

    @property
    def trace(self) -> Trace | None:
        """The network as a graph, or None if it cannot be traced."""
        network = self.twin
        if self._trace is None:
            self._trace = trace(network)
        return self._trace

    def __call__(self, inputs: Tensor, names: Sequence[str]) -> dict[str, Tensor]:
        """Run.

        Args:
            inputs: as the network takes them; outputs have a gradient path to them if they require one.
            names: of module runs, as :func:`methods.engine.watch.survey` names them.

        Returns:
            The outputs by name.
        """
        network = self.twin
        key = tuple(names)
        with torch.set_grad_enabled(torch.is_grad_enabled() and inputs.requires_grad):
            if self._optimise and self._agrees(key, inputs):
                run = self._plans[key]
                if run is not None:
                    return {name: one for name, one in zip(key, run(inputs), strict=True) if one is not None}
            return watch(network, key, inputs)

    def planned(self, names: Sequence[str], inputs: Tensor) -> bool:
        """Whether a plan is used for these layers and this shape of input."""
        return self._optimise and bool(self.twin) and self._agrees(tuple(names), inputs)

    def _agrees(self, key: tuple[str, ...], inputs: Tensor) -> bool:
        if key not in self._plans:
            self._plans[key] = self._build(key, inputs)
        run = self._plans[key]
        if run is None:
            return False
        case = (key, tuple(inputs.shape[1:]))
        if case not in self._agreed:
            self._agreed[case] = self._compare(run, key, inputs[:1].detach())
        return self._agreed[case]

    def _build(self, key: tuple[str, ...], inputs: Tensor) -> Run | None:
        traced = self.trace
        if traced is None or any(name not in traced.nodes for name in key):
            return None
        return plan(traced, key, channels_last=inputs.device.type == "cpu")

    def _compare(self, run: Run, key: tuple[str, ...], inputs: Tensor) -> bool:
        # A constant picture would hide much of what a wrong plan could do.
        noise = torch.empty_like(inputs, device="cpu").uniform_(generator=torch.Generator().manual_seed(0))
        inputs = inputs + noise.to(inputs) * (inputs.abs().amax() + 1)
        with torch.no_grad():
            wanted = watch(self.twin, key, inputs)
            try:
                given = run(inputs)
            except Exception:  # noqa: BLE001 (a graph that cannot run here is not used here)
                return False
        return all(_close(one, wanted[name]) for name, one in zip(key, given, strict=True))


def _close(given: Tensor | None, wanted: Tensor) -> bool:
    if given is None or given.shape != wanted.shape:
        return False
    if not wanted.isfinite().all():
        return bool(torch.equal(given.isfinite(), wanted.isfinite()))
    return bool((given - wanted).abs().amax() <= _AGREE * wanted.abs().amax())
