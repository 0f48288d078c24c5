"""A tiny network and probe set, and their dissection, which can be told to die on the way."""

from __future__ import annotations

import os
import signal
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from tests.kit.labelled import Held, noise
from tests.kit.networks import SIZE, classifier_probe
from visualize.dissection import Outcome, Settings, run

if TYPE_CHECKING:
    from collections.abc import Iterator

    from visualize.methods.network.probe import Probe
    from visualize.methods.progress import Progress

LAYERS = ("deep", "fc")
SETTINGS = Settings(quantile=0.02)
COUNT = 70


def probe() -> Probe:
    return classifier_probe()


def held(count: int = COUNT) -> Held:
    return noise(count, SIZE, (20, 28))


def dissected(out: Path, shard: tuple[int, int] = (1, 1), settings: Settings = SETTINGS, chunk: int = 8) -> Outcome:
    return run(probe(), LAYERS, held(), out, settings, shard=shard, chunk=chunk, source={"where": "nowhere"})


def contents(out: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("*")) if path.is_file()}


def deadly(out: Path, moment: int) -> None:
    """Dissect, and be killed without warning when the ``moment``-th file is about to get its name, or has just got it.

    Even moments are before, odd ones after.
    """
    real = Path.replace
    named = 0

    def replace(self: Path, target: str | Path) -> Path:
        nonlocal named
        named += 1
        if 2 * named == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        done = real(self, target)
        if 2 * named + 1 == moment:
            os.kill(os.getpid(), signal.SIGKILL)
        return done

    Path.replace = replace  # type: ignore[method-assign, assignment]
    dissected(out)


@contextmanager
def _stopping(title: str) -> Iterator[Progress]:
    def press(done: int, total: int) -> None:
        if done >= 30:
            raise KeyboardInterrupt("after 30 pictures")

    yield press


def stopping(title: str) -> AbstractContextManager[Progress]:
    """A watch under which somebody presses Ctrl-C."""
    return _stopping(title)
