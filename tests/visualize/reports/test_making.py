"""A report of a tiny network from the command line: whole, repeatable, resumable, and without a trace of its maker."""

from __future__ import annotations

import csv
import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from tests.kit.reports import HOSTILE
from tests.visualize.cli.kit import viz
from tests.visualize.reports.conftest import Made, arguments
from visualize.data import open_labelled
from visualize.methods.errors import InputError
from visualize.models import load
from visualize.reports.folders import layer_folders
from visualize.reports.site import Site

if TYPE_CHECKING:
    from pathlib import Path


def _files(site: Path) -> dict[str, bytes]:
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*") if path.is_file()}


def _times(site: Path) -> dict[str, int]:
    return {path.as_posix(): path.stat().st_mtime_ns for path in site.rglob("*") if path.suffix in {".webp", ".html"}}


def test_the_page_of_a_layer_explains_every_line_in_its_photographs(made: Made) -> None:
    page = next((made.site / "layers").glob("*--relu--*.html")).read_text("utf-8")
    key = page.partition('aria-label="Marks in the pictures"')[2].partition("</ul>")[0]
    assert "where it is active" in key
    assert key.count("where the unit&#39;s own concept is labelled") == 1
    assert "onerror" not in key


def test_every_unit_has_a_page_and_every_detected_concept(made: Made) -> None:
    assert made.ran.status == 0, made.ran.err
    assert made.ran.out.splitlines()[0] == str(made.site / "index.html")
    pages = {name for name in _files(made.site) if name.endswith(".html")}
    units = {f"units/{folder.name}/{unit}.html" for folder in layer_folders(made.site) for unit in range(6)}
    assert len(units) == 12
    assert units < pages
    site = Site.read(made.site)
    assert {concept.name for concept in site.concepts.values()} == {HOSTILE}
    assert {concept.page for concept in site.concepts.values()} < pages


def test_names_are_those_of_the_dissections_table(made: Made) -> None:
    (table,) = made.home.glob("viz-out/*/dissect/*/conv.csv")
    rows = {int(row["unit"]) - 1: row for row in csv.DictReader(table.read_text("utf-8").splitlines())}
    (layer,) = (layer for layer in Site.read(made.site).layers if layer.facts.layer == "conv")
    for unit in layer.units:
        assert unit.label == rows[unit.number]["label"].removeprefix("'")
        assert unit.iou == pytest.approx(float(rows[unit.number]["score"]), abs=1e-12)


def test_histograms_are_those_of_the_networks_own_output(made: Made) -> None:
    probe, labelled = load(made.model), open_labelled(made.data)
    pictures = np.stack([labelled.load(index, probe.prepare) for index in range(len(labelled))])
    with torch.no_grad():
        inputs = probe.prepared(torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 255)
        maps = probe.network.conv(inputs)  # type: ignore[operator]
    (folder,) = (folder for folder in layer_folders(made.site) if folder.facts().layer == "conv")
    for unit, facts in folder.units().items():
        assert facts.activity is not None
        edges = facts.activity.first + facts.activity.width * np.arange(len(facts.activity.counts) + 1)
        assert list(facts.activity.counts) == np.histogram(maps[:, unit].numpy(), edges)[0].tolist()


def test_no_path_of_the_machine_gets_into_it(made: Made) -> None:
    texts = [content for name, content in _files(made.site).items() if not name.endswith(".webp")]
    for secret in (str(made.home), made.home.name, str(made.data.parent)):
        assert not [text for text in texts if secret.encode() in text]
    assert any(b"--model my_net.py:tiny" in text for text in texts)


def test_labels_are_text_wherever_they_stand(made: Made) -> None:
    pages = [content.decode() for name, content in _files(made.site).items() if name.endswith(".html")]
    assert not [page for page in pages if "<img src=x" in page]
    assert [page for page in pages if "&lt;img src=x onerror=alert(1)&gt;" in page]


def test_a_second_run_makes_nothing_anew(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    before, records = _times(made.site), _files(made.site / "data")

    def refused(*_: object, **__: object) -> None:
        raise AssertionError("something was looked at again")

    for name in ("ascent.method.GradientAscent", "top_images.method.TopImages", "attribution.saliency.Saliency"):
        monkeypatch.setattr(f"visualize.methods.{name}.look", refused)
    ran = viz(*arguments(made, "--out", made.site))
    assert ran.status == 0, ran.err
    assert _times(made.site) == before
    assert _files(made.site / "data") == records


def test_what_was_damaged_is_made_again(made: Made, tmp_path: Path) -> None:
    site = tmp_path / "site"
    shutil.copytree(made.site, site)
    for kind in ("units.jsonl", "layer.json", "view-top.jsonl", "0-ascent-1.webp", "1-top-1.webp"):
        path = next(path for path in sorted(site.rglob(kind)) if "conv" in path.parent.name)
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    ran = viz(*arguments(made, "--out", site))
    assert ran.status == 0, ran.err
    assert _without_times(_files(site)) == _without_times(_files(made.site))
    assert [folder.units() for folder in layer_folders(site)] == [folder.units() for folder in layer_folders(made.site)]


def test_an_interrupted_report_goes_on_and_ends_as_if_it_had_not_been(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from visualize.reports.drawing import Drawing

    drawn: list[int] = []
    draw = Drawing.__call__

    def failing(self: Drawing, unit: int, *rest: object) -> object:
        drawn.append(unit)
        if len(drawn) == 9:
            raise KeyboardInterrupt
        return draw(self, unit, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Drawing, "__call__", failing)
    ran = viz(*arguments(made, "--out", tmp_path))
    assert ran.status == 130
    assert "goes on from here" in ran.err
    assert not (tmp_path / "index.html").exists()
    first = len(drawn)
    ran = viz(*arguments(made, "--out", tmp_path))
    assert ran.status == 0, ran.err
    assert len(drawn) < first + 2 * 6 * 3  # of two layers, six units and three methods
    assert _without_times(_files(tmp_path)) == _without_times(_files(made.site))


def _without_times(files: dict[str, bytes]) -> dict[str, bytes]:
    """Files without the seconds that the work took, which are facts of results."""
    return {name: content for name, content in files.items() if name.endswith(".webp")}


def test_results_that_lie_there_are_shown_together(made: Made, tmp_path: Path) -> None:
    (folder,) = made.home.glob("viz-out/*/dissect/*")
    site = tmp_path / "both"
    ran = viz("report", made.site, folder / "conv.csv", "--out", site, "--json")
    assert ran.status == 0, ran.err
    layers = json.loads(ran.out)["layers"]
    assert {item["layer"] for item in layers} == {"conv", "relu"}
    for name, content in _files(made.site).items():
        if name.startswith(("pictures/", "units/")):
            assert _files(site)[name] == content or name.endswith(".html"), name


def test_a_dissection_alone_gives_pages_with_names(made: Made, tmp_path: Path) -> None:
    (folder,) = made.home.glob("viz-out/*/dissect/*")
    ran = viz("report", folder, "--out", tmp_path / "site")
    assert ran.status == 0, ran.err
    (other,) = {layer.detectors for layer in Site.read(tmp_path / "site").layers if layer.facts.layer == "conv"}
    (mine,) = {layer.detectors for layer in Site.read(made.site).layers if layer.facts.layer == "conv"}
    assert other == mine > 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--out", ""], "--out is empty"),
        (["nowhere", "--out", "site"], "nowhere is not there"),
        (["nowhere", "--model", "a", "--out", "site"], "--model"),
        (["nowhere"], "add --out"),
        (["--pixels", "3"], "pixels"),
        (["--methods", "top", "--steps", "5"], "takes no steps"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(
    given: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = viz("report", *given)
    assert ran.status == 2
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_two_processes_do_not_write_one_report(tmp_path: Path) -> None:
    from visualize.reports.making import alone

    with alone(tmp_path), pytest.raises(InputError, match="another process"), alone(tmp_path):
        pass
    assert list(tmp_path.iterdir()) == []
