"""Axes of layers whose places are in any order, against plain hooks and against covering every patch in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pytest
import torch
from torch import Tensor, nn

from tests.kit.networks import CASES, seeded
from tests.kit.occlusion import as_seen, token_of_patch
from tests.kit.pictures import pictures
from tests.kit.plain_hooks import seen_by
from tests.kit.sequences import (
    PATCH,
    Arranged,
    Attending,
    Mixer,
    Queries,
    Transformer,
    windows,
)
from visualize.methods.errors import UnitError
from visualize.methods.network.layout.determination import Survey, determined
from visualize.methods.network.preprocessing import Preparation
from visualize.methods.network.probe import Probe
from visualize.methods.network.run.hooks import survey

if TYPE_CHECKING:
    from collections.abc import Callable

    from visualize.methods.network.run.hooks import Call

_GRID = (6, 8)  # rows and columns of patches
_SIZE = (_GRID[0] * PATCH, _GRID[1] * PATCH)
_COUNT = _GRID[0] * _GRID[1]


def _probe(network: nn.Module, size: tuple[int, int] = _SIZE) -> Probe:
    return Probe(network.double(), prepare=Preparation(size))


def _flat(maps: Tensor) -> Tensor:
    return maps.flatten(2).transpose(1, 2)


def _between(*places: int) -> Callable[[Tensor, Tensor], Tensor]:
    """Extra tokens, one in front of each of these patches."""

    def put(patches: Tensor, extra: Tensor) -> Tensor:
        parts, last = [], 0
        for number, place in enumerate(places):
            parts += [patches[:, last:place], extra[:, number : number + 1]]
            last = place
        return torch.cat([*parts, patches[:, last:]], 1)

    return put


_END = _COUNT
SEQUENCES: dict[str, tuple[int, ...]] = {
    "patches alone": (),
    "a class token first": (0,),
    "class and distillation tokens": (0, 0),
    "a class token and four registers": (0, 0, 0, 0, 0),
    "a class token last": (_END,),
    "registers last": (_END, _END, _END),
    "a class token first and registers last": (0, _END, _END),
    "a class token in the middle": (_COUNT // 2,),
    "two registers in the middle": (_COUNT // 2, _COUNT // 2),
}


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("case", SEQUENCES)
def test_tokens_of_transformers_lie_on_their_patches(case: str, *, first: bool) -> None:
    places = SEQUENCES[case]
    torch.manual_seed(1)
    network = Transformer(_between(*places), extra=len(places), first=first).double()
    probe = _probe(network)
    axis, batch = (1, 0) if first else (0, 1)
    shown = pictures(2, _SIZE, dtype=torch.float64)
    names = ("blocks.0.norm1", "blocks.0.linear1", "blocks.0", "blocks.1.norm1", "blocks.1")
    with torch.no_grad():
        outputs = seen_by(network, names, shown)
    given = probe.activations(shown, names)
    for name in names:
        where = token_of_patch(network, name, _SIZE, _GRID, axis=axis, batch=batch)
        torch.testing.assert_close(given[name], as_seen(outputs[name], where, axis=axis, batch=batch))
        assert probe.layer(name).map_size == _GRID


@pytest.mark.parametrize("places", [(5,), (8, 16, 24), (0, 20), tuple(range(0, _COUNT, 8))])
def test_tokens_among_patches_at_any_other_place_are_refused(places: tuple[int, ...]) -> None:
    torch.manual_seed(1)
    probe = _probe(Transformer(_between(*places), extra=len(places)))
    assert {"blocks.0", "blocks.1.norm2"} <= probe.unmapped.keys()
    with pytest.raises(UnitError, match=r"blocks\.0 has no map: neither its"):
        probe.layer("blocks.0")


ORDERS: dict[str, tuple[Callable[[Tensor], Tensor], int]] = {
    "N x T x C": (_flat, 2),
    "N x C x T": (lambda maps: maps.flatten(2), 1),
    "column by column": (lambda maps: _flat(maps.transpose(2, 3)), 2),
    "column by column, features first": (lambda maps: maps.transpose(2, 3).flatten(2), 1),
}


@pytest.mark.parametrize("size", [_SIZE, (64, 64)])
@pytest.mark.parametrize("case", ORDERS)
def test_sequences_in_any_order(case: str, size: tuple[int, int]) -> None:
    arrange, channels = ORDERS[case]
    grid = (size[0] // PATCH, size[1] // PATCH)
    network = seeded(Arranged(arrange, channels=channels, width=64)).double()  # 64: a square number of features
    probe = _probe(network, size)
    shown = pictures(2, size, dtype=torch.float64)
    axis = 3 - channels
    for name in ("seen", "mix", "act"):
        with torch.no_grad():
            output = seen_by(network, (name,), shown)[name]
        where = token_of_patch(network, name, size, grid, axis=axis)
        given = probe.activations(shown, [name])[name]
        torch.testing.assert_close(given, as_seen(output, where, axis=axis))


_SHUFFLED = torch.randperm(_COUNT, generator=torch.Generator().manual_seed(3))
REFUSED: dict[str, Callable[[], nn.Module]] = {
    "shuffled": lambda: Arranged(lambda maps: _flat(maps)[:, _SHUFFLED]),
    "rolled": lambda: Arranged(lambda maps: _flat(maps).roll(3, 1)),
    "upside down": lambda: Arranged(lambda maps: _flat(maps.flip(2))),
    "in the order of windows": lambda: Arranged(lambda maps: windows(maps, 2, batched=False).flatten(1, 2)),
    "windows": lambda: Arranged(lambda maps: windows(maps, 2, batched=False)),
    "windows of several pictures": lambda: Arranged(lambda maps: windows(maps, 2, batched=True)),
    "rolled maps": lambda: Arranged(lambda maps: maps.permute(0, 2, 3, 1).roll((3, 3), (1, 2))),
}


@pytest.mark.parametrize("case", REFUSED)
def test_places_that_are_out_of_order_have_no_map(case: str) -> None:
    probe = _probe(seeded(REFUSED[case]()))
    assert {"seen", "mix", "act"} <= probe.unmapped.keys()
    assert "patch" in probe.layers


@pytest.mark.parametrize("queries", [100, 64, _COUNT, 5])
def test_queries_are_no_places(queries: int) -> None:
    torch.manual_seed(0)
    probe = _probe(Queries(queries))
    assert list(probe.layers) == ["patch"]
    assert "decoder.layers.0.norm3" in probe.unmapped


def test_matrices_of_attention_and_heads_are_no_maps() -> None:
    torch.manual_seed(0)
    network = Attending()
    probe = _probe(network)
    assert list(probe.layers) == ["patch", "attention.qkv", "attention.out", "attention", "head"]
    assert "pair of places" in probe.unmapped["attention.softmax"].reason
    assert "heads" in probe.unmapped["attention.q_norm"].reason
    with pytest.raises(UnitError, match=r"attention\.softmax has no map"):
        probe.unit("attention.softmax:0")


def test_what_mixes_places_has_no_map() -> None:
    torch.manual_seed(0)
    network = Mixer(_COUNT).double()
    probe = _probe(network)
    assert set(probe.unmapped) == {"places.0", "places.1", "places.2", "places"}
    shown = pictures(1, _SIZE, dtype=torch.float64)
    with torch.no_grad():
        output = seen_by(network, ("features.0",), shown)["features.0"]
    where = token_of_patch(network, "features.0", _SIZE, _GRID, axis=1)
    torch.testing.assert_close(probe.activations(shown, ["features.0"])["features.0"], as_seen(output, where, axis=1))


MAPS: dict[str, tuple[Callable[[Tensor], Tensor], tuple[int, int, int, int]]] = {
    "channels last": (lambda maps: maps.permute(0, 2, 3, 1), (0, 3, 1, 2)),
    "channels between": (lambda maps: maps.permute(0, 2, 1, 3), (0, 2, 1, 3)),
    "columns before rows": (lambda maps: maps.permute(0, 3, 2, 1), (0, 3, 2, 1)),
    "pictures second": (lambda maps: maps.permute(2, 0, 3, 1), (1, 3, 0, 2)),
}


@pytest.mark.parametrize("width", [3, 6, 8, 12])
@pytest.mark.parametrize("case", MAPS)
def test_maps_in_any_order_of_axes(case: str, width: int) -> None:
    """Six and eight are the numbers of rows and of columns too."""
    arrange, back = MAPS[case]
    network = seeded(_Maps(arrange, width)).double()
    shown = pictures(2, _SIZE, dtype=torch.float64)
    with torch.no_grad():
        wanted = seen_by(network, ("seen",), shown)["seen"].permute(back)
    torch.testing.assert_close(_probe(network).activations(shown, ["seen"])["seen"], wanted)


class _Maps(nn.Module):
    def __init__(self, arrange: Callable[[Tensor], Tensor], width: int) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, width, PATCH, stride=PATCH)
        self.seen = nn.Identity()
        self._arrange = arrange

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.seen(self._arrange(self.patch(x)))
        return out


def test_pooled_outputs_are_features() -> None:
    network = nn.Sequential(
        nn.Conv2d(3, 64, PATCH, stride=PATCH), nn.Flatten(2), nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(64, 3)
    )
    probe = _probe(network)
    assert [(layer.units, layer.map_size) for layer in probe.layers.values()] == [
        (64, _GRID), (64, _GRID), (64, (1, 1)), (64, (1, 1)), (3, (1, 1)),
    ]  # fmt: skip


class _Counting(nn.Module):
    """Counts the pictures that a network is shown."""

    def __init__(self, inner: nn.Module, count: list[int]) -> None:
        super().__init__()
        self.inner = inner
        self.count = count.append

    def forward(self, x: Tensor) -> Tensor:
        if isinstance(x, Tensor):  # the tracer's placeholder is none
            self.count(len(x))
        out: Tensor = self.inner(x)
        return out


@pytest.mark.parametrize("name", CASES)
def test_networks_of_convolutions_are_shown_no_picture_for_it(name: str) -> None:
    case, count = CASES[name], list[int]()
    probe = Probe(_Counting(case.network(), count), prepare=case.preparation())
    assert probe.examination.notes == ()
    count.clear()
    _ = probe.layers
    assert sum(count) <= 2  # the list of layers, and a comparison of the graph


def test_networks_of_tokens_are_shown_few_pictures() -> None:
    count: list[int] = []
    torch.manual_seed(0)
    probe = Probe(_Counting(Transformer(_between(0)), count), prepare=Preparation(_SIZE))
    assert probe.examination.notes == ()
    count.clear()
    _ = probe.layers
    assert sum(count) <= 2 + 11


class _Slow(NamedTuple):
    """A survey of a transformer by a clock that goes on by some seconds with every picture."""

    survey: Survey
    shown: list[int]


def _slow(seconds: float) -> _Slow:
    torch.manual_seed(1)
    network, shown = Transformer(_between(0), extra=1).double(), [1]
    blank = torch.rand(1, 3, *_SIZE, dtype=torch.float64)

    def run(inputs: Tensor, look: Callable[[Tensor], None]) -> list[Call]:
        shown.append(len(inputs))
        with torch.no_grad():
            return survey(network, inputs, look)[0]

    calls = run(blank, lambda _: None)
    shown.clear()
    plain = [None] * len(calls)
    case = Survey(network, run, blank, calls, plain, cost=seconds, clock=lambda: seconds * sum(shown))
    return _Slow(case, shown)


@pytest.mark.parametrize("seconds", [0.01, 0.5, 0.65, 1.3, 2.0, 30.0])
def test_never_over_ten_seconds_are_spent_on_axes(seconds: float) -> None:
    slow = _slow(seconds)
    found = determined(slow.survey, {})
    assert seconds * (1 + sum(slow.shown)) <= 10 or slow.shown == []
    mapped = [axes for axes in found if axes.grid is not None]
    assert bool(mapped) is (seconds < 0.7)
    if seconds > 0.7:
        assert any("ten seconds" in axes.reason for axes in found)
        stated = determined(slow.survey, {"blocks.*": "NTC"})
        assert any(axes.grid is not None and axes.grid.front == 1 for axes in stated)


def test_what_is_stated_serves_where_the_pictures_do_not_tell() -> None:
    class Dead(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.patch, self.last = nn.Conv2d(3, 6, PATCH, stride=PATCH), nn.Identity()

        def forward(self, x: Tensor) -> Tensor:
            out: Tensor = self.last(0 * self.patch(x).permute(0, 2, 3, 1).flip(1))  # which operations do not tell
            return out

    assert "stays the same" in Probe(Dead(), prepare=Preparation(_SIZE)).unmapped["last"].reason
    stated = Probe(Dead(), prepare=Preparation(_SIZE), layouts={"last": "NHWC"})
    assert (stated.layer("last").units, stated.layer("last").map_size) == (6, _GRID)
    wrong = Probe(seeded(_Maps(MAPS["channels last"][0], 6)), prepare=Preparation(_SIZE), layouts={"seen": "NCHW"})
    assert (wrong.layer("seen").units, wrong.layer("seen").map_size) == (6, _GRID)
