"""Whatever can be asked of an ablation, with its defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from visualize.methods.ablation.settings import LEAST, By
from visualize.methods.errors import InputError, suggest
from visualize.transfers.splits import require_seed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from visualize.methods.pictures.images import Images
    from visualize.methods.together import Batch
    from visualize.models.products import Given

SCENES = "scenes"
SCENES_COUNT = 1200
"""Built-in scenes where no number is asked for: fifty of each kind in each half, drawn in half a minute."""
LabelsFrom = Literal["auto", "given", "network"]
"""Where labels come from: the data's where they are the network's classes, else its own answers; or one of the two."""


@dataclass(frozen=True, kw_only=True, eq=False)
class AblationRequest:
    """An ablation that is asked for.

    Args:
        model: the name of a model, or a network.
        layer: name or alias; by default the one of the model's catalogue entry, else the last with a map.
        units: the units that are removed one at a time, by their numbers or as ``"3,79,100-104"``; none is all.
        data: class folders, a table, a probe set of ``viz data``, a dataset of the hub, or a folder of photographs; or
            pictures.
        labels: where the class of each picture comes from.
        by: what stands in the place of a removed unit's activation.
        sizes: numbers of units that are removed at once; by default 1, 2, 3, 4, 5, 20, 64 and so on.
        least: pictures of each half that a class has at least, to be measured.
        count: how many pictures are taken; None takes all, and 1,200 of the built-in scenes.
        seed: of the halves, and of the pictures that are drawn.
        weights: a file to take in the place of the model's own.
        stated: facts of the network that its user states (:func:`visualize.models.overrides.overrides`).
        device: that the network runs on.
        batch: pictures in one run of the network; ``"auto"`` are as many as half of the memory holds.
        keep: a folder in which answers are kept as they come, so that the same request goes on where it was.
    """

    model: str | Given
    layer: str | None = None
    units: str | Sequence[int] = ()
    data: str | Path | Images = SCENES
    labels: LabelsFrom = "auto"
    by: By = "zero"
    sizes: tuple[int, ...] = ()
    least: int = LEAST
    count: int | None = None
    seed: int = 0
    weights: str | None = None
    stated: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"
    batch: Batch = 8
    keep: Path | None = None

    def __post_init__(self) -> None:
        _require("--labels", self.labels, get_args(LabelsFrom))
        _require("--by", self.by, get_args(By))
        if isinstance(self.units, str) and not self.units.strip(" ,"):
            raise InputError("--unit names no units; write 79, 3,79,100-104 or all")
        if self.least < 1:
            raise InputError(f"--least is 1 or more pictures, not {self.least}")
        require_seed(self.seed)
        if any(size < 1 for size in self.sizes):
            raise InputError(f"--sizes are numbers of units, 1 or more, not {min(self.sizes)}")


def _require(option: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise InputError(f"{option} is one of {', '.join(known)}, not {value!r}{suggest(value, known)}")
