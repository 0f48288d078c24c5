"""Reports in one call, from Python."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from visualize.cards.request import DEFAULT_MODEL, Request
from visualize.keywords import spelled_out
from visualize.methods.plain_state import plain_state
from visualize.models.overrides import Stated
from visualize.notebook import load_torch, usual
from visualize.reports.people import keep, names_in
from visualize.reports.request import ReportRequest

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from visualize.cards.named_methods import MethodName
    from visualize.methods.together import Batch
    from visualize.models.products import Given
    from visualize.people.files import PeopleNames
    from visualize.watch import Watch


@dataclass(frozen=True)
class Report:
    """A report that was written.

    Args:
        index: the page to begin at.
        layers: network and layer of each that is in it.
        units: how many there are.

    Example:
        >>> from pathlib import Path
        >>> Report(Path("site/index.html"), (("scenes-alexnet", "conv5"),), 80)
        <Report of 80 units of 1 layers: site/index.html>
    """

    index: Path
    layers: tuple[tuple[str, str], ...]
    units: int

    def __repr__(self) -> str:
        """Page and size, in one line."""
        return f"<{type(self).__name__} of {self.units} units of {len(self.layers)} layers: {self.index}>"

    def _repr_html_(self) -> str:
        """A link to the pages, for a notebook."""
        from visualize.pages.snippets import snippet

        lines = [f"{self.units} units of {len(self.layers)} layers: open {self.index} in a browser."]
        return snippet("Report", lines=lines, facts=self.layers)


@spelled_out(Request, only={"device", "weights", "trust", *Stated.__annotations__}, elsewhere={"images": "data"})
@plain_state()
def report(  # noqa: PLR0913 (a network, layers, a set and a folder, and how)
    model: str | Path | Given = DEFAULT_MODEL,
    layers: str | Sequence[str] = (),
    data: str | Path | None = None,
    *,
    out: str | Path | None = None,
    results: Sequence[str | Path] = (),
    methods: Sequence[MethodName] | None = None,
    steps: int | None = None,
    pixels: int | None = None,
    precision: str | None = None,
    batch: Batch | None = None,
    seed: int = 0,
    cache: bool = True,
    names: str | Path | None = None,
    on: str | None = None,
    watch: Watch | None = None,
    **network: Any,  # noqa: ANN401 (of many types)
) -> Report:
    """Write a site of whole layers: a page for every unit and every concept, to browse, to search and to send.

    Makes what is missing, and goes on where it was; what lies there and is unchanged stays. Layers and networks that a
    folder holds from before stay in it.

    Args:
        model: a model's name or a network, as :func:`visualize.unit` takes it.
        layers: names; by default the layer of the model's catalogue entry, else the last one with a map.
        data: a probe set; by default that of the model's catalogue entry. Only a labelled one gives names.
        out: the folder of the site; by default ``viz-out/MODEL/report``.
        results: folders of reports and dissections, and tables, that are shown instead; nothing is computed then.
        methods: names of methods, or methods; by default all that have settings for browsing, as far as they can run.
        steps: of the methods that go step by step.
        pixels: height and width of the pictures that are made.
        precision: in which pictures are made: ``"bf16"`` takes about 0.6 of the time where the processor has it.
        batch: pictures that the network is shown together; ``"auto"`` takes as many as half of the memory holds.
        seed: of everything random.
        cache: take results from the cache where they lie there, and keep those that are made.
        names: a file of names that people gave, which pages show beside the measured ones: what
            ``viz annotate --export`` writes.
        on: a Ray cluster whose workers look at pictures and make them, as ``viz report --on`` takes it.
        watch: shows how the work goes on; by default a bar in a notebook, and nothing elsewhere.
        network: further keywords of :func:`visualize.unit`: ``device``, ``weights``, ``trust``, ``size``, ``mean``,
            ``std``, ``order``, ``prepare`` and ``classes``.

    Returns:
        the report, whose ``index`` is the page to begin at.

    Raises:
        InputError: one of these cannot be used; the message says what to do.

    Example:
        >>> import visualize as viz
        >>> from torch import nn
        >>> network = nn.Sequential(nn.Conv2d(3, 4, 5))
        >>> done = viz.report(network, "0", methods=["ascent"], steps=1, pixels=16, out="site")
        >>> done.units, done.index.as_posix()
        (4, 'site/index.html')
    """
    watch = watch or usual()
    load_torch(watch)
    listed = tuple(layers.split(",")) if isinstance(layers, str) else tuple(layers)
    request = ReportRequest(
        model=model, layers=tuple(name.strip() for name in listed if name.strip()), data=data, out=out, methods=methods,
        steps=steps, pixels=pixels, precision=precision, batch=batch, seed=seed, cache=cache, network=network, on=on,
    )  # fmt: skip
    called = None if names is None else names_in(names)
    return collect(results, request.folder, watch, called) if results else write(request, watch, called)


def write(request: ReportRequest, watch: Watch, names: PeopleNames | None = None) -> Report:
    """Make what a report lacks, and write its pages.

    Args:
        request: what is asked for.
        watch: shows how the work goes on.
        names: that people gave.

    Raises:
        InputError: something that is asked for cannot be.
    """
    from visualize.reports.making import make

    make(request, watch)
    return _paged(request.folder, watch, names)


def collect(results: Sequence[str | Path], site: Path, watch: Watch, names: PeopleNames | None = None) -> Report:
    """Write a report of results that lie there; nothing is computed.

    Args:
        results: folders of reports and dissections, and tables.
        site: the folder of the site.
        watch: shows how the work goes on.
        names: that people gave.

    Raises:
        InputError: one of the results cannot be read.
    """
    from visualize.reports.at_hand import gather

    gather(results, site, watch)
    return _paged(site, watch, names)


def _paged(folder: Path, watch: Watch, names: PeopleNames | None) -> Report:
    """Write the pages of what lies in a folder."""
    from visualize.reports.making import alone
    from visualize.reports.site import Site
    from visualize.reports.writing import write_pages

    with alone(folder), watch("Pages") as progress:
        if names is not None:
            keep(folder, names)
        site = Site.read(folder)
        index = write_pages(site, progress)
    layers = tuple((layer.facts.model, layer.facts.layer) for layer in site.layers)
    return Report(index, layers, sum(len(layer.units) for layer in site.layers))
