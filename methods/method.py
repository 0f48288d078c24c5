"""The interface of every way of looking, and the table of those that are installed."""

from __future__ import annotations

import dataclasses
import enum
from abc import ABC, abstractmethod
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, ClassVar

from methods.errors import InputError
from methods.progress import Progress, silent
from methods.provenance import Provenance
from methods.unit import Sum, Target, Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from methods.network.probe import Probe
    from methods.pictures.images import Images
    from methods.result import Result


class Needs(enum.Enum):
    """What a method must be given to look at."""

    NOTHING = "nothing"
    IMAGES = "images"
    LABELLED = "labelled images"


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
