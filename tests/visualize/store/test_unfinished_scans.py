"""A scan that broke off goes on in another process from what lies on the disk, which is gone when it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import visualize as viz
from visualize.store import unfinished_scans
from visualize.store.results_folder import kept_results

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.network.probe import Probe
    from visualize.methods.pictures.images import Images, Stack


class Breaking:
    """The pictures of a stack, at one of which the work breaks off."""

    name = "noise"
    fingerprint = "noise of one seed"

    def __init__(self, images: Images, at: int = -1, by: type[BaseException] = RuntimeError) -> None:
        self.images, self.at, self.by = images, at, by
        self.loads: list[int] = []

    def __len__(self) -> int:
        return len(self.images)

    def file(self, index: int) -> str:
        return self.images.file(index)

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        self.loads.append(index)
        if index == self.at:
            raise self.by("killed")
        return self.images.load(index, preparation)


@pytest.fixture
def many() -> Stack:
    """Forty pictures of noise."""
    noise = np.random.default_rng(1).integers(0, 256, (40, 20, 20, 3), dtype=np.uint8)
    return viz.methods.Stack(list(noise), name="noise")


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints after every batch."""
    monkeypatch.setattr(unfinished_scans, "LEAST", 0.0)
    monkeypatch.setattr(unfinished_scans, "SHARE", 1e9)


def _look(probe: Probe, images: Images, name: str = "top", *, cache: bool = True) -> viz.Look:
    return viz.look(name, probe, "2", 5, images=images, settings={"count": 3}, cache=cache)


def _lies(cache: Path) -> list[str]:
    return sorted(path.parent.name for path in cache.rglob("*.npz"))


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("name", ["top", "saliency"])
@pytest.mark.parametrize("by", [RuntimeError, KeyboardInterrupt])
def test_a_scan_that_broke_off_goes_on(
    name: str, by: type[BaseException], cache: Path, probe: Probe, many: Stack
) -> None:
    wanted = _look(probe, Breaking(many), name, cache=False)
    with pytest.raises(by, match="killed"):
        _look(probe, Breaking(many, 25, by), name)
    assert _lies(cache) == ["unfinished"]
    assert [(item.name, item.kind, item.count) for item in kept_results()] == [
        ("results/unfinished", "unfinished scans", 1)
    ]
    rest = Breaking(many)
    resumed = _look(probe, rest, name)
    assert set(rest.loads[:16]) == set(range(24, 40))
    assert _lies(cache) == [name]
    for key, array in wanted.arrays.items():
        assert array.tobytes() == resumed.arrays[key].tobytes()
    assert _look(probe, Breaking(many, 0), name).kept


@pytest.mark.usefixtures("often")
@pytest.mark.parametrize("change", ["picture", "unit", "cut"])
def test_a_checkpoint_of_another_call_or_a_damaged_one_is_passed_over(
    change: str, cache: Path, probe: Probe, many: Stack
) -> None:
    with pytest.raises(RuntimeError, match="killed"):
        _look(probe, Breaking(many, 25))
    rest = Breaking(many)
    if change == "picture":
        rest.fingerprint = "of another"
        _look(probe, rest)
    elif change == "unit":
        viz.look("top", probe, "2", 6, images=rest, settings={"count": 3})
    else:
        (kept,) = cache.rglob("*.npz")
        kept.write_bytes(kept.read_bytes()[:-40])
        _look(probe, rest)
    assert set(range(40)) <= set(rest.loads)


@pytest.mark.usefixtures("often")
def test_who_keeps_nothing_leaves_nothing(cache: Path, probe: Probe, many: Stack) -> None:
    with pytest.raises(RuntimeError, match="killed"):
        _look(probe, Breaking(many, 25), cache=False)
    assert not cache.exists()


def test_what_is_scanned_at_once_leaves_no_checkpoint(cache: Path, probe: Probe, many: Stack) -> None:
    with pytest.raises(RuntimeError, match="killed"):
        _look(probe, Breaking(many, 25))
    assert _lies(cache) == []


@pytest.mark.usefixtures("often")
def test_a_state_that_is_large_beside_the_room_is_not_kept(
    cache: Path, probe: Probe, many: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIZ_KEEP", "2kB")
    with pytest.raises(RuntimeError, match="killed"):
        _look(probe, Breaking(many, 25))
    assert _lies(cache) == []
