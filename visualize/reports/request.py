"""A report that is asked for: of which layers of which network, on which set, and how."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visualize.cards.named_methods import MethodName, configured, in_order, kind_of, listed
from visualize.cards.request import DEFAULT_MODEL, Request
from visualize.cluster.pieces import NetworkSource
from visualize.files import ROOT, check_writable, safe
from visualize.methods.errors import InputError
from visualize.methods.registry import table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.methods.method import Method
    from visualize.methods.together import Batch
    from visualize.models.products import Given

_FOLDER = "report"


@dataclass(frozen=True, kw_only=True)
class ReportRequest:
    """Report that is asked for, before anything of it is opened.

    Args:
        model: a model's name or a network, as :func:`visualize.unit` takes it.
        layers: names; by default the layer of the model's catalogue entry, else the last one with a map.
        data: a probe set; by default that of the model's catalogue entry. Only a labelled one gives names.
        out: the folder of the site; by default ``viz-out/MODEL/report``.
        methods: by default all that have settings for browsing, as far as they can run.
        steps: of the methods that go step by step; by default as many as they take for browsing.
        pixels: height and width of the pictures that are made, likewise.
        precision: in which pictures are made, ``"float32"`` or ``"bf16"``; by default float32.
        batch: pictures that the network is shown together, or ``"auto"`` for as many as half of the memory holds; by
            default each method's own number.
        seed: of everything random.
        cache: take results from the cache where they lie there, and keep those that are made.
        network: further keywords of :class:`~visualize.cards.request.Request`: device, weights, trust, size and so on.
        on: a cluster whose workers look at pictures and make them; None is this machine alone.
        trusted: whether the network's own code may run on workers.

    Raises:
        InputError: one of these cannot be.
    """

    model: str | Path | Given = DEFAULT_MODEL
    layers: tuple[str, ...] = ()
    data: str | Path | None = None
    out: str | Path | None = None
    methods: Sequence[MethodName] | None = None
    steps: int | None = None
    pixels: int | None = None
    precision: str | None = None
    batch: Batch | None = None
    seed: int = 0
    cache: bool = True
    network: Mapping[str, Any] = field(default_factory=dict)
    on: str | None = None
    trusted: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "methods", listed(self.methods))
        if self.out is not None and not str(self.out).strip():
            raise InputError("--out is empty; give a folder")
        if self.pixels is not None and not 16 <= self.pixels <= 1024:
            raise InputError(f"pictures of {self.pixels} pixels cannot be made; ask for 16 to 1024")
        if self.on is not None:
            self._check_cluster(self.on)
        self.request.check_shared()
        if not self.chosen:
            raise InputError("no method is named; leave out --methods for those that suit a report")
        if self.precision is not None and not any(map(_has_precision, self.chosen)):
            names = ", ".join(method.name for method in self.chosen)
            raise InputError(f"{names} makes no pictures; leave out --precision")
        check_writable(self.folder)

    def _check_cluster(self, where: str) -> None:
        from visualize.cluster.ray_address import check_address

        check_address(where)
        if not isinstance(self.model, str | Path):
            raise InputError("workers load a network by its name; give a model's name, or leave out on")

    @property
    def source(self) -> NetworkSource:
        """The network as workers of a cluster load it."""
        given = {name: value for name, value in self.network.items() if value is not None}
        weights = given.pop("weights", None)
        facts = {name: value for name, value in given.items() if name in {"size", "mean", "std", "order", "classes"}}
        return NetworkSource(
            model=str(self.model), weights=None if weights is None else str(weights), facts=facts,
            device=str(given.get("device", "auto")), trusted=self.trusted or bool(given.get("trust")),
        )  # fmt: skip

    @property
    def request(self) -> Request:
        """The network, set and methods as a card asks for them."""
        return Request(
            model=self.model, layer=",".join(self.layers) or None, images=self.data, methods=self.methods,
            steps=self.steps, batch=self.batch, seed=self.seed, cache=self.cache, **self.network,
        )  # fmt: skip

    @property
    def folder(self) -> Path:
        """The folder of the site."""
        if self.out is not None:
            return Path(self.out).expanduser()
        name = self.model if isinstance(self.model, str | Path) else "network"
        return ROOT / safe(str(name)) / _FOLDER

    @property
    def chosen(self) -> tuple[Method, ...]:
        """Methods with their settings for browsing, those of the table in its order."""
        usual = [name for name, kind in table().items() if kind.browsing is not None]
        return tuple(map(self._configured, in_order(self.methods or usual)))

    def _configured(self, asked: MethodName) -> Method:
        if not isinstance(asked, str):
            return asked
        given: dict[str, Any] = dict(kind_of(asked).browsing or {})
        shared: dict[str, object] = {"seed": self.seed}
        if self.precision is not None:
            shared["precision"] = self.precision
        for name, value in (("steps", self.steps), ("batch", self.batch)):
            if value is not None:
                given.pop(name, None)
                shared[name] = value
        if self.pixels is not None and "size" in given:
            given["size"] = (self.pixels, self.pixels)
        return configured(asked, shared, given)

    def with_methods(self, methods: Sequence[Method]) -> ReportRequest:
        """The request of another process, which makes no number of its own of ``batch="auto"``.

        Args:
            methods: of the report, with their settings.
        """
        if self.batch is None:
            return self
        return self.changed(methods=methods, steps=None, pixels=None, precision=None, batch=None)

    def changed(self, **fields: Any) -> ReportRequest:  # noqa: ANN401 (fields of many types)
        """The request with other fields."""
        return dataclasses.replace(self, **fields)


def _has_precision(method: Method) -> bool:
    return any(item.name == "precision" for item in dataclasses.fields(method))
