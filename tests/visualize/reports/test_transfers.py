"""Scores of other tasks: kept with a report, for its own networks alone, and drawn as they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.kit.reports import HOSTILE, made_up_site
from visualize.reports.site import Site
from visualize.reports.transfers import keep, transfers
from visualize.reports.wording import Wording
from visualize.reports.writing import write_pages

if TYPE_CHECKING:
    from pathlib import Path


def _record(folder: Path) -> Path:
    layers = [{"layer": name, "score": score, "interval": [0.1, 0.9]} for name, score in ((HOSTILE, 0.25), ("fc", 1.0))]
    networks = [{"model": name, "layers": layers} for name in ("net", "stranger")]
    told = {
        "data": str(folder / "birds"),
        "protocol": "svm",
        "measure": "accuracy",
        "chance": 0.5,
        "networks": networks,
    }
    path = folder / "transfer.json"
    path.write_text(json.dumps({**told, "networks": networks}))
    return path


def test_curves_are_those_of_the_reports_networks(tmp_path: Path) -> None:
    site = made_up_site(tmp_path / "site", units=2).parent
    path = _record(tmp_path)
    keep(site, ["net"], Wording.of(path), [path, path])
    (task,) = transfers(site)
    assert (task.data, task.chance, [curve.name for curve in task.curves]) == ("birds", 50.0, ["net"])
    assert task.curves[0].points == "0.00,75.00 100.00,0.00"
    assert task.curves[0].rows[0] == (HOSTILE, "0.250", "0.100 to 0.900")
    page = write_pages(Site.read(site), lambda done, total: None).read_text("utf-8")
    assert "birds" in page
    assert str(tmp_path) not in page
    assert HOSTILE not in page
