"""Pictures of units made by workers that come, go and die: the bits are those of one machine."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from torch import nn

from tests.visualize.cli.kit import TINY, viz
from tests.visualize.cli.shops import of_labels
from tests.visualize.cluster.engines import Chance
from visualize.cards.inspection import begin
from visualize.cards.request import Request
from visualize.cluster import ray_engine
from visualize.cluster.pieces import NetworkSource
from visualize.cluster.ray_engine import Cluster
from visualize.cluster.unit_calls import CallWorker, ClusterCalls
from visualize.methods import DeepDream, GradientAscent, Method, Probe, Result, Stack, Unit
from visualize.methods.errors import InputError
from visualize.methods.progress import silent
from visualize.models.loading import load
from visualize.store.shared_calls import called, called_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from visualize.cluster.unit_calls import CallJob

ASCENT = GradientAscent(steps=2, size=(16, 16), batch=4, count=2)
NOISE = DeepDream(start="noise", count=3, size=(64, 64), steps=1, octaves=1, batch=2)
UNITS = [Unit("conv", index) for index in range(6)]


class Shop:
    """A network, and workers that make pictures of its units."""

    def __init__(self, root: Path) -> None:
        of_labels(root, 6)
        wide = TINY.replace("(3, 6, 3", "(3, 20, 3").replace("Linear(6", "Linear(20").replace("range(6)", "range(20)")
        (root / "wide.py").write_text(wide)
        self.root, self.model = root, f"{root}/wide.py:tiny"
        self.probe = load(self.model, device="cpu")

    def on(self, **chance: Any) -> tuple[ClusterCalls, list[Chance]]:  # noqa: ANN401
        engines: list[Chance] = []

        def engine(job: CallJob) -> Chance:
            engines.append(Chance(lambda: CallWorker(job), **chance))
            return engines[-1]

        network = NetworkSource(model=self.model, device="cpu")
        return ClusterCalls(engine, lambda _: network), engines


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("shop"))


def _same(results: Sequence[Result], expected: Sequence[Result]) -> None:
    for result, other in zip(results, expected, strict=True):
        facts, others = ({**item.facts(), "seconds": None} for item in (result, other))
        assert (result.unit, facts, result.notes) == (other.unit, others, other.notes)
        assert result.provenance.model == other.provenance.model
        for name, array in other.arrays().items():
            np.testing.assert_array_equal(np.asarray(result.arrays()[name]), np.asarray(array))


def _photographs() -> Stack:
    generator = np.random.default_rng(0)
    shapes = ((64, 64, 3), (64, 64, 3), (70, 64, 3))
    return Stack([generator.integers(0, 256, shape, np.uint8) for shape in shapes])


@pytest.mark.parametrize(
    ("method", "calls"), [(ASCENT, 3), (NOISE, 3), (DeepDream(size="own", steps=1, octaves=1, batch=2), 3)]
)
@pytest.mark.parametrize("chance", [{"rooms": (1,)}, {"rooms": (1, 3), "deaths": 3, "seed": 2}])
def test_pictures_are_those_of_one_machine(shop: Shop, method: Method, calls: int, chance: dict[str, Any]) -> None:
    images = None if method != DeepDream(size="own", steps=1, octaves=1, batch=2) else _photographs()
    expected = method(shop.probe, UNITS, images)
    maker, engines = shop.on(**chance)
    with called_by(maker):
        _same(called(method, shop.probe, UNITS, images, silent), expected)
    assert engines[0].methods.count("look") == calls


@pytest.mark.parametrize("method", [ASCENT, NOISE, DeepDream(start="noise", size=(64, 64), of="layer", steps=1)])
def test_pieces_of_a_call_have_the_bits_of_the_whole(shop: Shop, method: Method) -> None:
    """Which is what a method promises of them, with workers or without."""
    units = [*UNITS, Unit("conv", 1, (2, 2))]
    pieces = method.pieces(units, None)
    assert [unit for piece in pieces for unit in piece] == units
    _same([result for piece in pieces for result in method(shop.probe, piece)], method(shop.probe, units))


def test_what_cannot_be_made_apart_is_one_piece() -> None:
    two = [Unit("conv", 0), Unit("relu", 1)]
    assert DeepDream(start="noise", batch=1).pieces(two, None) == [two]
    scenes = Stack([np.zeros((64, 64, 3), np.uint8)] * 4)
    assert DeepDream(count=3, batch=1).pieces(UNITS, scenes) == [UNITS]  # one scan chooses the pictures for all
    assert len(DeepDream(count=4, batch=1).pieces(UNITS, scenes)) == len(UNITS)


def test_workers_load_the_network_once_for_many_cards(shop: Shop) -> None:
    request = Request(
        model=shop.model, layer="conv", units="all", methods=["ascent"], steps=2, device="cpu", cache=None
    )
    expected = [card.results["ascent"] for card in begin(request).cards()]
    maker, engines = shop.on(rooms=(2,))
    with called_by(maker):
        for _ in range(2):
            _same([card.results["ascent"] for card in begin(request).cards()], expected)
    (engine,) = engines
    assert engine.methods.count("ready") <= 2


def test_a_fault_is_that_of_one_machine(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "nan.py").write_text(
        "import torch\nfrom visualize.methods import Preparation\n\n\n"
        "class Spoilt(torch.nn.Conv2d):\n    def forward(self, pictures):\n"
        "        return super().forward(pictures) * float('nan')\n\n\n"
        "def build():\n    return torch.nn.Sequential(Spoilt(3, 4, 3)), Preparation(size=(16, 16))\n"
    )
    probe = load(f"{tmp_path}/nan.py:build", device="cpu")
    units = [Unit("0", index) for index in range(4)]
    with pytest.raises(InputError, match="finite") as alone:
        ASCENT(probe, units)
    maker = ClusterCalls(
        lambda job: Chance(lambda: CallWorker(job)), lambda _: NetworkSource(model=f"{tmp_path}/nan.py:build")
    )  # fmt: skip
    with called_by(maker), pytest.raises(InputError, match="finite") as there:
        called(ASCENT, probe, units, None, silent)
    assert str(there.value) == str(alone.value)


class _Named(Chance):
    kind = ""


def test_commands_ask_the_cluster_for_the_same_files(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines: list[_Named] = []

    class Here(Cluster):
        def engine(self, kind: type[Any], argument: object, *, threads: int, device: str) -> Chance:
            engines.append(_Named(lambda: kind(argument), rooms=(2,)))
            engines[-1].kind = kind.__name__
            return engines[-1]

    @contextmanager
    def connected(where: str) -> Iterator[Cluster]:
        yield Here(cpus=8, gpus=0)

    monkeypatch.setattr(ray_engine, "connected", connected)
    network, images = ["--model", shop.model, "--device", "cpu", "--layer", "conv"], str(shop.root / "set")
    shown = ["--methods", "ascent,top", "--steps", "2"]
    looks = [
        ["ascent", *network, "--unit", "all", "--steps", "2"],
        ["unit", *network, "--unit", "0-9", "--images", images, *shown],
        ["report", *network, "--data", images, *shown, "--pixels", "16"],
    ]
    made: dict[str, dict[str, bytes]] = {}
    for name, more in {"here": [], "there": ["--on", "ray"]}.items():
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        for look in looks:
            ran = viz(*look, *more, "--no-cache", "--quiet")
            assert ran.status == 0, ran.err
        files = (path for path in (tmp_path / name).rglob("*") if path.suffix in {".png", ".webp", ".csv", ".npz"})
        made[name] = {path.relative_to(tmp_path / name).as_posix(): path.read_bytes() for path in files}
    assert {name.rpartition(".")[2] for name in made["here"]} == {"png", "webp", "csv", "npz"}
    assert made["there"] == made["here"]
    asked = [method for engine in engines for method in engine.methods]
    assert {"look", "scan", "count"} <= set(asked)
    assert [engine.methods.count("look") for engine in engines if engine.kind == "CallWorker"] == [3, 2, 2]


def test_a_network_that_has_no_name_cannot_be_given_to_workers() -> None:
    from visualize.reports.request import ReportRequest

    network = Probe(nn.Sequential(nn.Conv2d(3, 2, 3)))
    with pytest.raises(InputError, match="by its name"):
        ReportRequest(model=network, on="ray")
