"""Reports in one call, from Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.reports.request import ReportRequest
    from visualize.watch import Watch


@dataclass(frozen=True)
class Report:
    """A report that was written.

    Args:
        index: the page to begin at.
        layers: network and layer of each that is in it.
        units: how many there are.
    """

    index: Path
    layers: tuple[tuple[str, str], ...]
    units: int


def write(request: ReportRequest, watch: Watch) -> Report:
    """Make what a report lacks, and write its pages.

    Raises:
        InputError: something that is asked for cannot be.
    """
    from visualize.reports.making import alone, make
    from visualize.reports.site import Site
    from visualize.reports.writing import write_pages

    make(request, watch)
    with alone(request.folder), watch("Pages") as progress:
        site = Site.read(request.folder)
        index = write_pages(site, progress)
    layers = tuple((layer.facts.model, layer.facts.layer) for layer in site.layers)
    return Report(index, layers, sum(len(layer.units) for layer in site.layers))
