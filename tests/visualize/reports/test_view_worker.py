"""Reports that several processes make: the same files as those of one, bit for bit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import torch

from tests.kit.reports import labelled_folder
from visualize.cards import resolve
from visualize.data import open_labelled
from visualize.methods.errors import InputWarning
from visualize.reports.folders import layer_folders
from visualize.reports.making import Making
from visualize.reports.request import ReportRequest
from visualize.watch import unwatched

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from visualize.reports.records import View


_NETWORK = """
import os
import torch
from torch import nn

def build(seed=0):
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Conv2d(3, 20, 5, stride=2), nn.ReLU(), nn.Conv2d(20, 34, 3)).eval()
    return network

def chance():
    return build(os.getpid())
"""


def _site(
    home: Path, name: str, long: float, build: str = "build", methods: tuple[str, ...] | None = None
) -> dict[str, bytes]:
    """Files of the report's records and pictures, made by itself or, where little is long, by other processes."""
    model, data = f"{home / 'net.py'}:{build}", str(home / "streets")
    request = ReportRequest(
        model=model, layers=("2",), data=data, methods=methods, steps=2, pixels=16, out=home / name, cache=False,
        network={"size": 32, "device": "cpu"},
    )  # fmt: skip
    probe = resolve.network(request.request, unwatched)
    Making(request, probe, ["2"], open_labelled(data), data, unwatched, long=long).folders(home / name)
    files = [path for path in (home / name).rglob("*") if path.is_file()]
    return {path.relative_to(home / name).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("visualize.reports.view_worker.processes", lambda most: most)  # however little memory is free
    (tmp_path / "net.py").write_text(_NETWORK)
    labelled_folder(tmp_path / "streets")
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    yield tmp_path
    torch.set_num_threads(threads)


def test_several_processes_write_what_one_writes(home: Path) -> None:
    alone = _site(home, "alone", long=1e9)
    assert len(alone) > 34 * 3
    together = _site(home, "together", long=-1.0)
    assert alone.keys() == together.keys()
    (differing,) = [name for name in alone if alone[name] != together[name]]
    assert differing.endswith("view-ascent.jsonl")  # which tells the seconds that every picture took
    (first,), (second,) = layer_folders(home / "alone"), layer_folders(home / "together")
    assert _timeless(first.views("ascent")) == _timeless(second.views("ascent"))


def _timeless(views: dict[int, View]) -> list[View]:
    return [replace(view, facts=tuple(fact for fact in view.facts if fact[0] != "seconds")) for view in views.values()]


def test_processes_that_build_another_network_do_not_help(home: Path) -> None:
    with pytest.warns(InputWarning, match="one process makes what is left"):
        made = _site(home, "chance", long=-1.0, build="chance", methods=("ascent",))
    assert len([name for name in made if name.endswith("-ascent-1.webp")]) == 34
