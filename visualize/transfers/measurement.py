"""Measuring the layers of one network on a task."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np

from visualize.dissection.unit_names import unit_names
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.pictures.batch_size import fitting
from visualize.transfers.features import read_features
from visualize.transfers.leaning import leanings, named
from visualize.transfers.part import Lesson
from visualize.transfers.records import LayerWorth, NetworkWorth
from visualize.transfers.scoring import Judge, interval, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from visualize.methods.drawing.panel import Picture
    from visualize.methods.network.probe import Probe
    from visualize.transfers.features import Elsewhere, Features, LayerFeatures
    from visualize.transfers.labelling import Task
    from visualize.transfers.part import Answer
    from visualize.transfers.protocols.catalogue import Protocol
    from visualize.watch import Watch

_SMALL = Preparation((96, 96))  # of pictures that are shown
_SHUFFLES = 3  # orders of the labels, each learnt with the C of the true ones; the score is their mean


@dataclass(frozen=True, eq=False)
class Examiner:
    """Measures layers on a task by one protocol.

    Args:
        tasks: the pictures, with what is for the test; several are the same pictures and classes with another part
            for the test in each, and the worth of a layer is their mean.
        protocol: the classifier.
        numbers: features of a picture that a layer is pooled to at most.
        batch: pictures in one run of a network; ``"auto"`` are as many as half of the memory holds.
        seed: of folds, shuffles and resamples.
        explain: find the units that each class is told by.
        keep: a folder in which features are kept as they are read; None keeps nothing.
    """

    tasks: tuple[Task, ...]
    protocol: Protocol
    numbers: int
    batch: int | Literal["auto"]
    seed: int
    explain: bool = False
    keep: Path | None = None

    def network(
        self, probe: Probe, layers: Sequence[str], watch: Watch, *, shuffling: bool, elsewhere: Elsewhere | None = None
    ) -> NetworkWorth:
        """Measure some layers of a network, whose features are read in one run.

        Args:
            probe: the network.
            layers: names or aliases.
            watch: shows how far the work has come.
            shuffling: learn from shuffled labels too.
            elsewhere: reads the features in place of this process.

        Raises:
            InputError: features cannot be read, or too few pictures could be.
        """
        name = probe.identity.name
        together = fitting(probe, layers) if self.batch == "auto" else self.batch
        with watch(f"reading features of {name}") as progress:
            features = read_features(
                probe, self.tasks[0].images, layers, pools=self.protocol.pools(self.numbers), batch=together,
                progress=progress, keep=self.keep, elsewhere=elsewhere,
            )  # fmt: skip
        for task in self.tasks:
            _require_parts(task, features)
        measured = []
        with watch(f"learning from {name}") as progress:
            for number, item in enumerate(features.layers.values()):
                progress(number, len(features.layers))
                worths = [self._layer(task, item, features, shuffling=shuffling) for task in self.tasks]
                worth = averaged([worth for worth, _ in worths])
                explained = self.explain and shuffling  # of the trained network alone
                measured.append(self._explained(worth, worths[0][1], probe, features) if explained else worth)
        return NetworkWorth(name, probe.identity.weights_sha256, tuple(measured), notes=features.notes)

    def judges(self) -> list[Judge]:
        """Labels of the test pictures of each task, by which classifiers are scored."""
        return [self._judge(task, np.ones_like(task.test)) for task in self.tasks]

    def _judge(self, task: Task, there: NDArray[np.bool_]) -> Judge:
        """Labels of the test pictures that could be read; each task draws resamples of its own."""
        ranking = task.several or self.protocol.ranking
        return Judge(task.labels[task.test & there], ranking, self.protocol.kind, self.seed + self.tasks.index(task))

    def _explained(self, worth: LayerWorth, answer: Answer, probe: Probe, features: Features) -> LayerWorth:
        """The record of a layer with the units that each class is told by."""
        (task,) = self.tasks
        rows = np.flatnonzero(task.test & features.there)

        def show(row: int) -> tuple[str, Picture | None]:
            index = int(rows[row])
            return task.images.file(index), task.images.load(index, _SMALL)

        held, notes = leanings(answer, self._judge(task, features.there).labels, task.classes, show), worth.notes
        names = unit_names(probe, worth.layer)
        if names is not None:
            held, notes = named(held, names[0]), (*notes, f"units are named by {names[1]}")
        return replace(worth, leanings=held, notes=notes)

    def _layer(
        self, task: Task, item: LayerFeatures, features: Features, *, shuffling: bool
    ) -> tuple[LayerWorth, Answer]:
        train, test = ~task.test & features.there, task.test & features.there
        groups = tuple(np.asarray(task.groups)[train].tolist()) if task.groups else ()
        labels = task.labels[train]
        lesson = Lesson(item.values[train], labels, item.values[test], task.several, groups, self.seed)
        answer, judge = self.protocol.learn(lesson), self._judge(task, features.there)
        shuffled = None
        if shuffling:
            orders = [
                np.random.default_rng((self.seed, number)).permutation(len(labels)) for number in range(_SHUFFLES)
            ]
            lessons = [replace(lesson, labels=labels[order], costs=answer.costs) for order in orders]
            shuffled = float(np.mean([_mean(judge.score, self.protocol.learn(each)) for each in lessons]))
        return _worth(task, item, answer, judge, shuffled), answer


def _require_parts(task: Task, features: Features) -> None:
    for part, what in ((~task.test, "to learn from"), (task.test, "to test on")):
        if not (part & features.there).any():
            raise InputError(f"none of the pictures {what} of {task.images.name} can be read")


def _worth(task: Task, item: LayerFeatures, answer: Answer, judge: Judge, shuffled: float | None) -> LayerWorth:
    """The record of a layer; of several draws it holds the means."""
    score, resampled = _mean(judge.score, answer), np.mean([judge.resampled(draw) for draw in answer.draws], axis=0)
    low, high = interval(score, resampled)
    precisions = [judge.precisions(draw) for draw in answer.draws]
    by_class = np.mean([judge.by_class(draw) for draw in answer.draws], axis=0)
    several = [(count, [judge.score(draw) for draw in draws]) for count, draws in answer.shots]
    return LayerWorth(
        layer=item.layer.name,
        units=item.layer.units,
        map_size=item.layer.map_size,
        grid=item.grid,
        features=item.values.shape[1],
        costs=answer.costs,
        score=score,
        low=low,
        high=high,
        shuffled=shuffled,
        precisions={kind: float(np.mean([each[kind] for each in precisions])) for kind in precisions[0]},
        by_class=dict(zip(task.classes, by_class.tolist(), strict=True)),
        confusion=None if judge.several else sum(judge.confusion(draw) for draw in answer.draws),  # type: ignore[arg-type]
        resampled=resampled,
        notes=answer.notes,
        shots=tuple((count, float(np.mean(scores)), spread(scores)) for count, scores in several),
    )


def averaged(worths: Sequence[LayerWorth]) -> LayerWorth:
    """Worth of a layer on several tasks, of the same classes and pictures: the mean of their scores.

    Resamples of one task are drawn apart from those of the others, so that the mean of resampled scores tells how far
    the mean of the scores hangs on the test pictures of all.
    """
    first = worths[0]
    if len(worths) == 1:
        return first
    score, held = float(np.mean([item.score for item in worths])), [item.resampled for item in worths]
    resampled = np.mean([item for item in held if item is not None], axis=0)
    low, high = interval(score, resampled)
    shuffled = [item.shuffled for item in worths if item.shuffled is not None]
    tables = [item.confusion for item in worths if item.confusion is not None]
    shots = [[item.shots[place][1] for item in worths] for place in range(min(len(item.shots) for item in worths))]
    return replace(
        first,
        costs=tuple(cost for item in worths for cost in item.costs),
        score=score,
        low=low,
        high=high,
        shuffled=float(np.mean(shuffled)) if shuffled else None,
        precisions={kind: float(np.mean([item.precisions[kind] for item in worths])) for kind in first.precisions},
        by_class={name: _known_mean([item.by_class[name] for item in worths]) for name in first.by_class},
        confusion=sum(tables[1:], tables[0]) if tables else None,
        resampled=resampled,
        notes=tuple(dict.fromkeys(note for item in worths for note in item.notes)),
        shots=tuple((first.shots[place][0], float(np.mean(each)), spread(each)) for place, each in enumerate(shots)),
    )


def _known_mean(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")


def _mean(score: Callable[[NDArray[np.float64]], float], answer: Answer) -> float:
    return float(np.mean([score(draw) for draw in answer.draws]))
