from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.visualize.cli.kit import viz
from tests.visualize.cli.shops import dissecting, of_labels

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_formulas_are_listed_beside_the_concepts_that_they_improve_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop").mkdir()
    shop = of_labels(tmp_path / "shop")
    ran = viz(*dissecting(shop, "--out", "out", "--compose", "2", "--ranges", "2", "--json"))
    assert ran.status == 0, ran.err
    (layer,) = json.loads(ran.out)["layers"]
    names = {verdict["unit"]: verdict for verdict in layer["best"]}
    for formula in layer["formulas"]:
        assert formula["iou"] >= formula["single_iou"] == names[formula["unit"]]["iou"]
        assert formula["single"] == names[formula["unit"]]["label"]
        assert [item["low"] for item in formula["ranges"]][:1] == [0]
        assert all(item.get("iou", 0) >= item.get("single_iou", 0) for item in formula["ranges"])
    again = viz(*dissecting(shop, "--out", "out", "--compose", "2", "--ranges", "2"))
    assert "proven to be the best" in again.out
    assert all(f"unit {unit}: " in again.out for unit in [item["unit"] for item in layer["formulas"]][:1])
    assert "by range of activation, the lowest first" in again.out
