"""Arithmetic in which a network runs while pictures are optimised: its own float32, or bfloat16 for speed.

bfloat16 (Kalamkar et al. 2019, "A study of BFLOAT16 for deep learning training") has the range of float32 and three
digits less. Processors that have it multiply in it two to sixteen times as fast.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import torch

from visualize.methods.errors import InputError
from visualize.methods.network.processor import capabilities
from visualize.methods.network.run.runner import Runner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from torch import Tensor

    from visualize.methods.network.probe import Probe

Precision = Literal["float32", "bf16"]

MADE = "made in bfloat16; the finished picture is measured in float32"
"""Words for a note."""
SLOW = "this machine has no arithmetic for bfloat16, so that precision bf16 is slower here than float32"
"""Words for a note, where :func:`pays` is false."""


@dataclass(frozen=True, kw_only=True)
class Arithmetic:
    """Runs a probe's network in one precision; pictures go in, and activations come out, as the probe has them.

    A copy of the network in bfloat16 runs by the plan of the network itself, or without one, whichever was found right.

    Args:
        probe: the network.
        precision: ``"float32"`` leaves it as it is, whatever its dtype.

    Raises:
        InputError: bfloat16 is asked for, and the network is not float32.
    """

    probe: Probe
    precision: Precision

    def __post_init__(self) -> None:
        if self._half and self.probe.dtype != torch.float32:
            raise InputError(
                f"precision bf16 is for networks in float32, and this one is in {str(self.probe.dtype)[6:]}; "
                f"leave it out, or convert the network with .float()"
            )

    @property
    def _half(self) -> bool:
        return self.precision == "bf16"

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for a result's reader; none in float32."""
        if not self._half:
            return ()
        return (MADE,) if pays(self.probe.device) else (MADE, SLOW)

    @functools.cached_property
    def _runner(self) -> Runner:
        own = self.probe.runner
        with torch.inference_mode(mode=False):
            copied = own.copy().bfloat16()  # aliases of the weights give way to weights of its own
        runner = Runner(copied, optimise=own.optimise, examination=own.examination, judge=own)
        runner.batch_axes = own.batch_axes
        return runner

    def activations(
        self, pictures: Tensor, layers: Sequence[str], only: Mapping[str, Sequence[int]] | None = None
    ) -> dict[str, Tensor]:
        """Activations as :meth:`Probe.activations <visualize.methods.Probe.activations>` gives them.

        Args:
            pictures: N x 3 x H x W, RGB in 0..1.
            layers: names or aliases.
            only: for each layer the numbers of the units that the caller looks at; maps of others may hold anything.

        Raises:
            InputError: the network does not run on them in this precision.
        """
        if not self._half:
            return self.probe.respond(self.probe.prepared(pictures), layers, only=only)
        inputs = self.probe.prepared(pictures).bfloat16()  # the mean is taken off before anything is rounded
        try:
            maps = self.probe.respond(inputs, layers, self._runner, only=only)
        except InputError as fault:
            raise InputError(f"in bfloat16 {fault}; leave out the precision bf16") from fault
        return {layer: of_layer.float() for layer, of_layer in maps.items()}


def pays(device: torch.device) -> bool:
    """Whether a device multiplies in bfloat16 itself, and does not go through float32.

    Args:
        device: that the network runs on.

    Example:
        >>> pays(torch.device("meta"))
        False
    """
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device.type != "cpu":
        return False
    has = capabilities()
    return any(bool(has.get(name)) for name in ("amx_bf16", "avx512_bf16", "avx10_2", "bf16", "sve_bf16"))
