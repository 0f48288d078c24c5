"""Modules that are called for a part of the batch: every picture is looked at, or the layer is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch
from torch import Tensor, nn

from tests.kit.networks import SIZE, seeded
from tests.kit.pictures import arrays, pictures
from visualize.methods.errors import InputError
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.network.run.runner import Runner
from visualize.methods.pictures.images import Stack
from visualize.methods.top_images.method import TopImages
from visualize.methods.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Callable


class _Parted(nn.Module):
    """Runs its trunk on parts of the batch."""

    def __init__(self, part: Callable[[nn.Module, Tensor], Tensor]) -> None:
        super().__init__()
        self.trunk = nn.Sequential(nn.Conv2d(3, 6, 5, stride=2), nn.ReLU())
        self.fc = nn.Linear(6, 4)
        self.part = part

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.fc(self.part(self.trunk, x).mean((2, 3)))
        return output


PARTS: dict[str, Callable[[nn.Module, Tensor], Tensor]] = {
    "one by one": lambda trunk, x: torch.cat([trunk(picture[None]) for picture in x]),
    "from the last to the first": lambda trunk, x: torch.cat(
        [trunk(part) for part in reversed(torch.split(x, 1))]
    ).flip(0),
    "chunks of two": lambda trunk, x: torch.cat([trunk(part) for part in torch.split(x, 2)]),
    "chunks of four": lambda trunk, x: torch.cat([trunk(part) for part in torch.split(x, 4)]),
    "halves": lambda trunk, x: torch.cat([trunk(part) for part in x.chunk(2)]),
    "without an axis for pictures": lambda trunk, x: torch.stack([trunk(picture) for picture in x]),
}


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("count", [1, 2, 4, 8, 11])
def test_every_picture_is_looked_at(name: str, count: int) -> None:
    network, shown = seeded(_Parted(PARTS[name])).eval(), pictures(count, SIZE)
    probe = Probe(network, prepare=Preparation(SIZE))
    with torch.no_grad():
        right, head = network.trunk(shown), network(shown)
    if name != "without an axis for pictures":  # that trunk gives no row for a picture: it is no layer
        given = probe.activations(shown, ["trunk", "trunk.1"])
        torch.testing.assert_close(given["trunk"], right, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(given["trunk.1"], right, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(probe.activations(shown, ["fc"])["fc"].flatten(1), head, rtol=1e-4, atol=1e-5)


def test_all_pictures_of_a_set_are_searched() -> None:
    network, shown = seeded(_Parted(PARTS["one by one"])).eval(), arrays(19, SIZE)
    stacked = torch.stack([torch.from_numpy(picture).permute(2, 0, 1) for picture in shown]).float() / 255
    with torch.no_grad():
        right = network.trunk(stacked)[:, 2].amax((1, 2))
    probe = Probe(network, prepare=Preparation(SIZE))
    (top,) = TopImages(count=19, batch=8)(probe, [Unit("trunk", 2)], Stack(shown))
    assert list(top.chosen or ()) == right.argsort(descending=True, stable=True).tolist()


class _Augmenting(nn.Module):
    """Averages over a picture and its mirror image."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 6, 5)
        self.fc = nn.Linear(6, 4)

    def forward(self, x: Tensor) -> Tensor:
        maps = self.conv(torch.cat([x, x.flip(3)])).mean((2, 3))
        output: Tensor = self.fc(maps.reshape(2, len(x), -1).mean(0))
        return output


def test_a_module_of_two_rows_a_picture_is_refused_and_what_follows_is_right() -> None:
    network, shown = seeded(_Augmenting()).eval(), pictures(3, SIZE)
    probe = Probe(network, prepare=Preparation(SIZE))
    assert "conv" not in probe.layers
    assert probe.examination.rows == {"conv": "2 rows for one picture, 6 for 3"}
    with torch.no_grad():
        wanted = network(shown)
    torch.testing.assert_close(probe.activations(shown, ["logits"])["logits"].flatten(1), wanted)
    with pytest.raises(InputError, match="does not give one row for each picture"):
        Runner(network, optimise=True)(shown, ["conv"])


class _Table(nn.Module):
    """Gives a table of positions, whatever comes in."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Parameter(torch.zeros(1, 6, *SIZE))

    def forward(self, x: Tensor) -> Tensor:
        return self.table.to(x)


class _Positioned(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.positions, self.conv = _Table(), nn.Conv2d(3, 6, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.conv(x) + self.positions(x)
        return output


def test_a_table_of_positions_is_no_layer_and_harms_none() -> None:
    network = seeded(_Positioned()).eval()
    probe = Probe(network, prepare=Preparation(SIZE))
    shown = pictures(3, SIZE)
    with torch.no_grad():
        wanted = network.conv(shown)
    torch.testing.assert_close(probe.activations(shown, ["conv"])["conv"], wanted, rtol=1e-4, atol=1e-5)
    assert "positions" in probe.unmapped
    assert not probe.examination.one_by_one
    table = Runner(network, optimise=True)(shown, ["positions"])["positions"]
    assert torch.equal(table, network.positions.table.detach().expand(3, -1, -1, -1))


class _Fixed(_Parted):
    """Takes one picture at a time only, as an exported network may."""

    def __init__(self) -> None:
        super().__init__(lambda trunk, x: trunk(x.reshape(1, 3, *SIZE)))


def test_a_network_for_one_picture_is_given_one() -> None:
    network, shown = seeded(_Fixed()).eval(), pictures(3, SIZE)
    probe = Probe(network, prepare=Preparation(SIZE))
    assert probe.examination.alone
    with torch.no_grad():
        wanted = network.trunk(shown)
    torch.testing.assert_close(probe.activations(shown, ["trunk"])["trunk"], wanted, rtol=1e-4, atol=1e-5)
