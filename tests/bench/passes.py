"""The bare passes that what the toolkit does is measured against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from visualize.methods.network.run.hooks import watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

    from visualize.methods import Probe

AS_RUN = "bare forward + backward, as the toolkit runs it"
AS_LOADED = "bare forward + backward, as loaded (NCHW)"


def backward_passes(probe: Probe, layer: str, pictures: Tensor) -> tuple[Callable[[], object], Callable[[], object]]:
    """Forward and backward passes from a layer to the inputs: as the toolkit runs the network, and as it was loaded."""
    inputs = probe.prepare(pictures)
    network = probe.network.eval()

    def as_run() -> object:
        leaf = inputs.clone().requires_grad_()
        return torch.autograd.grad(probe.runner(leaf, [layer])[layer].sum(), leaf)

    def as_loaded() -> object:
        leaf = inputs.clone().requires_grad_()
        return torch.autograd.grad(watch(network, [layer], leaf)[layer].sum(), leaf)

    return as_run, as_loaded
