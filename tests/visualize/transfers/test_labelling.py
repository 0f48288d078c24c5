from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.visualize.transfers.kit import colour_task
from visualize.methods.errors import InputError
from visualize.transfers.labelling import Labelling, split, turns


def test_a_split_by_seed_says_so_and_is_even() -> None:
    task = split(colour_task(60), share=0.3, seed=3)
    assert task.labels[task.test].sum(0).tolist() == [6, 6, 6]
    assert task.split == "42 pictures to learn from and 18 to test, split by seed 3, classes evenly"


def test_the_data_s_own_split_is_kept() -> None:
    parts = ("train", "test", "train") * 20
    task = split(replace(colour_task(60), parts=parts, labels=np.eye(3, dtype=np.int8)[np.arange(60) // 3 % 3]))
    assert task.test.tolist() == [part == "test" for part in parts]
    assert task.split.endswith("split as the data say")


def _one_class(task: Labelling) -> Labelling:
    return replace(task, classes=("red",), labels=np.ones((60, 1), np.int8))


def _single(task: Labelling) -> Labelling:
    labels = np.eye(3, dtype=np.int8)[[0, 1] * 29 + [0, 2]]
    return replace(task, labels=labels)


def _unknown(task: Labelling) -> Labelling:
    return replace(task, parts=tuple("test" if row[2] else "train" for row in task.labels))


def _both_sides(task: Labelling) -> Labelling:
    return replace(task, parts=("train", "train", "train", "test", "test", "test") * 10, groups=("one",) * 60)


def _untested(task: Labelling) -> Labelling:
    return replace(task, parts=("train",) * 60)


def _one_group(task: Labelling) -> Labelling:
    return replace(task, groups=("film",) * 60)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_one_class, "one class only"),
        (_single, r"fewer than two pictures: blue \(1\)"),
        (_unknown, "classes that the training lacks: blue"),
        (_both_sides, "groups both to learn from and to test: one"),
        (_untested, "no pictures to test"),
        (_one_group, "all are of one group"),
    ],
)
def test_what_cannot_be_measured_is_refused(spoil: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        split(spoil(colour_task(60)))  # type: ignore[operator]


def test_concepts_that_hardly_occur_are_left_out_and_said() -> None:
    task = colour_task(60, several=True)
    labels = np.hstack([task.labels, np.zeros((60, 1), np.int8)])
    labels[:4, 3] = 1
    measured = split(replace(task, classes=(*task.classes, "owl"), labels=labels, choosing=True))
    assert measured.classes == task.classes
    assert any("owl" in note for note in measured.notes)


def test_in_turns_every_picture_is_tested_on_once_and_no_group_is_split() -> None:
    groups = tuple(f"film {index // 7}" for index in range(60))
    tasks = turns(replace(colour_task(60), groups=groups), count=3)
    assert np.sum([task.test for task in tasks], axis=0).tolist() == [1] * 60
    for task in tasks:
        sides = [{group for group, test in zip(groups, task.test, strict=True) if test == side} for side in (0, 1)]
        assert not sides[0] & sides[1]


def test_a_class_that_one_part_cannot_measure_is_left_out_of_all() -> None:
    task = colour_task(60, several=True)
    rare = np.zeros((60, 1), np.int8)
    rare[:12] = 1  # twelve pictures: no part has fewer than five with it, but for three parts of four
    tasks = turns(
        replace(task, classes=(*task.classes, "owl"), labels=np.hstack([task.labels, rare]), choosing=True), count=3
    )
    assert {item.classes for item in tasks} == {task.classes}
    assert all("owl" in " ".join(item.notes) for item in tasks)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"parts": ("train", "test") * 30}, "leave --folds out"),
        ({"groups": ("one", "two") * 30}, "has 2 groups, which are never split; --folds is 2 at most"),
    ],
)
def test_turns_that_cannot_be_are_refused(changed: dict[str, tuple[str, ...]], message: str) -> None:
    with pytest.raises(InputError, match=message):
        turns(replace(colour_task(60), **changed), count=3)  # type: ignore[arg-type]
