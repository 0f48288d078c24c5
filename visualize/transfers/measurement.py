"""Measuring the layers of one network on a task."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from visualize.methods.errors import InputError
from visualize.transfers.features import read_features
from visualize.transfers.part import Lesson
from visualize.transfers.records import LayerWorth, NetworkWorth
from visualize.transfers.scoring import Judge, interval

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from visualize.methods.network.probe import Probe
    from visualize.transfers.features import Features, LayerFeatures
    from visualize.transfers.labelling import Task
    from visualize.transfers.part import Answer
    from visualize.watch import Watch


@dataclass(frozen=True, eq=False)
class Examiner:
    """Measures layers on a task by one protocol.

    Args:
        task: the pictures.
        protocol: the classifier.
        kind: the definition of average precision that scores are of.
        numbers: features of a picture that a layer is pooled to at most.
        batch: pictures in one run of a network.
        seed: of folds, shuffles and resamples.
    """

    task: Task
    protocol: Callable[[Lesson], Answer]
    kind: str
    numbers: int
    batch: int
    seed: int

    def network(self, probe: Probe, layers: Sequence[str], watch: Watch, *, shuffling: bool) -> NetworkWorth:
        """Measure some layers of a network, whose features are read in one run.

        Args:
            probe: the network.
            layers: names or aliases.
            watch: shows how far the work has come.
            shuffling: learn from shuffled labels too.

        Raises:
            InputError: features cannot be read, or too few pictures could be.
        """
        name = probe.identity.name
        with watch(f"reading features of {name}") as progress:
            features = read_features(
                probe, self.task.images, layers, numbers=self.numbers, batch=self.batch, progress=progress
            )
        self._require_parts(features)
        measured = []
        with watch(f"learning from {name}") as progress:
            for number, item in enumerate(features.layers.values()):
                progress(number, len(features.layers))
                measured.append(self._layer(item, features, shuffling=shuffling))
        return NetworkWorth(name, probe.identity.weights_sha256, tuple(measured), notes=features.notes)

    def judge(self, features: Features) -> Judge:
        """Labels of the test pictures that could be read."""
        kept = self.task.test & features.there
        return Judge(self.task.labels[kept], self.task.several, self.kind, self.seed)  # type: ignore[arg-type]

    def _require_parts(self, features: Features) -> None:
        for part, what in ((~self.task.test, "to learn from"), (self.task.test, "to test on")):
            if not (part & features.there).any():
                raise InputError(f"none of the pictures {what} of {self.task.images.name} can be read")

    def _layer(self, item: LayerFeatures, features: Features, *, shuffling: bool) -> LayerWorth:
        train, test = ~self.task.test & features.there, self.task.test & features.there
        groups = tuple(np.asarray(self.task.groups)[train].tolist()) if self.task.groups else ()
        lesson = Lesson(
            item.values[train], self.task.labels[train], item.values[test], self.task.several, groups, self.seed
        )
        answer, judge = self.protocol(lesson), self.judge(features)
        shuffled = judge.score(self.protocol(self._shuffled(lesson, answer)).scores) if shuffling else None
        resampled = judge.resampled(answer.scores)
        score = judge.score(answer.scores)
        low, high = interval(score, resampled)
        names = self.task.classes
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
            precisions=judge.precisions(answer.scores),
            by_class=dict(zip(names, judge.by_class(answer.scores).tolist(), strict=True)),
            confusion=None if self.task.several else judge.confusion(answer.scores),
            resampled=resampled,
            notes=answer.notes,
        )

    def _shuffled(self, lesson: Lesson, answer: Answer) -> Lesson:
        """The lesson with labels of other pictures, learnt with the same C."""
        order = np.random.default_rng(self.seed).permutation(len(lesson.labels))
        return replace(lesson, labels=lesson.labels[order], costs=answer.costs)
