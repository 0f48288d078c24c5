from __future__ import annotations

import dataclasses
import gc
import tracemalloc
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

from tests.visualize.cli.shops import of_labels
from tests.visualize.cluster.engines import Chance
from tests.visualize.dissection.made import contents
from visualize.cluster.dissection_run import ClusterWork, run_on_cluster
from visualize.cluster.dissection_worker import DissectionWorker, loaded
from visualize.cluster.pieces import NetworkSource
from visualize.cluster.pool import LostWorkerError
from visualize.data import open_labelled
from visualize.dissection import Outcome, Settings, run
from visualize.dissection.record import geometry
from visualize.methods.errors import BrokenImageWarning, InputError
from visualize.methods.pictures.labelled import Concept
from visualize.models.loading import load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from visualize.cluster.pieces import Job, Scanned
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.labelled import Labels

LAYERS = ["relu", "conv"]
SETTINGS = Settings(quantile=0.1, compose=2, ranges=2)


class Shop:
    """A network and a probe set, dissected here or by workers."""

    def __init__(self, root: Path, pictures: int) -> None:
        of_labels(root, pictures)
        self.model = f"{root}/tiny.py:tiny"
        self.source: dict[str, Any] = {"where": str(root / "set"), "colours": False, "count": None, "seed": 0}
        self.probe = load(self.model, device="cpu")

    def alone(self, out: Path, settings: Settings = SETTINGS) -> Outcome:
        return run(self.probe, LAYERS, open_labelled(**self.source), out, settings, source=self.source)

    def on(
        self,
        out: Path,
        settings: Settings = SETTINGS,
        *,
        piece: int | None = 8,
        **chance: Any,  # noqa: ANN401
    ) -> Chance:
        engines: list[Chance] = []

        def engine(job: Job) -> Chance:
            engines.append(Chance(lambda: DissectionWorker(job), **chance))
            return engines[0]

        network = NetworkSource(
            model=self.model, device="cpu", weights_sha256=self.probe.identity.weights_sha256 or ""
        )  # fmt: skip
        work = ClusterWork(engine=engine, network=network, threads=1, piece=piece)
        labelled = open_labelled(**self.source)
        done = run_on_cluster(work, self.probe, LAYERS, labelled, out, settings, source=self.source)
        assert done.finished
        return engines[0]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("shop"), 70)


@pytest.fixture(scope="module")
def alone(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("alone")
    shop.alone(out)
    return contents(out)


@pytest.mark.parametrize(
    ("piece", "chance"),
    [
        (8, {"rooms": (1,)}),
        (16, {"rooms": (3,), "seed": 1}),
        (None, {"rooms": (2,), "seed": 2}),  # all in one piece
        (8, {"rooms": (1, 4), "seed": 3}),  # workers that join late
        (8, {"rooms": (3,), "seed": 4, "deaths": 5}),
        (5, {"rooms": (2, 5), "seed": 5, "deaths": 9}),
    ],
)
def test_tables_are_those_of_one_machine(
    shop: Shop, alone: dict[str, bytes], tmp_path: Path, piece: int | None, chance: dict[str, Any]
) -> None:
    shop.on(tmp_path, piece=piece, **chance)
    assert contents(tmp_path) == alone


@pytest.mark.parametrize("stop", [1, 6, 13, 17])
def test_what_was_interrupted_goes_on_with_what_is_left(
    shop: Shop, alone: dict[str, bytes], tmp_path: Path, stop: int
) -> None:
    with pytest.raises(KeyboardInterrupt, match="Ctrl-C"):
        shop.on(tmp_path, rooms=(2,), seed=stop, stop_after=stop)
    engine = shop.on(tmp_path, rooms=(2,), seed=9)
    assert contents(tmp_path) == alone
    done_before = max(0, stop - 2)  # calls that load the network give nothing to keep
    scans_before = min(9, done_before)
    assert engine.methods.count("scan") == 9 - scans_before if stop <= 11 else engine.methods.count("scan") == 0


def test_a_piece_with_which_worker_after_worker_is_lost_is_named(shop: Shop, tmp_path: Path) -> None:
    class Deadly(DissectionWorker):
        def scan(self, first: int, last: int, bounds: Mapping[str, NDArray[Any]]) -> Scanned:
            if first == 16:
                raise MemoryError
            return super().scan(first, last, bounds)

    class Losing(Chance):
        def result(self, call: Any) -> Any:  # noqa: ANN401
            if isinstance(call.fault, MemoryError):
                raise LostWorkerError("out of memory")
            return super().result(call)

    network = NetworkSource(model=shop.model, device="cpu")
    work = ClusterWork(engine=lambda job: Losing(lambda: Deadly(job)), network=network, piece=8)
    labelled = open_labelled(**shop.source)
    with pytest.raises(InputError, match=r"pictures 17 to 24 were lost .* out of memory"):
        run_on_cluster(work, shop.probe, LAYERS, labelled, tmp_path, SETTINGS, source=shop.source)


def test_workers_with_another_network_or_set_are_refused(shop: Shop, tmp_path: Path) -> None:
    labelled = open_labelled(**shop.source)

    def work(sha256: str = "") -> ClusterWork:
        source = NetworkSource(model=shop.model, device="cpu", weights_sha256=sha256)
        return ClusterWork(engine=lambda job: Chance(lambda: DissectionWorker(job)), network=source)

    with pytest.raises(InputError, match="other weights on a worker"):
        run_on_cluster(work("0" * 64), shop.probe, LAYERS, labelled, tmp_path / "a", SETTINGS, source=shop.source)
    with pytest.raises(InputError, match="not the same probe set on a worker"):
        run_on_cluster(
            work(), shop.probe, LAYERS, labelled, tmp_path / "b", SETTINGS, source=shop.source | {"count": 30}
        )

    def other(job: Job) -> Chance:
        return Chance(lambda: DissectionWorker(dataclasses.replace(job, torch="1.0")))

    source = NetworkSource(model=shop.model, device="cpu")
    with pytest.raises(InputError, match=r"a worker has torch .* and this machine 1\.0"):
        run_on_cluster(
            ClusterWork(engine=other, network=source), shop.probe, LAYERS, labelled, tmp_path / "c", SETTINGS,
            source=shop.source,
        )  # fmt: skip


def test_a_worker_with_another_library_is_refused(shop: Shop) -> None:
    versions = NetworkSource(model=shop.model).versions
    assert {"viz-units", "torch", "torchvision", "numpy", "pillow"} <= versions.keys()
    for name in ("viz-units", "pillow"):  # of which the one decodes pictures
        source = NetworkSource(model=shop.model, versions={**versions, name: "0.1"})
        job: Any = SimpleNamespace(network=source, torch=torch.__version__, threads=1, folder="")
        with pytest.raises(InputError, match=f"a worker has {name} {versions[name]} and this machine 0.1"):
            loaded(job)


def test_broken_pictures_are_named_in_the_sets_order(tmp_path: Path) -> None:
    (tmp_path / "shop").mkdir()
    shop = Shop(tmp_path / "shop", 260)
    for number in (250, 7):
        (tmp_path / f"shop/set/images/{number}.png").write_bytes(b"no picture")
    settings = Settings(quantile=0.1, resamples=0)
    with pytest.warns(BrokenImageWarning) as said:  # noqa: PT031
        shop.alone(tmp_path / "alone", settings)
        alone = {str(item.message) for item in said}
        shop.on(tmp_path / "on", settings, piece=1, rooms=(3,), seed=8)
    assert [str(item.message) for item in said].count(min(alone)) == 2 == len(alone)
    assert contents(tmp_path / "on") == contents(tmp_path / "alone")


class Endless:
    """As many pictures as are wanted, each made when it is asked for."""

    name, fingerprint, categories = "endless", "0" * 64, ("object",)
    concepts = (Concept(1, "left", "object"),)

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def file(self, index: int) -> str:
        return str(index)

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        return np.random.default_rng(index).integers(0, 256, (*preparation.size, 3), np.uint8)

    def label_shape(self, preparation: Preparation) -> tuple[int, int]:
        return 8, 8

    def labels(self, index: int, preparation: Preparation) -> Labels:
        halves = np.zeros((8, 8), np.int32)
        halves[:, :4] = 1
        return {"object": [halves]}


def test_memory_here_does_not_grow_with_the_number_of_pictures(shop: Shop, tmp_path: Path) -> None:
    def peak(count: int) -> int:
        labelled = Endless(count)

        class Ready(DissectionWorker):
            def ready(self) -> None:
                self._probe, self._labelled = shop.probe, labelled
                self._taps = geometry(shop.probe, ["conv"], settings, count)

        settings = Settings(quantile=0.05, resamples=0)
        source = NetworkSource(model=shop.model, device="cpu")
        work = ClusterWork(engine=lambda job: Chance(lambda: Ready(job), seed=3), network=source, piece=32)
        seldom = gc.get_threshold()
        gc.set_threshold(2000, 10, 10)  # memory that is held, without garbage that waits to be found
        tracemalloc.start()
        try:
            run_on_cluster(work, shop.probe, ["conv"], labelled, tmp_path / str(count), settings, source=shop.source)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
            gc.set_threshold(*seldom)

    peak(64)  # what is made once a process
    few, many = peak(128), peak(1024)
    assert many < few + 700_000  # the activations of 896 pictures more are 1.4 MB, 6 x 64 numbers each
