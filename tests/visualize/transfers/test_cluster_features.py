from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.visualize.cli.shops import of_labels
from tests.visualize.cluster.engines import Chance
from visualize.cluster.pieces import NetworkSource
from visualize.data import open_images
from visualize.methods.errors import BrokenImageWarning, InputError
from visualize.methods.progress import silent
from visualize.models.loading import load
from visualize.transfers.cluster_features import ClusterFeatures, FeatureWorker
from visualize.transfers.features import read_features
from visualize.transfers.protocols.catalogue import PROTOCOLS
from visualize.transfers.request import TransferRequest

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.methods.pictures.images import Images
    from visualize.transfers.cluster_features import FeatureJob
    from visualize.transfers.features import Features

LAYERS = ["conv", "flat"]


class Shop:
    """A network and 150 pictures, two of them broken."""

    def __init__(self, root: Path) -> None:
        of_labels(root, 150)
        for number in (7, 149):
            (root / f"set/images/{number}.png").write_bytes(b"no picture")
        self.model = f"{root}/tiny.py:tiny"
        self.probe, self.images = load(self.model, device="cpu"), open_images(str(root / "set"))

    def read(self, **more: Any) -> Features:  # noqa: ANN401
        images: Images = more.pop("images", self.images)
        with pytest.warns(BrokenImageWarning, match=r"\.png"):
            return read_features(
                self.probe, images, LAYERS, pools=PROTOCOLS["svm"].pools(60), batch=4, progress=silent, **more
            )

    def on(self, **chance: Any) -> tuple[ClusterFeatures, list[Chance]]:  # noqa: ANN401
        engines: list[Chance] = []

        def engine(job: FeatureJob) -> Chance:
            engines.append(Chance(lambda: FeatureWorker(job), **chance))
            return engines[-1]

        return ClusterFeatures(engine, NetworkSource(model=self.model, device="cpu")), engines


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return Shop(tmp_path_factory.mktemp("shop"))


def _same(features: Features, expected: Features) -> None:
    np.testing.assert_array_equal(features.there, expected.there)
    assert features.notes == expected.notes
    for name, held in expected.layers.items():
        np.testing.assert_array_equal(features.layers[name].values, held.values)


@pytest.mark.parametrize("chance", [{"rooms": (1,)}, {"rooms": (3,), "seed": 1}, {"rooms": (1, 4), "deaths": 3}])
def test_features_are_those_of_one_machine(shop: Shop, chance: dict[str, Any]) -> None:
    elsewhere, engines = shop.on(**chance)
    _same(shop.read(elsewhere=elsewhere), shop.read())
    assert engines[0].methods.count("read") == 3  # pieces of 64 pictures


def test_what_was_read_before_an_interrupt_is_not_read_again(shop: Shop, tmp_path: Path) -> None:
    elsewhere, _ = shop.on(rooms=(1,), stop_after=2)
    with pytest.raises(KeyboardInterrupt, match="Ctrl-C"):
        shop.read(elsewhere=elsewhere, keep=tmp_path)
    elsewhere, engines = shop.on()
    _same(shop.read(elsewhere=elsewhere, keep=tmp_path), shop.read())
    assert engines[0].methods.count("read") == 2


def test_a_set_of_which_nothing_can_be_read_is_an_error_as_on_one_machine(shop: Shop, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(b"no picture")
    images, elsewhere = open_images(str(tmp_path)), shop.on()[0]
    with pytest.raises(InputError, match="read") as alone:
        shop.read(images=images)
    with pytest.raises(InputError, match="read") as there:
        shop.read(images=images, elsewhere=elsewhere)
    assert str(there.value) == str(alone.value)


def test_a_worker_that_does_not_see_the_pictures_is_an_error(shop: Shop, tmp_path: Path) -> None:
    class Blind(FeatureWorker):
        def ready(self) -> None:
            super().ready()
            images: Any = self._images
            self._images = replace(images, images=replace(images.images, root=tmp_path))

    elsewhere = ClusterFeatures(lambda job: Chance(lambda: Blind(job)), NetworkSource(model=shop.model, device="cpu"))
    with pytest.raises(InputError, match=r"a worker cannot read 0\.png, which this machine can"):
        read_features(
            shop.probe, shop.images, LAYERS, pools=PROTOCOLS["svm"].pools(60), batch=4, progress=silent,
            elsewhere=elsewhere,
        )  # fmt: skip


def test_what_can_be_no_cluster_is_refused() -> None:
    with pytest.raises(InputError, match="is no cluster"):
        TransferRequest(on="nowhere")
