"""The interface of every way of looking, and the table of those that are installed."""

from __future__ import annotations

import dataclasses
import enum
import functools
import importlib
import importlib.metadata
import warnings
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from methods.errors import InputError, suggest
from methods.panel import Panel, Picture, png, row
from methods.unit import Sum, Target, Unit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from methods.images import Images
    from methods.probe import Probe

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]

ENTRY_POINTS = "visualize.methods"
_BUILTIN = {
    "ascent": "methods.ascent:GradientAscent",
    "top": "methods.retrieval:TopImages",
    "saliency": "methods.saliency:Saliency",
    "deconv": "methods.deconvolution:Deconvolution",
    "guided": "methods.guided:GuidedBackpropagation",
    "invert": "methods.inversion:Inversion",
    "dream": "methods.dream:DeepDream",
    "check": "methods.sanity:Sanity",
    "dissect": "methods.dissection.method:Dissection",
}
_RECORDED = ("torch", "torchvision", "captum", "kornia", "numpy", "pillow")


class Needs(enum.Enum):
    """What a method must be given to look at."""

    NOTHING = "nothing"
    IMAGES = "images"
    LABELLED = "labelled images"


class Progress(Protocol):
    """Told how far a method has come."""

    def __call__(self, done: int, total: int) -> None:
        """``done`` of ``total`` equal pieces of work are finished."""


def silent(done: int, total: int) -> None:
    """The progress that nobody watches."""


@dataclass(frozen=True)
class Identity:
    """Which network a result speaks of.

    Args:
        name: the model's name in the zoo, or of its class.
        weights_sha256: of the weights file where there is one, else of the parameters and buffers in memory.
    """

    name: str
    weights_sha256: str


@functools.cache
def _versions() -> Mapping[str, str]:
    """The versions of the libraries that numbers depend on."""
    found = {}
    for name in _RECORDED:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return MappingProxyType(found)


@dataclass(frozen=True, kw_only=True)
class Provenance:
    """Where a result comes from: enough to make it again."""

    method: str
    settings: Mapping[str, Any]
    seed: int
    model: Identity
    versions: Mapping[str, str] = field(default_factory=_versions)
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Result(ABC):
    """What one method found out about one unit: a frozen record whose tensors lie on the CPU.

    Args:
        unit: what was looked at.
        provenance: the settings, seed, model and libraries behind it.
        notes: sentences that a reader of the numbers must know ("the unit could not be moved").
    """

    unit: Target
    provenance: Provenance
    notes: tuple[str, ...] = ()

    @property
    def subject(self) -> str | None:
        """What was looked at, in words, where that is not the unit alone."""
        return None

    @property
    def shows(self) -> str | None:
        """One sentence for a figure's reader, where its method's own does not fit."""
        return None

    @abstractmethod
    def panels(self) -> tuple[Panel, ...]:
        """What to draw; at least one panel."""

    def aligned(self) -> tuple[Panel, ...]:
        """What to draw under photographs that a figure shows already: each panel says of which it is."""
        return self.panels()

    @abstractmethod
    def facts(self) -> dict[str, Json]:
        """The numbers, ready for JSON."""

    def lines(self) -> tuple[str, ...]:
        """What of the numbers a reader of plain text must see besides the single ones of ``facts``; by default none."""
        return ()

    @abstractmethod
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The raw arrays by documented keys, for ``.npz``."""

    def _repr_png_(self) -> bytes:
        return png(row(self.panels()))


@dataclass(frozen=True, kw_only=True)
class Method(ABC):
    """A way of looking at units. Its fields are its settings; calling it looks.

    Class variables:
        name: the key in the table of methods and on the command line.
        title: what a figure calls it.
        shows: one sentence for a figure's reader: what the pictures are.
        needs: what it must be given to look at.
        adds_units: it can look at a sum of units.
        explains: it looks at given pictures one by one, so that a card gives it the best of the unit's top images.
        by_default: a card shows it without being asked to; others are named, or have a command of their own.

    Args:
        seed: of everything random in it; the same seed gives the same result.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    shows: ClassVar[str] = ""
    needs: ClassVar[Needs]
    adds_units: ClassVar[bool] = False
    explains: ClassVar[bool] = False
    by_default: ClassVar[bool] = True

    seed: int = 0

    @property
    def wants(self) -> Needs:
        """What it must be given with the settings that it has: :attr:`needs`, or less."""
        return self.needs

    def __call__(
        self,
        probe: Probe,
        units: Target | Sequence[Target],
        images: Images | None = None,
        *,
        progress: Progress = silent,
    ) -> tuple[Result, ...]:
        """Look at units, many at a time.

        Args:
            probe: the network.
            units: one or several; one result comes back for each, in their order.
            images: the probe set, for methods that need one.
            progress: told as the work goes on.

        Raises:
            UnitError: a layer or unit that the network does not have.
            InputError: images are needed and were not given, or units are added where the method cannot.
        """
        targets = [units] if isinstance(units, Unit | Sum) else list(units)
        if self.needs is not Needs.NOTHING and images is None:
            raise InputError(f"{self.name} needs {self.needs.value}; pass a probe set as the third argument")
        if not self.adds_units and any(isinstance(target, Sum) for target in targets):
            raise InputError(f"{self.name} looks at single units, not at sums of units; pass them one by one")
        return tuple(self.look(probe, [probe.check(target) for target in targets], images, progress)) if targets else ()

    @abstractmethod
    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> Sequence[Result]:
        """What a method implements: units are checked, and images are there if :attr:`needs` asks for them."""

    def provenance(self, probe: Probe, seconds: float) -> Provenance:
        """The record of this call, for the results."""
        settings = {item.name: getattr(self, item.name) for item in dataclasses.fields(self) if item.name != "seed"}
        return Provenance(
            method=self.name, settings=MappingProxyType(settings), seed=self.seed, model=probe.identity, seconds=seconds
        )


def table() -> dict[str, type[Method]]:
    """Every method that is installed, by name: ours first, then those of the entry point group ``visualize.methods``.

    A third party's method that cannot be loaded is left out with a warning that names it.
    """
    found = {name: _load(where) for name, where in _BUILTIN.items()}
    for entry in importlib.metadata.entry_points(group=ENTRY_POINTS):
        try:
            method = entry.load()
            if not (isinstance(method, type) and issubclass(method, Method)):
                raise TypeError("it is no subclass of methods.Method")  # noqa: TRY301 (one place reports both failures)
        except Exception as fault:  # noqa: BLE001 (a stranger's package may fail in any way; ours goes on without it)
            warnings.warn(f"the method {entry.name!r} ({entry.value}) was left out: {fault}", stacklevel=2)
            continue
        found.setdefault(entry.name, method)
    return found


def find(name: str) -> type[Method]:
    """The method of that name.

    Raises:
        InputError: there is none; the message names close ones.
    """
    known = table()
    if name not in known:
        raise InputError(f"no method is called {name!r}{suggest(name, known)} (known: {', '.join(known)})")
    return known[name]


def _load(where: str) -> type[Method]:
    module, _, attribute = where.partition(":")
    loaded: type[Method] = getattr(importlib.import_module(module), attribute)
    return loaded


__all__ = [
    "ENTRY_POINTS", "Identity", "Json", "Method", "Needs", "Panel", "Picture", "Progress", "Provenance", "Result",
    "find", "silent", "table",
]  # fmt: skip
