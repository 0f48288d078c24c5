"""Records come back as they were, of their own types; and a tree makes nothing but records of the packages named."""

from __future__ import annotations

import json
import math
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest
import torch

from visualize.methods.dissection.composition.formula import Operator
from visualize.methods.network.receptive_field.field import ReceptiveField
from visualize.methods.pictures.images import Stack, Subset
from visualize.methods.result import Result
from visualize.store.record_tree import NotPlainError, Reader, Writer

OURS = (Result.__module__.rpartition(".")[0],)
STACK = Stack([np.zeros((2, 2, 3), np.uint8)])


def _back(value: Any) -> Any:  # noqa: ANN401 (any)
    writer = Writer(STACK, OURS)
    tree = json.loads(json.dumps(writer.tree(value), allow_nan=False))
    return Reader(STACK, OURS, writer.arrays).value(tree)


@pytest.mark.parametrize(
    "value",
    [
        None, True, 3, -0.0, 0.1, 1e-310, "text \N{SNOWMAN}", (), [], (1, [2.0, ("a",)]), {"a": (1,), 2: None},
        math.inf, -math.inf, 2**70, ReceptiveField((3, 3), (1.5, 2), (0, 0)), MappingProxyType({"a": 1}),
        Operator.AND_NOT,
    ],
)  # fmt: skip
def test_values_come_back_with_their_types(value: object) -> None:
    back = _back(value)
    assert back == value
    assert type(back) is type(value)
    assert repr(back) == repr(value)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.half, torch.bfloat16, torch.int64, torch.bool])
def test_tensors_come_back_to_the_last_bit(dtype: torch.dtype) -> None:
    tensor = (torch.randn(3, 4, generator=torch.Generator().manual_seed(0)) * 9).to(dtype).T
    back = _back((tensor, torch.tensor(2).to(dtype)))
    assert back[0].dtype == back[1].dtype == dtype
    assert torch.equal(back[0], tensor)
    assert back[1].shape == ()


def test_arrays_numbers_and_pictures() -> None:
    array, number = np.arange(6, dtype=">i2").reshape(2, 3), np.float64(0.1)
    back = _back([array, number, STACK, Subset(STACK, (0,)), math.nan])
    assert back[0].dtype == array.dtype
    assert np.array_equal(back[0], array)
    assert type(back[1]) is np.float64
    assert back[2] is STACK
    assert back[3] == Subset(STACK, (0,))
    assert math.isnan(back[4])


@pytest.mark.parametrize("value", [object(), {1, 2}, b"bytes", 1j, Stack([]), torch.nn.ReLU(), np.array([None])])
def test_what_no_tree_can_hold_is_not_written(value: object) -> None:
    with pytest.raises(NotPlainError, match=r"a \w+|an array"):
        Writer(None, ("torch",)).tree([value])


@pytest.mark.parametrize(
    "tree",
    [
        {"record": ["os", "system", {}]},
        {"record": ["subprocess", "Popen", {"args": "true"}]},
        {"record": [f"{OURS[0]}.network.receptive_field.field", "math.floor", {}]},
        {"record": [f"{OURS[0]}.network.receptive_field.field", "ReceptiveField", {"size": 1}]},
        {"record": [f"{OURS[0]}.pictures.scan", "os.system", {"command": "true"}]},
        {"record": [f"{OURS[0]}.nowhere", "Thing", {}]},
        {"choice": ["signal", "Signals", "SIGTERM"]},
        {"choice": [Operator.__module__, "Operator", "XOR"]},
        {"choice": [Operator.__module__, "StrEnum", "AND"]},
        {"choice": [f"{OURS[0]}.network.receptive_field.field", "ReceptiveField", "size"]},
        {"record": [f"{OURS[0]}.network.probe", "Probe", {"network": 1}]},
        {"tensor": [7, "float32"]}, {"array": "x"}, {"else": 1}, {"tuple": 3}, {"a": 1, "b": 2}, [1], {},
    ],
)  # fmt: skip
def test_a_tree_that_was_made_up_makes_nothing(tree: object) -> None:
    with pytest.raises(NotPlainError, match=r"."):
        Reader(None, OURS, []).value(tree)


def test_depth_is_bounded() -> None:
    deep: Any = 1
    for _ in range(100):
        deep = {"tuple": [deep]}
    with pytest.raises(NotPlainError, match="deep"):
        Reader(None, OURS, []).value(deep)
