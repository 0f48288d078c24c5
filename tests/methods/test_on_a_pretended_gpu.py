"""Every way of looking on a device that refuses what a GPU refuses; in a process of its own, which has that device."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.kit.checkout import ROOT
from tests.kit.pretended_gpu import there_is
from visualize.methods.registry import table


@pytest.mark.skipif(not there_is(), reason="torch 2.10 brought devices written in Python")
def test_every_method_runs_there_with_the_processors_numbers_and_steps_wait_for_nothing() -> None:
    """All in one test: the device is of a whole process, and to begin one costs more than to look."""
    command = [sys.executable, "-m", "tests.kit.on_pretended_gpu"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert set(told["apart"]) == {*table(), "a graph"}
    assert {name: apart for name, apart in told["apart"].items() if not isinstance(apart, float) or apart > 1e-5} == {}
    assert told["replays"] == 3  # a graph's, of three steps
    assert told["waits"] == {"ascent": {}, "invert": {}}
    refused = told["refused"]
    assert list(refused) == ["two devices", "numpy", "waiting in a graph", "copying in a graph"]
    assert "same device" in refused["two devices"]
    assert "capturing" in refused["waiting in a graph"]
    assert "while a graph is recorded" in refused["copying in a graph"]
