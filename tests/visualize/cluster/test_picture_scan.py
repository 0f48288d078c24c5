from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.visualize.cli.kit import viz
from tests.visualize.cli.shops import of_labels
from tests.visualize.cluster.engines import Chance
from visualize.cluster import ray_engine
from visualize.cluster.picture_scan import ClusterScan, ScanWorker
from visualize.cluster.pieces import NetworkSource
from visualize.cluster.ray_engine import Cluster
from visualize.data import open_images
from visualize.methods import TopImages, TopResult, Unit
from visualize.methods.errors import BrokenImageWarning, InputError
from visualize.methods.pictures.checkpoints import checkpoints_in, scanned_by
from visualize.models.loading import load

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from visualize.cluster.picture_scan import ScanJob
    from visualize.methods.pictures.checkpoints import Checkpoint

UNITS = [Unit("relu", 0), Unit("conv", 2), Unit("relu", 5), Unit("conv", 1, (2, 3))]
TOP = TopImages(count=4, batch=4)


class Shop:
    """A network and 300 pictures, two of them broken, looked at here or by workers."""

    def __init__(self, root: Path) -> None:
        of_labels(root, 300)
        for number in (7, 255):
            (root / f"set/images/{number}.png").write_bytes(b"no picture")
        self.where, self.model = str(root / "set"), f"{root}/tiny.py:tiny"
        self.probe, self.images = load(self.model, device="cpu"), open_images(self.where)

    def top(self, units: Sequence[Unit] = UNITS) -> list[TopResult]:
        with pytest.warns(BrokenImageWarning, match=r"7\.png|255\.png"):
            return [result for result in TOP(self.probe, units, self.images) if isinstance(result, TopResult)]

    def on(self, where: str | None = None, **chance: Any) -> tuple[ClusterScan, list[Chance]]:  # noqa: ANN401
        engines: list[Chance] = []

        def engine(job: ScanJob) -> Chance:
            engines.append(Chance(lambda: ScanWorker(job), **chance))
            return engines[-1]

        network = NetworkSource(model=self.model, device="cpu")
        return ClusterScan(engine=engine, network=network, where=where or self.where), engines


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("shop"))


def _same(results: Sequence[TopResult], expected: Sequence[TopResult]) -> None:
    for result, other in zip(results, expected, strict=True):
        assert (result.files, result.scanned, result.broken) == (other.files, other.scanned, other.broken)
        assert (result.activations, result.positions, result.notes) == (
            other.activations, other.positions, other.notes,
        )  # fmt: skip
        np.testing.assert_array_equal(np.asarray(result.maps), np.asarray(other.maps))


@pytest.mark.parametrize("chance", [{"rooms": (1,)}, {"rooms": (3,), "seed": 1}, {"rooms": (1, 4), "deaths": 3}])
def test_the_best_pictures_are_those_of_one_machine(shop: Shop, chance: dict[str, Any]) -> None:
    expected = shop.top()
    look, engines = shop.on(**chance)
    with scanned_by(look):
        results = shop.top()
    assert engines[0].methods.count("look") == 3  # pieces of 128 pictures
    _same(results, expected)


def test_a_scan_goes_on_where_another_was_interrupted(shop: Shop) -> None:
    class Kept:
        checkpoint: Checkpoint | None = None

        def read(self, scan: int) -> Checkpoint | None:
            return self.checkpoint

        def due(self, nbytes: int) -> bool:
            return True

        def write(self, scan: int, checkpoint: Checkpoint) -> None:
            self.checkpoint = checkpoint

    expected, place = shop.top(), Kept()
    look, _ = shop.on(rooms=(1,), stop_after=2)
    with pytest.raises(KeyboardInterrupt, match="Ctrl-C"), checkpoints_in(place), scanned_by(look):
        shop.top()
    assert place.checkpoint is not None
    assert place.checkpoint.done == 128
    look, engines = shop.on()
    with checkpoints_in(place), scanned_by(look):
        _same(shop.top(), expected)
    assert engines[0].methods.count("look") == 2
    with checkpoints_in(place):
        _same(shop.top(), expected)  # and one machine takes up what the cluster left


def test_the_command_asks_the_cluster_for_the_same_figure(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engines: list[Chance] = []

    class Here(Cluster):
        def engine(self, kind: type[Any], argument: object, *, threads: int, device: str) -> Chance:
            engines.append(Chance(lambda: kind(argument), rooms=(2,)))
            return engines[0]

    @contextmanager
    def connected(where: str) -> Iterator[Cluster]:
        assert where == "ray"
        yield Here(cpus=8, gpus=0)

    monkeypatch.setattr(ray_engine, "connected", connected)
    asked = ["top", "--model", shop.model, "--layer", "relu", "--unit", "2", "--images", shop.where, "--device", "cpu"]
    for name, more in {"here": [], "there": ["--on", "ray"]}.items():
        ran = viz(*asked, *more, "--out", tmp_path / f"{name}.png", "--arrays")
        assert ran.status == 0, ran.err
        assert "255.png" in ran.err
    assert engines[0].methods.count("look") == 3
    assert (tmp_path / "here.png").read_bytes() == (tmp_path / "there.png").read_bytes()
    assert (tmp_path / "here.npz").read_bytes() == (tmp_path / "there.npz").read_bytes()
    ran = viz("top", "--model", shop.model, "--image", "x.png", "--on", "ray")
    assert (ran.status, "--image" in ran.err) == (2, True)


def test_workers_with_other_pictures_are_refused(shop: Shop, tmp_path: Path) -> None:
    of_labels(tmp_path, 12)
    look, _ = shop.on(str(tmp_path / "set"))
    with pytest.raises(InputError, match="other pictures on a worker"), scanned_by(look):
        TOP(shop.probe, UNITS, shop.images)
