from __future__ import annotations

import re

from tests.kit.shared import shared
from tests.visualize.transfers.kit import colour_task, small_probe
from visualize.figures.boxes import Words
from visualize.transfers.api import transfer
from visualize.transfers.figures.measurement import transfer_block
from visualize.transfers.published import curves, published


def test_every_figure_is_in_the_reference_with_its_value() -> None:
    reference = shared("REFERENCE.md").read_text()
    said = {word.strip(".,;") for word in re.split(r"[\s/]+", reference)}
    for item in published():
        texts = {f"{item.value:g}", f"{item.value:.1f}", f"{item.value:.2f}"}
        assert texts & said, item
        assert item.reference


def test_pretext_tasks_peak_before_the_end_and_contrastive_ones_at_it() -> None:
    held = curves()
    assert all(len(values) == 5 for values in held.values())
    peaks = {name: values.index(max(values)) for name, values in held.items()}
    assert {name for name, place in peaks.items() if place == 3} == {"relative location", "rotation", "DeepCluster"}
    assert {name for name, place in peaks.items() if place == 4} == {"NPID", "SimCLR", "MoCo v2", "BYOL", "SwAV"}


def test_they_are_drawn_where_they_are_asked_for_and_said_not_to_be_measured_here() -> None:
    worth = transfer(small_probe(), data=colour_task(30), layers="3", twin=False)

    def said(*, published: bool) -> str:
        items = transfer_block(worth, published=published).items
        return " ".join(item.text for item in items if isinstance(item, Words))

    assert "Nothing in this frame was measured here" in said(published=True)
    assert "SwAV" not in said(published=False)
