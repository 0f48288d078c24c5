"""The interface of every way of looking."""

from __future__ import annotations

import dataclasses
import enum
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Self

from visualize.methods.errors import InputError, InputWarning
from visualize.methods.lazy import gone
from visualize.methods.moved import SHRUNK
from visualize.methods.plain_state import plain_state
from visualize.methods.progress import Progress, silent
from visualize.methods.provenance import Provenance
from visualize.methods.setting_words import documented
from visualize.methods.settings import check, setting, warn_of_unused
from visualize.methods.unit import Sum, Target, Unit, parts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images
    from visualize.methods.result import Result


class Needs(enum.Enum):
    """Kinds of pictures that a method must be given.

    Example:
        >>> from visualize.methods import Saliency
        >>> Saliency.needs is Needs.IMAGES
        True
    """

    NOTHING = "nothing"
    IMAGES = "images"
    LABELLED = "labelled images"
    WORDED = "images with similarities to words, or labelled ones"


@dataclass(frozen=True, kw_only=True)
class Export:
    """A file that a method's first result can be written to by itself, beside the figure.

    Args:
        name: the option is ``--NAME FILE``; :meth:`Result.export <visualize.methods.result.Result.export>` is called
            with it.
        help: what the file shows.
        endings: that its name may have, such as ``(".webp", ".gif")``.
        settings: that the method needs for it.
    """

    name: str
    help: str
    endings: tuple[str, ...]
    settings: Mapping[str, object] = dataclasses.field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, kw_only=True)
class Method(ABC):
    """A way of looking at units. Its fields are its settings; calling it looks.

    A setting is made by :func:`visualize.methods.settings.setting`, which says on the field what it may be and what it
    does: the check, the option on the command line and the docs come from there. A wrong value raises
    :class:`~visualize.methods.errors.InputError` when the method is made. Adding a method takes one file with such a
    class and one line in the registry, or an entry point of the group ``visualize.methods``.

    Class variables:
        name: the key in the table of methods and on the command line.
        title: what a figure calls it.
        shows: one sentence for a figure's reader: what the pictures are.
        needs: what it must be given to look at.
        adds_units: it can look at a sum of units.
        explains: it looks at given pictures one by one, so that a card gives it the best of the unit's top images.
        by_default: a card shows it without being asked to; others are named, or have a command of their own.
        chooses: its results have :attr:`~visualize.methods.result.Result.chosen` pictures, which methods that explain
            are given.
        card_count: the pictures that the card of one unit alone asks of it; None leaves its own number.
        browsing: settings by which a report shows it of every unit of a layer; None leaves it out of reports, unless it
            is asked for by name.
        advice: what the help of its command says besides the line in the table of methods.
        examples: what one may type behind ``viz``.
        exports: files that can be written of its first result.
        goes_back: gradients go back to the pictures that it shows the network, which takes more memory.
        shared: calls for many units may be made in :meth:`pieces` at several places at once, as by the workers of a
            cluster: it makes pictures from little more than its settings.
        version: of the numbers that it gives, such as ``"1"``: whoever changes these changes it. Results of a method of
            another package are kept on the disk only if its class states one; ours go by the package's sources.

    Args:
        seed: Seed of everything random in it; the same seed gives the same result.

    Example:
        >>> from visualize.methods import Saliency
        >>> Saliency(kind="smoothgrad", samples=25).samples
        25
        >>> Saliency(samples=0)
        Traceback (most recent call last):
        visualize.methods.errors.InputError: samples is 1 or more, not 0
    """

    name: ClassVar[str]
    title: ClassVar[str]
    shows: ClassVar[str] = ""
    needs: ClassVar[Needs]
    adds_units: ClassVar[bool] = False
    explains: ClassVar[bool] = False
    by_default: ClassVar[bool] = True
    chooses: ClassVar[bool] = False
    card_count: ClassVar[int | None] = None
    browsing: ClassVar[Mapping[str, object] | None] = None
    advice: ClassVar[str] = ""
    examples: ClassVar[tuple[str, ...]] = ()
    exports: ClassVar[tuple[Export, ...]] = ()
    goes_back: ClassVar[bool] = False
    shared: ClassVar[bool] = False
    version: ClassVar[str] = ""

    seed: int = setting(0, help="Seed of everything random; the same seed gives the same result.", option=False)

    def __init_subclass__(cls, **given: Any) -> None:  # noqa: ANN401 (as :class:`object`'s)
        super().__init_subclass__(**given)
        cls.__doc__ = documented(cls, vars(cls))

    def __post_init__(self) -> None:
        check(self)
        warn_of_unused(self)

    @property
    def wants(self) -> Needs:
        """Pictures that it must be given with the settings that it has: :attr:`needs`, or less."""
        return self.needs

    def counting(self, count: int) -> Self:
        """Method with so many pictures for each unit; unchanged if their number is no setting of it.

        Args:
            count: 1 or more.
        """
        names = {item.name for item in dataclasses.fields(self)}
        changed: dict[str, Any] = {"count": count} if "count" in names else {}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InputWarning)  # of settings that the user's own count gave an effect
            return dataclasses.replace(self, **changed)

    def fitted(self, probe: Probe, units: Sequence[Target]) -> Self:
        """Method whose ``batch`` is a number: where it is ``"auto"``, the pictures that the memory holds together.

        See :func:`visualize.methods.pictures.batch_size.fitting`. Every call does that by itself; who asks for
        :meth:`company` or :meth:`pieces` does it before.

        Args:
            probe: the network.
            units: that are looked at.
        """
        if getattr(self, "batch", None) != "auto" or not units:
            return self
        from visualize.methods.pictures.batch_size import fitting

        layers = list(dict.fromkeys(part.layer for target in units for part in parts(probe.check(target))))
        with plain_state(gradients=True):
            batch = fitting(probe, layers, back=self.goes_back, size=self.picture_size(probe))
        changed: dict[str, Any] = {"batch": batch}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", InputWarning)  # said when it was made
            return dataclasses.replace(self, **changed)

    def picture_size(self, probe: Probe) -> tuple[int, int]:
        """Height and width of the pictures that it shows a network, as far as they are known: those of its input.

        Args:
            probe: the network.
        """
        return probe.prepare.size

    def company(self, units: Sequence[Target]) -> tuple[tuple[str, ...], ...]:
        """For each unit of a call, the rest of the call that the last bits of its result may hang on; by default all.

        Units whose pictures are optimised in one batch are rounded together. Who keeps results must know which of them
        may stand for one of another call, and which units to make again together.

        Args:
            units: of one call, under their layers' own names.

        Returns:
            for each unit words that are equal wherever its result is, such as the units of its batch. A call with all
            units of the same words, and no other, gives these words again.
        """
        return (tuple(map(str, units)),) * len(units)

    def pieces(self, units: Sequence[Target], images: Images | None) -> list[Sequence[Target]]:  # noqa: ARG002 (for others)
        """Parts of a call that may be made apart, each with the bits that it has in the whole; by default the whole.

        Args:
            units: of one call, under their layers' own names.
            images: the pictures that it is given, if any.

        Returns:
            all units in their order.
        """
        return [units]

    def looked_at(self, images: Images | None) -> Images | None:
        """Pictures that a call looks at, of those that it is given: all, unless a method knows better."""
        return images

    def __call__(
        self,
        probe: Probe,
        units: Target | Sequence[Target],
        images: Images | None = None,
        *,
        progress: Progress = silent,
    ) -> tuple[Result, ...]:
        """Look at units, many at a time, whatever is in force around the call.

        See :mod:`visualize.methods.plain_state`.

        Args:
            probe: the network.
            units: one or several; one result comes back for each, in their order.
            images: the probe set, for methods that need one.
            progress: told as the work goes on.

        Raises:
            UnitError: a layer or unit that the network does not have.
            InputError: images are needed and were not given, units are added where the method cannot, or what comes out
                is no result for each unit.
        """
        targets, images = [units] if isinstance(units, Unit | Sum) else list(units), self.looked_at(images)
        if self.needs is not Needs.NOTHING and images is None:
            raise InputError(f"{self.name} needs {self.needs.value}; pass a probe set as the third argument")
        if not self.adds_units and any(isinstance(target, Sum) for target in targets):
            raise InputError(f"{self.name} looks at single units, not at sums of units; pass them one by one")
        if not targets:
            return ()
        method = self.fitted(probe, targets)
        with plain_state(gradients=True):
            looked = method.look(probe, [probe.check(target) for target in targets], images, progress)
            results = _one_each(looked, len(targets), self.name)  # also of a generator, whose work is done here
            notes = probe.examination.notes
        return tuple(_noted(result, notes) if notes else result for result in results)

    @abstractmethod
    def look(
        self, probe: Probe, units: Sequence[Target], images: Images | None, progress: Progress
    ) -> Sequence[Result]:
        """Look at units that are checked; images are there if :attr:`needs` asks for them.

        Args:
            probe: the network.
            units: one or several, each under its layer's own name.
            images: the probe set, or None.
            progress: to be told how far the work has come: ``progress(done, total)``, up to ``total``.

        Returns:
            one result for each unit, in their order.
        """

    def provenance(self, probe: Probe, seconds: float) -> Provenance:
        """The record of this call, for the results.

        Args:
            probe: the network.
            seconds: that the call took for each unit.
        """
        settings = {item.name: getattr(self, item.name) for item in dataclasses.fields(self) if item.name != "seed"}
        return Provenance(
            method=self.name, settings=MappingProxyType(settings), seed=self.seed, model=probe.identity,
            seconds=seconds, preparation=probe.prepare.document(),
        )  # fmt: skip


def _one_each(looked: object, count: int, name: str) -> tuple[Result, ...]:
    """Results that a method gave, which must be one for each unit."""
    from visualize.methods.result import Result

    results = tuple(looked) if isinstance(looked, Iterable) else (looked,)
    wrong = [type(result).__name__ for result in results if not isinstance(result, Result)]
    if wrong or len(results) != count:
        what = f"a {wrong[0]}" if wrong else f"{len(results)} results"
        many = f"{count} unit{'s' if count > 1 else ''}"
        raise InputError(f"{name} gives {what} for {many}; a method's look gives a Result for each, in their order")
    return results


def _noted(result: Result, notes: Sequence[str]) -> Result:
    """A result with what its reader must know of the network, before what was noted already."""
    return dataclasses.replace(result, notes=tuple(dict.fromkeys((*notes, *result.notes))))


if not TYPE_CHECKING:
    __getattr__ = gone(__name__, *SHRUNK[__name__])  # old paths, until 0.3
