from __future__ import annotations

from tests.visualize.transfers.kit import colour_task
from visualize.figures.boxes import Words
from visualize.transfers.api import transfer
from visualize.transfers.figures.worth_chart import worth_block


def _said(*models: str, layers: str) -> str:
    worth = transfer(*models, data=colour_task(30), layers=layers, protocol="knn", numbers=1)
    return " ".join(item.text for item in worth_block(worth, 1320).items if isinstance(item, Words))


def test_networks_that_began_as_the_same_one_share_its_curve_and_their_layers_are_named_once() -> None:
    together = _said("scenes-sound", "scenes-moco", layers="conv1")
    assert "as all of them began" in together
    assert "conv1" not in together  # it stands under the chart
    alone = _said("scenes-sound", layers="conv1")
    assert "as all of them began" not in alone
    assert "scenes-sound: conv1" in alone
