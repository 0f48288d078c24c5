"""Whatever can be asked of a measurement, with its defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from visualize.methods.errors import InputError, suggest
from visualize.transfers.pools import NUMBERS
from visualize.transfers.protocols.catalogue import PROTOCOLS
from visualize.transfers.sources.concepts import PIXELS
from visualize.transfers.splits import require_seed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from visualize.models.products import Given
    from visualize.transfers.labelling import Labelling

SCENES = "scenes"
_MOST_FOLDS = 100


@dataclass(frozen=True, kw_only=True, eq=False)
class TransferRequest:
    """A measurement that is asked for.

    Args:
        models: names of models, or networks as Python has them (a module, a module with its preparation, a probe); none
            is the embedded networks, and with ``weights`` or ``stated`` ``scenes-alexnet``.
        layers: names or aliases, ``"all"`` for every block, ``"every"`` for every layer.
        data: class folders, a table, a labelled probe set or a dataset of the hub; or a
            :class:`~visualize.transfers.labelling.Labelling`.
        protocol: the classifier: one of :data:`~visualize.transfers.protocols.catalogue.PROTOCOLS`.
        numbers: features of a picture that a layer is pooled to at most; 1 is the average over all
            positions; by default 9,000, and 1 to explain.
        categories: of a probe set's concepts; by default its objects, and all where it has none.
        pixels: of its label maps that a concept covers at least to be in a picture.
        count: how many pictures of a probe set are taken; None takes all.
        share: of the pictures, for the test, where the data do not say; by default 0.3.
        folds: deal the pictures out to so many parts, each of which is the test in turn; None is one split.
        seed: of the split, the folds, the shuffled labels and the resamples.
        twin: measure each network's untrained twin too.
        explain: find the units that each class is told by; features are then averages over all positions.
        weights: files to take in the place of the models' own, one for each model in their order; none takes their own.
        stated: facts of all the networks that their user states (:func:`visualize.models.overrides.overrides`).
        device: that networks run on.
        batch: pictures in one run of a network; ``"auto"`` are as many as half of the memory holds.
        keep: a folder in which features are kept as they are read, so that the same request goes on where it was.
        on: a cluster whose workers read the features; None is this machine alone.
        trusted: whether networks' own code may run on workers.
    """

    models: tuple[str | Given, ...] = ()
    layers: tuple[str, ...] = ("all",)
    data: str | Path | Labelling = SCENES
    protocol: str = "svm"
    numbers: int | None = None
    categories: tuple[str, ...] | None = None
    pixels: int = PIXELS
    count: int | None = None
    share: float | None = None
    folds: int | None = None
    seed: int = 0
    twin: bool = True
    explain: bool = False
    weights: tuple[str | Path, ...] = ()
    stated: Mapping[str, Any] = field(default_factory=dict)
    device: str = "auto"
    batch: int | Literal["auto"] = 8
    keep: Path | None = None
    on: str | None = None
    trusted: bool = False

    def __post_init__(self) -> None:
        if self.protocol not in PROTOCOLS:
            raise InputError(
                f"no protocol is called {self.protocol!r}; there are {', '.join(PROTOCOLS)}"
                f"{suggest(self.protocol, PROTOCOLS)}"
            )
        if self.share is not None and not 0 < self.share < 1:
            raise InputError(f"the share of pictures for the test lies between 0 and 1, not at {self.share:g}")
        if self.explain and self.numbers not in {None, 1}:
            raise InputError("--explain is of averages over all positions; give --numbers 1, or leave it out")
        if self.explain and not PROTOCOLS[self.protocol].linear:
            raise InputError(f"--explain takes a linear classifier apart (svm, voc07, logistic), not {self.protocol}")
        self._check_numbers()
        self._check_cluster()
        models = max(1, len(self.models))
        if self.weights and len(self.weights) != models:
            raise InputError(
                f"--weights is given {len(self.weights)} times for {models} models; give one file for each --model, in "
                f"their order"
            )
        if isinstance(self.data, str) and not self.data.strip():
            raise InputError("the name of the pictures is empty; give a folder, or scenes for the built-in ones")
        if not self.layers:
            raise InputError("no layer is asked for; name one, or all for every block")

    def _check_numbers(self) -> None:
        if self.numbers is not None and self.numbers < 1:
            raise InputError(f"--numbers is 1 or more, not {self.numbers}")
        if self.folds is not None and not 2 <= self.folds <= _MOST_FOLDS:
            raise InputError(f"--folds is 2 to {_MOST_FOLDS} parts, not {self.folds}")
        if self.folds is not None and self.share is not None:
            raise InputError("--folds tests on every picture, so that --share says nothing; leave one of them out")
        if self.folds is not None and self.explain:
            raise InputError("--explain takes one classifier apart, and --folds learns several; leave one of them out")
        if self.pixels < 1:
            raise InputError(f"--pixels is 1 or more, not {self.pixels}")
        if self.batch != "auto" and self.batch < 1:
            raise InputError(f"--batch is 1 or more pictures, or auto, not {self.batch}")
        require_seed(self.seed)

    def _check_cluster(self) -> None:
        if self.on is None:
            return
        from visualize.cluster.ray_address import check_address

        check_address(self.on)
        if not all(isinstance(model, str) for model in self.models):
            raise InputError("workers load networks by their names; give names of models, or leave out on")

    @property
    def most(self) -> int:
        """Features of a picture that a layer is pooled to at most."""
        return self.numbers or (1 if self.explain else NUMBERS)
