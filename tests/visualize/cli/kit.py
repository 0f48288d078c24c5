"""Running the command line within the test, and a network that takes no time."""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.kit.checkout import ROOT
from visualize.__main__ import main

if TYPE_CHECKING:
    from pathlib import Path

TINY = '''
"""A network of one convolution, whose unit u of conv looks for channel u of red, green, blue."""

import torch
from methods import Preparation


def tiny():
    torch.manual_seed(0)
    network = torch.nn.Sequential()
    network.add_module("conv", torch.nn.Conv2d(3, 6, 3, stride=2, padding=1))
    network.add_module("relu", torch.nn.ReLU())
    network.add_module("pool", torch.nn.AdaptiveAvgPool2d(1))
    network.add_module("flat", torch.nn.Flatten())
    network.add_module("head", torch.nn.Linear(6, 4))
    with torch.no_grad():
        network.conv.weight.zero_()
        network.conv.bias.zero_()
        for unit in range(6):
            network.conv.weight[unit, unit % 3, 1, 1] = 1.0
    return network, Preparation(size=(16, 16))
'''


@dataclass(frozen=True)
class Ran:
    """What a run left behind."""

    status: int
    out: str
    err: str


def viz(*arguments: str | Path) -> Ran:
    """Run ``viz`` in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main([str(argument) for argument in arguments])
    return Ran(status, out.getvalue(), err.getvalue())


def python(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process of its own that finds the packages."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=environment(**variables),
    )


def seconds(*arguments: str) -> float:
    """The least processor time of five runs of ``viz`` in processes of their own; other programs do not count in it."""

    def once() -> float:
        before = os.times()
        ran = python("-m", "visualize", *arguments)
        after = os.times()
        assert ran.returncode == 0, ran.stderr
        return after.children_user - before.children_user + after.children_system - before.children_system

    return min(once() for _ in range(5))


def environment(**variables: str) -> dict[str, str]:
    """The variables of a process of its own."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **variables}


def one_line(text: str) -> str:
    """The text, which must be one line."""
    lines = text.splitlines()
    assert len(lines) == 1, text
    return lines[0]
