"""A scan that was interrupted at any picture ends with the bits of one that was not."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from tests.kit.networks import SIZE, classifier_probe
from tests.kit.pictures import Listed, arrays
from visualize.methods import GuidedBackpropagation, TopImages
from visualize.methods.errors import BrokenImageWarning
from visualize.methods.pictures.checkpoints import Checkpoint, checkpoints_in
from visualize.methods.unit import Unit

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from visualize.methods.method import Method
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.network.probe import Probe
    from visualize.methods.result import Result

_UNITS = [Unit("deep", 1), Unit("conv", 2), Unit("deep", 0, (2, 3)), Unit("conv", 0)]
_METHODS = [
    TopImages(count=3, batch=2),
    TopImages(count=2, batch=3, diverse=True, empirical=1, occluder=8, stride=8),
    GuidedBackpropagation(count=2),
]


class KilledError(Exception):
    """The end of a process that was killed: nobody writes anything any more."""


@dataclass(eq=False)
class Breaking(Listed):
    """Pictures, at one of which the work breaks off once."""

    at: int = -1
    by: type[BaseException] = KilledError

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        if index == self.at:
            self.at = -1
            raise self.by("killed")
        return super().load(index, preparation)


@dataclass
class Memory:
    """Checkpoints in memory, left after every so many batches."""

    every: int = 1
    kept: dict[int, Checkpoint] = field(default_factory=dict)
    asked: int = 0

    def read(self, scan: int) -> Checkpoint | None:
        return self.kept.get(scan)

    def due(self, nbytes: int) -> bool:
        assert nbytes > 0
        self.asked += 1
        return self.asked % self.every == 0

    def write(self, scan: int, checkpoint: Checkpoint) -> None:
        copies = {
            name: {key: array.copy() for key, array in held.items()} for name, held in checkpoint.gathered.items()
        }
        self.kept[scan] = Checkpoint(checkpoint.scanned, checkpoint.broken, checkpoint.said, copies)


@pytest.fixture(scope="module")
def probe() -> Probe:
    return classifier_probe()


def _pictures(**more: Any) -> Breaking:  # noqa: ANN401 (of the class)
    return Breaking(arrays(21, SIZE), bad=frozenset({0, 7, 8, 15}), **more)


def _looked(method: Method, probe: Probe, pictures: Listed) -> tuple[list[str], list[str]]:
    """The numbers of the results in words, and what was said of broken pictures."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", BrokenImageWarning)
        results = method(probe, _UNITS, pictures)
    said = [str(item.message) for item in heard if item.category is BrokenImageWarning]
    return list(map(_bits, results)), said


def _bits(result: Result) -> str:
    held = {name: (array.dtype.str, array.shape, array.tobytes()) for name, array in result.arrays().items()}
    return repr((result.unit, sorted(held.items()), result.facts(), result.notes))


@pytest.mark.parametrize(("at", "by"), [(0, KilledError), (9, KeyboardInterrupt), (20, KilledError)])
@pytest.mark.parametrize("method", _METHODS, ids=lambda method: f"{method.name}-{getattr(method, 'batch', 8)}")
def test_an_interrupted_scan_ends_with_the_bits_of_one_that_was_not(
    method: Method, at: int, by: type[BaseException], probe: Probe
) -> None:
    wanted = _looked(method, probe, _pictures())
    pictures, place = _pictures(at=at, by=by), Memory(every=2)
    with pytest.raises(by, match="killed"), checkpoints_in(place):
        _looked(method, probe, pictures)
    with checkpoints_in(place):
        assert _looked(method, probe, pictures) == wanted


def test_an_interrupt_while_pictures_are_read_loses_no_batch(probe: Probe) -> None:
    place, pictures = Memory(every=1000), _pictures(at=12, by=KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt, match="killed"), checkpoints_in(place):
        _looked(_METHODS[0], probe, pictures)
    assert place.kept[0].done == 12
    assert place.kept[0].scanned == 9
    pictures.loads.clear()
    with checkpoints_in(place):
        _looked(_METHODS[0], probe, pictures)
    assert sorted(set(pictures.loads)) == list(range(12, 21))


def test_the_work_is_told_from_where_it_goes_on(probe: Probe) -> None:
    place, pictures = Memory(), _pictures(at=12)
    with pytest.raises(KilledError, match="killed"), checkpoints_in(place):
        _looked(_METHODS[0], probe, pictures)
    told: list[tuple[int, int]] = []
    with checkpoints_in(place), warnings.catch_warnings():
        warnings.simplefilter("ignore", BrokenImageWarning)
        _METHODS[0](probe, _UNITS, pictures, progress=lambda done, total: told.append((done, total)))
    assert told[0] == (12, 21)
    assert told[-1] == (21, 21)


def test_scans_of_one_call_are_told_apart(probe: Probe) -> None:
    place = Memory()
    with checkpoints_in(place):
        first, second = (_looked(method, probe, _pictures()) for method in (_METHODS[0], TopImages(count=1, batch=2)))
    assert sorted(place.kept) == [0, 1]
    with checkpoints_in(place):
        again = [_looked(method, probe, _pictures()) for method in (_METHODS[0], TopImages(count=1, batch=2))]
    assert again == [first, second]


def test_a_checkpoint_of_something_else_is_passed_over(probe: Probe) -> None:
    place = Memory()
    with checkpoints_in(place):
        _looked(_METHODS[0], probe, _pictures())
    wanted = _looked(TopImages(count=2, batch=2), probe, _pictures())
    with checkpoints_in(place):
        assert _looked(TopImages(count=2, batch=2), probe, _pictures()) == wanted
    with checkpoints_in(place):
        few = _looked(_METHODS[0], probe, Listed(arrays(4, SIZE)))
    assert few == _looked(_METHODS[0], probe, Listed(arrays(4, SIZE)))
