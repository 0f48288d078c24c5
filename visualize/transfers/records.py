"""Records of what features are worth, and their tables."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from visualize.methods.provenance import versions_in_use
from visualize.transfers.scoring import middle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from visualize.methods.provenance import Json
    from visualize.transfers.leaning import Leaning


@dataclass(frozen=True, eq=False)
class LayerWorth:
    """Worth of one layer's features on a task.

    Args:
        layer: its name.
        units: how many it has.
        map_size: rows and columns of its map.
        grid: rows and columns that the map was averaged to.
        features: numbers for each picture.
        costs: C of each class; empty where the classifier has none.
        score: on the test pictures.
        low: lower end of the 95 % interval of the score, by resamples of the test pictures.
        high: upper end of it.
        shuffled: score of the same classifier when the training pictures' labels are shuffled; None if that was not
            tried.
        precisions: mean average precision by each of its definitions.
        by_class: average precision of each class, or the share of its pictures that are called it.
        confusion: test pictures by class and by the class they are called; None where a picture may have several.
        resampled: the scores on the resamples, which are the same for all layers and networks.
        notes: sentences on how the fit went.
        shots: pictures of each class that were learnt from, with the mean of the scores of several draws and their
            standard deviation; empty where all are learnt from.
        leanings: the units that tell each class from the others, where that was asked for.

    Example:
        >>> import visualize as viz
        >>> worth = viz.transfer("scenes-alexnet", layers="fc6", count=60, twin=False)
        >>> (item,) = worth.networks[0].layers
        >>> item.features, item.low < item.score < item.high
        (96, True)
    """

    layer: str
    units: int
    map_size: tuple[int, int]
    grid: tuple[int, int]
    features: int
    costs: tuple[float, ...]
    score: float
    low: float
    high: float
    shuffled: float | None
    precisions: Mapping[str, float]
    by_class: Mapping[str, float]
    confusion: NDArray[np.int64] | None = field(default=None, repr=False)
    resampled: NDArray[np.float64] | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    shots: tuple[tuple[int, float, float], ...] = ()
    leanings: Mapping[str, Leaning] = field(default_factory=dict, repr=False)

    def document(self) -> dict[str, Json]:
        """The record for JSON; what is not known is null."""
        return {
            "layer": self.layer,
            "units": self.units,
            "map": list(self.map_size),
            "grid": list(self.grid),
            "features": self.features,
            "C": sorted(set(self.costs)) if len(set(self.costs)) <= 1 else list(self.costs),
            "score": _known(self.score),
            "interval": [_known(self.low), _known(self.high)],
            "shuffled": _known(self.shuffled),
            "average_precision": {kind: _known(value) for kind, value in self.precisions.items()},
            "classes": {name: _known(value) for name, value in self.by_class.items()},
            "confusion": None if self.confusion is None else self.confusion.tolist(),
            "shots": [{"pictures": count, "mean": mean, "spread": spread} for count, mean, spread in self.shots],
            "explained": {name: item.document() for name, item in self.leanings.items()},
            "notes": list(self.notes),
        }


@dataclass(frozen=True)
class Gain:
    """Score of a layer less that of the same layer untrained.

    Args:
        value: the difference of the scores.
        low: lower end of its 95 % interval: both are scored on the same resamples of the test pictures.
        high: upper end of it.

    Example:
        >>> Gain(0.1234, 0.05, 0.2).headline
        '+0.123 (+0.050 to +0.200)'
    """

    value: float
    low: float
    high: float

    @property
    def headline(self) -> str:
        """The difference and its interval."""
        return f"{self.value:+.3f} ({self.low:+.3f} to {self.high:+.3f})"


@dataclass(frozen=True, eq=False)
class NetworkWorth:
    """Worth of a network's layers on a task.

    Args:
        model: the network's name, with the file in brackets where its weights are not the model's own.
        weights_sha256: of its weights.
        layers: in the order in which they run.
        twin: the same for the same network before any training; None where there is none.
        notes: sentences on pictures that could not be read, and on the twin.

    Example:
        >>> import visualize as viz
        >>> worth = viz.transfer("scenes-alexnet", layers="fc6", count=60)
        >>> (network,) = worth.networks
        >>> network.best.layer, network.untrained("fc6").score < network.best.score
        ('fc6', True)
    """

    model: str
    weights_sha256: str
    layers: tuple[LayerWorth, ...]
    twin: NetworkWorth | None = None
    notes: tuple[str, ...] = ()

    @property
    def best(self) -> LayerWorth:
        """The layer of the highest score, the first of equals."""
        return max(self.layers, key=lambda item: -math.inf if math.isnan(item.score) else item.score)

    def untrained(self, layer: str) -> LayerWorth | None:
        """The twin's layer of that name."""
        layers = () if self.twin is None else self.twin.layers
        return next((item for item in layers if item.layer == layer), None)

    def gain(self, layer: str) -> Gain | None:
        """By how much a layer is better than the twin's, with a paired interval; None without a twin.

        Both are scored on the same resamples of the test pictures, so that what is hard about a picture is hard for
        both: the interval of the difference is narrower than those of the two scores tell.
        """
        own, twin = next((item for item in self.layers if item.layer == layer), None), self.untrained(layer)
        if own is None or twin is None or own.resampled is None or twin.resampled is None:
            return None
        value = own.score - twin.score
        return Gain(value, *middle(value, own.resampled - twin.resampled))

    def document(self) -> dict[str, Json]:
        """The record for JSON."""
        return {
            "model": self.model,
            "weights_sha256": self.weights_sha256,
            "best": self.best.layer,
            "layers": [item.document() | self._gained(item.layer) for item in self.layers],
            "untrained": None if self.twin is None else self.twin.document(),
            "notes": list(self.notes),
        }

    def _gained(self, layer: str) -> dict[str, Json]:
        gain = self.gain(layer)
        told: Json = None if gain is None else {"score": gain.value, "interval": [gain.low, gain.high]}
        return {"beyond_untrained": told}


@dataclass(frozen=True, eq=False)
class Measurement:
    """Worth of the layers of networks on a task, and what it was measured on.

    Args:
        data: name of the pictures.
        classes: names of the classes.
        several: a picture may be of several classes.
        pictures: how many there are to learn from, and to test on.
        split: sentence on how they were split.
        protocol: name of the classifier.
        measure: name of the score.
        chance: score of who does not look at the pictures.
        seed: of the split, of the folds and of the resamples.
        networks: one after the other as they were asked for.
        notes: sentences on how the data were understood.
        versions: of the libraries that numbers depend on.
    """

    data: str
    classes: tuple[str, ...]
    several: bool
    pictures: tuple[int, int]
    split: str
    protocol: str
    measure: str
    chance: float
    seed: int
    networks: tuple[NetworkWorth, ...]
    notes: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=versions_in_use)

    @property
    def ranking(self) -> bool:
        """Whether scores are average precisions, rather than accuracies."""
        return self.measure != "accuracy"

    def rows(self) -> list[dict[str, Json]]:
        """A row for each network and layer, as ``pandas.DataFrame`` takes them."""
        return [self._row(network, item) for network in self.networks for item in network.layers]

    def _row(self, network: NetworkWorth, item: LayerWorth) -> dict[str, Json]:
        twin, gain = network.untrained(item.layer), network.gain(item.layer)
        return {
            "data": self.data,
            "protocol": self.protocol,
            "measure": self.measure,
            "model": network.model,
            "layer": item.layer,
            "units": item.units,
            "features": item.features,
            "C": item.costs[0] if len(set(item.costs)) == 1 else None,
            "score": item.score,
            "low": item.low,
            "high": item.high,
            "untrained": None if twin is None else twin.score,
            "untrained_low": None if twin is None else twin.low,
            "untrained_high": None if twin is None else twin.high,
            "gain": None if gain is None else gain.value,
            "gain_low": None if gain is None else gain.low,
            "gain_high": None if gain is None else gain.high,
            "shuffled": item.shuffled,
            "chance": self.chance,
        }

    def document(self) -> dict[str, Json]:
        """The record for JSON."""
        return {
            "data": self.data,
            "classes": list(self.classes),
            "several_classes_in_a_picture": self.several,
            "pictures": {"learnt_from": self.pictures[0], "tested_on": self.pictures[1]},
            "split": self.split,
            "protocol": self.protocol,
            "measure": self.measure,
            "chance": _known(self.chance),
            "seed": self.seed,
            "networks": [network.document() for network in self.networks],
            "notes": list(self.notes),
            "versions": dict(self.versions),
        }


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else float(value)


def notes_of(networks: Sequence[NetworkWorth]) -> list[str]:
    """Sentences on networks and layers, each once, with whom they are about."""
    said: dict[str, None] = {}
    for network in networks:
        for note in network.notes:
            said[f"{network.model}: {note}"] = None
        for item in network.layers:
            for note in item.notes:
                said[f"{network.model}, {item.layer}: {note}"] = None
    return list(said)
