"""What a network loses without each unit of a layer, against loading and its forward pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from tests.bench.timing import Ratio, compare, worked
from visualize.ablation.api import ablate as whole_ablation
from visualize.methods.ablation.ablated import Ablated
from visualize.methods.ablation.study import Study, answers, read
from visualize.methods.pictures.images import Subset
from visualize.methods.pictures.scan import Scan
from visualize.methods.progress import silent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from visualize.methods import Images, Probe

LAYER = "fire9"
_BAR = 20.0  # passes; a pass for each of the units would be 512
_HOOKED = 4  # units that are removed by a hook


def ablate(probe: Probe, images: Images, rounds: int) -> bool:
    """Time the removal of every unit of the layer on all pictures, and the whole of ``viz ablate``."""
    units = probe.layer(LAYER).units

    def forward() -> None:
        for _ in Scan(probe, images, [probe.output.name]):
            pass

    def each() -> None:
        ablated = Ablated.of(probe, LAYER)
        reading = read(ablated, images, batch=8, room=_room, progress=silent)
        into = answers((len(images), units), evidence=True, room=_room)
        Study(ablated=ablated, reading=reading).without_each(range(units), reading.called, into, progress=silent)

    def whole() -> None:
        whole_ablation(probe, LAYER, data=images)

    kept = compare(
        f"removal of {units} units, {LAYER}, {len(images)} photographs; processor time",
        {"each unit": worked(each), "viz ablate": worked(whole), "loading + forward": worked(forward)},
        [Ratio("each unit", "loading + forward", _BAR), Ratio("viz ablate", "loading + forward", _BAR)],
        rounds=rounds,
    )
    print(f"  by a hook, all of the network anew for each unit: {_by_hook(probe, images) * units:.0f} passes for all")
    return kept


def _by_hook(probe: Probe, images: Images) -> float:
    """Passes of loading + forward that the removal of a unit takes by a hook, on some pictures in memory."""
    few = Subset(images, tuple(range(48)))
    pictures = [torch.from_numpy(few.load(index, probe.prepare)) for index in range(len(few))]
    network = probe.network.eval()
    unit = 0

    def put(_module: torch.nn.Module, _inputs: object, output: torch.Tensor) -> torch.Tensor:
        changed = output.clone()
        changed[:, unit] = 0
        return changed

    def run() -> None:
        for first in range(0, len(pictures), 8):
            part = torch.stack(pictures[first : first + 8]).permute(0, 3, 1, 2).float() / 255
            with torch.no_grad():
                network(probe.prepare(part))

    handle = network.get_submodule(LAYER).register_forward_hook(put)
    try:
        run()
        hooked = sum(worked(run)() for _ in range(_HOOKED)) / _HOOKED
    finally:
        handle.remove()

    def plain() -> None:
        for _ in Scan(probe, few, [probe.output.name]):
            pass

    return hooked / worked(plain)()


def _room(shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:  # noqa: ANN401 (as numpy takes it)
    return np.zeros(shape, dtype)
