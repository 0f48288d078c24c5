"""Figures that others published, with their sources: from a small table in the package, never measured here."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from visualize.data.files.csv_tables import read_table

if TYPE_CHECKING:
    from visualize.methods.provenance import Json

LINEAR, VOC07 = "ImageNet linear", "VOC07 SVM"
"""Measures of transfer: top-1 accuracy of a linear classifier on ImageNet, and mean average precision on VOC 2007."""
BEST = "best"
_SOURCES = {
    "MMSelfSup": "model pages of MMSelfSup (open-mmlab)",
    "VISSL": "model zoo of VISSL (Goyal et al. 2019)",
    "VirTex": "Desai and Johnson 2021",
    "MoCo paper": "He et al. 2020, table 1's list of linear classification on ImageNet",
    "the talk": "the talk's table of linear classification on ImageNet",
    "NetDissect": "Bau, Zhou et al. 2017: IoU > 0.04, once per category, layer conv5 or the like",
}
_TABLE = Path(__file__).with_name("published.csv")


@dataclass(frozen=True)
class Published:
    """One published figure.

    Args:
        measure: what was measured: ``"ImageNet linear"`` (top-1, %), ``"VOC07 SVM"`` (mean average precision, %),
            ``"unique detectors"`` or ``"detectors"`` (of Network Dissection).
        method: what the network was trained by.
        network: its architecture.
        layer: the layer, or ``"best"``.
        value: the figure as it was published.
        source: who published it.

    Example:
        >>> best = [item for item in published(VOC07) if item.method == "MoCo v2"]
        >>> best[0].value, best[0].source
        (84.04, 'MMSelfSup')
    """

    measure: str
    method: str
    network: str
    layer: str
    value: float
    source: str

    @property
    def reference(self) -> str:
        """The source in words."""
        return _SOURCES[self.source]

    def document(self) -> dict[str, Json]:
        """The record for JSON."""
        return {**vars(self), "reference": self.reference}


@functools.cache
def _read() -> tuple[Published, ...]:
    _, rows = read_table(_TABLE, ("measure", "method", "network", "layer", "value", "source"))
    return tuple(
        Published(
            row["measure"], row["method"], row["network"], row["layer"], row.number("value", least=0), row["source"]
        )
        for row in rows
    )


def published(measure: str | None = None) -> list[Published]:
    """Published figures, in the order of the table.

    Args:
        measure: only of that; None gives all.

    Example:
        >>> curve = [item.value for item in published("ImageNet linear") if item.method == "rotation"]
        >>> curve
        [12.15, 31.99, 44.57, 54.2, 45.94]
    """
    return [item for item in _read() if measure in {None, item.measure}]


def curves() -> dict[str, list[float]]:
    """Top-1 accuracy on ImageNet by layer f1 to f5 of ResNet50, 0..1, by method."""
    result: dict[str, list[float]] = {}
    for item in published(LINEAR):
        if item.layer != BEST:
            result.setdefault(item.method, []).append(item.value / 100)
    return result
