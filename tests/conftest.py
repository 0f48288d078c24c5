"""What holds for every test."""

from __future__ import annotations

import functools
import gc
import os
import socket
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Nothing that collecting tests makes is garbage: it is looked for when they begin.
gc.disable()

# One thread: the networks here are tiny, and threads that wait for one another on a busy machine cost a hundredfold.
# Set before torch is imported, and handed on to the processes that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# What is tested is made anew, and the cache of whoever runs the tests is left alone; tests of what is kept say so.
os.environ["VIZ_KEEP"] = "0"

# Downloads are tested, from servers of the tests' own, also where whoever runs the tests forbids them.
os.environ.pop("VIZ_OFFLINE", None)

# Whether a test passes does not hang on how busy the machine is.
settings.register_profile("tests", deadline=None)
settings.load_profile("tests")


def pytest_collection_finish() -> None:
    """Libraries and thousands of collected tests stay to the end: no collection of garbage need walk them again.

    It is looked for less often, too: one twentieth of the tests' time went into that.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    gc.enable()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test that is marked ``cuda`` is skipped where there is no such device."""
    if item.get_closest_marker("cuda"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("needs a CUDA device")


@pytest.fixture(scope="session", autouse=True)
def _scenes_are_drawn_once() -> Iterator[None]:
    """Probe sets of scenes, of which every second command takes three hundred, share what is drawn of them.

    Tests of the drawing call it themselves.
    """
    from visualize.scenes import scenes

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scenes, "render", functools.lru_cache(maxsize=400)(scenes.render))
        yield


@pytest.fixture(scope="session", autouse=True)
def _plain_networks_are_examined_once() -> Iterator[None]:
    """Tests of how a network is looked into, those of ``tests/methods/network``, examine and trace anew."""
    from tests.kit.known_networks import examined, traced
    from visualize.methods.network import probe
    from visualize.methods.network.run import runner

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(probe, "examine", examined)
        patch.setattr(runner, "trace", traced)
        yield


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reaches beyond this machine, not even one that would survive it."""
    connect = socket.socket.connect

    def near(self: socket.socket, address: Any) -> None:  # noqa: ANN401 (of any family)
        host = address[0] if self.family in {socket.AF_INET, socket.AF_INET6} else "localhost"
        assert host in {"localhost", "::1"} or str(host).startswith("127."), f"a test reached for {address}"
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", near)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test's own folder, which it works in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
