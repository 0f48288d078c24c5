"""What a scan does for a GPU, on a processor that is taken for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import pytest
import torch
from torch import Tensor, nn

from tests.kit.fake_gpu import FakeGpu
from tests.kit.networks import SIZE, Classifier, seeded
from tests.kit.pictures import Listed, arrays
from visualize.methods.errors import BrokenImageWarning, MemoryWarning
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.pictures.images import Stack
from visualize.methods.pictures.scan import Scan

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Small(nn.Module):
    """A network that runs out of memory with more pictures than some."""

    most: ClassVar[int] = 100  # of the class: what runs is a copy

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 5, 3)

    def forward(self, x: Tensor) -> Tensor:
        if len(x) > self.most:
            raise torch.OutOfMemoryError("as a GPU says it")
        output: Tensor = self.conv(x)
        return output


def _scan(probe: Probe, held: list[NDArray[np.uint8]], batch: int, fill: int | None = None) -> tuple[list[int], Tensor]:
    parts = list(Scan(probe, Stack(held), ["conv"], batch=batch, fill=fill))
    return [index for part in parts for index in part.indices], torch.cat([part.maps["conv"] for part in parts])


def test_maps_and_pictures_are_those_of_a_processor(monkeypatch: pytest.MonkeyPatch) -> None:
    probe, images = Probe(seeded(Classifier()), prepare=Preparation(SIZE)), Listed(arrays(11, SIZE), bad=frozenset({4}))
    with pytest.warns(BrokenImageWarning, match="4"):
        here = list(Scan(probe, images, ["conv"], batch=3))
    gpu = FakeGpu().install(monkeypatch)
    scan = Scan(probe, images, ["conv"], batch=3, progress=lambda done, total: steps.append((done, total)))
    steps: list[tuple[int, int]] = []
    with pytest.warns(BrokenImageWarning, match="4"):
        there = [(part, scan.scanned + len(scan.broken)) for part in scan]
    for one, (other, _) in zip(here, there, strict=True):
        assert one.indices == other.indices
        assert torch.equal(one.pictures, other.pictures)
        assert torch.equal(one.maps["conv"], other.maps["conv"])
    assert [count for _, count in there] == [3, 6, 9, 11]
    assert steps == [(3, 11), (6, 11), (9, 11), (11, 11)]
    assert sorted(shape[0] for shape in gpu.staged) == [2, 2, 3, 3]  # in which order is up to threads


@pytest.mark.parametrize(("how", "left"), [({"batch": 8}, 2), ({"batch": 3, "fill": 8}, 2), ({"batch": 11}, 3)])
def test_where_memory_runs_out_half_as_many_are_looked_at_together(
    how: dict[str, int], left: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network is a convolution in float64, whose numbers hang on how many pictures it sees by rounding alone."""
    held = arrays(11, SIZE)
    probe = Probe(seeded(Small()).double(), prepare=Preparation(SIZE), optimise=False)
    wanted = _scan(probe, held, batch=2)
    monkeypatch.setattr(Small, "most", 3)
    with pytest.warns(MemoryWarning) as said:
        given = _scan(probe, held, **how)
    assert f": {left} are looked at" in str(said[-1].message)
    assert given[0] == wanted[0] == list(range(11))
    torch.testing.assert_close(given[1], wanted[1], rtol=1e-12, atol=1e-12)
    monkeypatch.setattr(Small, "most", 0)
    with pytest.warns(MemoryWarning), pytest.raises(torch.OutOfMemoryError, match="as a GPU says it"):
        _scan(probe, held, **how)


@pytest.mark.cuda
def test_a_gpu_gives_maps_of_the_right_pictures() -> None:
    """Float64, in which both devices agree; many batches, so that memory that is copied from is used again."""
    held, network = arrays(300, SIZE), seeded(Classifier()).double()
    here = _scan(Probe(network, prepare=Preparation(SIZE)), held, batch=7)
    there = _scan(Probe(network.cuda(), prepare=Preparation(SIZE)), held, batch=7)
    assert there[0] == here[0]
    torch.testing.assert_close(there[1].cpu(), here[1], rtol=1e-6, atol=1e-9)
