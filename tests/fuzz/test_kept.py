"""Damage to what our own commands wrote and read again, dissections aside: noticed, or without consequence."""

from __future__ import annotations

import json
import random
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from tests.fuzz.flips import flip_bit
from tests.kit import harm
from tests.kit.hostile import bounded, refused
from tests.kit.reports import made_up_layer, made_up_site
from tests.visualize.cli.kit import viz
from tests.visualize.transfers.kit import small_probe
from visualize.ablation.answer_files import answer_files
from visualize.data import open_folder
from visualize.data.files.label_maps import read_indices
from visualize.intake.json_seals import sealed
from visualize.methods.ablation.study import UNKNOWN
from visualize.methods.errors import BrokenImage, InputError
from visualize.reports.folders import layer_folders
from visualize.transfers.features import read_features
from visualize.transfers.protocols.catalogue import PROTOCOLS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up_site(tmp_path_factory.mktemp("report"), units=4, layers=[("net", "conv5"), ("net", "conv4")]).parent


def _pages(site: Path) -> dict[str, bytes]:
    return {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in site.rglob("*")
        if path.suffix in {".html", ".webp"}
    }


def test_no_flipped_bit_gives_another_page(report: Path, tmp_path: Path) -> None:
    chance, refusals = random.Random(5), 0
    assert viz("report", report, "--out", tmp_path / "whole").status == 0
    whole = _pages(tmp_path / "whole")
    for _ in range(12):
        shutil.copytree(report, tmp_path / "site")
        files = [path for path in (tmp_path / "site").rglob("*") if path.suffix in {".json", ".jsonl", ".webp"}]
        where = flip_bit(chance.choice(sorted(path for path in files if path.name != "report.json")), chance)
        ran = viz("report", tmp_path / "site", "--out", tmp_path / "out")
        refusals += ran.status == 2
        assert ran.status == 2 or _pages(tmp_path / "out") == whole, where
        assert (tmp_path / "out").exists() == (ran.status == 0)
        for folder in ("site", "out"):
            shutil.rmtree(tmp_path / folder, ignore_errors=True)
    assert refusals >= 11


@pytest.mark.filterwarnings("ignore::visualize.methods.errors.BrokenImageWarning")
def test_no_flipped_bit_gives_other_features(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    for number in range(6):
        noise = np.random.default_rng(number).integers(0, 256, (16, 16, 3), dtype=np.uint8)
        Image.fromarray(noise).save(tmp_path / f"set/{number}.png")
    (tmp_path / "set/5.png").write_text("no picture")
    images, pools, chance = open_folder(tmp_path / "set"), PROTOCOLS["svm"].pools(50), random.Random(1)

    def read(folder: Path | None, asked: list[int]) -> tuple[np.ndarray[Any, Any], list[bool]]:
        features = read_features(
            small_probe(), images, ["0", "3"], pools=pools, batch=1, keep=folder,
            progress=lambda done, _: asked.append(done),
        )  # fmt: skip
        return np.hstack([item.values for item in features.layers.values()]), features.there.tolist()

    values, there = read(tmp_path / "kept", [])
    assert there == [True] * 5 + [False]
    again: list[int] = []
    read(tmp_path / "kept", again)
    assert again == []
    for _ in range(12):
        shutil.copytree(tmp_path / "kept", tmp_path / "copy")
        where = flip_bit(chance.choice(sorted((tmp_path / "copy").iterdir())), chance)
        asked: list[int] = []
        other, still = read(tmp_path / "copy", asked)
        assert (np.array_equal(other, values), still) == (True, there), where
        assert len(asked) <= 2, where
        shutil.rmtree(tmp_path / "copy")


def test_no_flipped_bit_gives_another_label_map(tmp_path: Path) -> None:
    labels = np.random.default_rng(0).integers(0, 6, (32, 64), dtype=np.uint8).repeat(2, 0)
    Image.fromarray(labels).save(tmp_path / "whole.png")
    chance, refusals = random.Random(1), 0
    for _ in range(300):
        shutil.copy(tmp_path / "whole.png", tmp_path / "map.png")
        where = flip_bit(tmp_path / "map.png", chance)
        try:
            assert np.array_equal(read_indices(tmp_path / "map.png", "a"), labels), where
        except BrokenImage:
            refusals += 1
    assert refusals > 250


def test_a_flipped_bit_makes_the_answers_of_its_picture_unknown(tmp_path: Path) -> None:
    chance = random.Random(3)
    for number in range(24):
        shutil.rmtree(tmp_path / "kept", ignore_errors=True)
        answers = answer_files((5, 7), evidence=bool(number % 2), folder=tmp_path / "kept", key="0" * 16)
        answers.called[:4], answers.evidence[:4] = np.arange(28).reshape(4, 7), 0.5
        answers.finish(np.arange(4))
        known = np.array(answers.called)
        del answers
        where = flip_bit(chance.choice(sorted((tmp_path / "kept").iterdir())), chance)
        held = answer_files((5, 7), evidence=bool(number % 2), folder=tmp_path / "kept", key="0" * 16)
        assert 3 <= held.done.sum() <= 4, where
        assert (held.called[held.done] == known[held.done]).all(), where
        assert (held.called[~held.done] == UNKNOWN).all(), where


def test_a_record_of_a_transfer_is_believed_as_it_was_written_or_as_a_hand_wrote_it(tmp_path: Path) -> None:
    site = made_up_site(tmp_path / "report", units=2).parent
    layer = {"layer": "conv5", "score": 0.5, "interval": [0.25, 0.75]}
    told = {"data": "birds", "protocol": "svm", "measure": "accuracy", "chance": 0.1}
    content = sealed({**told, "networks": [{"model": "net", "layers": [layer]}], 7: "a number is a name in JSON"})  # type: ignore[dict-item]
    path = tmp_path / "transfer.json"
    path.write_text(json.dumps(content))
    assert viz("report", site, path, "--out", tmp_path / "good").status == 0
    path.write_text(path.read_text().replace("0.5,", "0.6,"))
    assert "damaged" in refused("report", site, path, "--out", tmp_path / "out", within=tmp_path)
    path.write_text(json.dumps({key: value for key, value in content.items() if key != "sha256"}))
    assert viz("report", site, path, "--out", tmp_path / "hand").status == 0


def _resealed(path: Path, **change: object) -> None:
    """Change a record together with its checksum, as whoever means harm does."""
    held = {key: value for key, value in json.loads(path.read_text()).items() if key != "sha256"}
    path.write_text(json.dumps(sealed({**held, **change})))


def _led_out(site: Path, data: Path) -> None:
    shutil.copy(next((site / "pictures").rglob("*.webp")), site.parent / "evil.webp")
    lines = [json.loads(line) for line in (data / "view-top.jsonl").read_text().splitlines()]
    for line in lines:
        del line["sha256"]
        line["legend"] = [["../../../evil.webp", "a mark"]]
    (data / "view-top.jsonl").write_text("".join(f"{json.dumps(sealed(line))}\n" for line in lines))


def _times(path: Path, many: int) -> None:
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0] * many)


def _long(path: Path, length: int) -> None:
    with path.open("wb") as file:
        file.truncate(length)


REPORTS: dict[str, Callable[[Path, Path], object]] = {
    "a layer nested deeply": lambda _, data: (data / "layer.json").write_bytes(b"[" * 100_000),
    "a layer that is a list": lambda _, data: (data / "layer.json").write_bytes(b"[]"),
    "a layer of no words": lambda _, data: (data / "layer.json").write_bytes(b""),
    "a layer that a hand changed": lambda _, data: (data / "layer.json").write_text(
        (data / "layer.json").read_text().replace('"cut": 0.04', '"cut": 0.4')
    ),
    "a layer of a million units": lambda _, data: _resealed(data / "layer.json", units=1 << 20),
    "a layer of too many units": lambda _, data: _resealed(data / "layer.json", units=10**18),
    "a layer of an older format": lambda _, data: _resealed(data / "layer.json", format=1),
    "a layer without its model": lambda _, data: _resealed(data / "layer.json", model=""),
    "a cut of 2": lambda _, data: _resealed(data / "layer.json", cut=2),
    "methods of other folders": lambda _, data: _resealed(data / "layer.json", methods=["../../../../etc/passwd"]),
    "methods in thousands": lambda _, data: _resealed(data / "layer.json", methods=["top"] * 1001),
    "half a letter": lambda _, data: (data / "layer.json").write_text('{"model": "a\\ud800"}'),
    "no layer": lambda site, _: harm.away_all(site, "data/*/layer.json"),
    "no units": lambda _, data: (data / "units.jsonl").write_bytes(b""),
    "units gone": lambda _, data: (data / "units.jsonl").unlink(),
    "a unit gone": lambda _, data: (data / "units.jsonl").write_bytes(
        b"".join((data / "units.jsonl").read_bytes().splitlines(keepends=True)[1:])
    ),
    "a unit in 100,000 lines": lambda _, data: _times(data / "units.jsonl", 100_000),
    "a line of 900 MB": lambda _, data: _long(data / "units.jsonl", 900 << 20),
    "units nested deeply": lambda _, data: (data / "units.jsonl").write_bytes(b"[" * 100_000 + b"\n"),
    "units cut": lambda _, data: _long(data / "units.jsonl", 200),
    "a folder of units": lambda _, data: harm.folder(data / "units.jsonl"),
    "a pipe of units": lambda _, data: harm.pipe(data / "units.jsonl"),
    "another's file of units": lambda _, data: harm.link(data / "units.jsonl", "/etc/passwd"),
    "a link to itself": lambda _, data: harm.link(data / "units.jsonl", "units.jsonl"),
    "a pipe of views": lambda _, data: harm.pipe(data / "view-top.jsonl"),
    "views gone": lambda _, data: (data / "view-top.jsonl").unlink(),
    "no views": lambda _, data: (data / "view-top.jsonl").write_bytes(b""),
    "views of half the units": lambda _, data: (data / "view-top.jsonl").write_bytes(
        b"".join((data / "view-top.jsonl").read_bytes().splitlines(keepends=True)[:2])
    ),
    "views twice": lambda _, data: _times(data / "view-top.jsonl", 2),
    "a mark of another folder": _led_out,
    "pictures of another folder": lambda site, _: harm.link(site / "pictures", "/etc"),
    "a pipe for a picture": lambda site, _: harm.pipe(next((site / "pictures").rglob("0.webp"))),
    "a link for a picture": lambda site, _: harm.link(next((site / "pictures").rglob("0.webp")), "1.webp"),
    "a page for a picture": lambda site, _: next((site / "pictures").rglob("0.webp")).write_text("<script>"),
    "another picture": lambda site, _: shutil.copy(
        next((site / "pictures").rglob("1.webp")), next((site / "pictures").rglob("0.webp"))
    ),
    "scores nested deeply": lambda site, _: (site / "data/transfers.json").write_bytes(b"[" * 100_000),
    "scores that are an object": lambda site, _: (site / "data/transfers.json").write_bytes(b"{}"),
    "scores without a checksum": lambda site, _: (site / "data/transfers.json").write_bytes(b'[{"data": "birds"}]'),
    "a pipe of scores": lambda site, _: harm.pipe(site / "data/transfers.json"),
}


@pytest.mark.parametrize("harmed", REPORTS.values(), ids=REPORTS)
def test_a_report_that_was_tampered_with_is_not_shown(
    harmed: Callable[[Path, Path], object], report: Path, tmp_path: Path
) -> None:
    shutil.copytree(report, tmp_path / "site")
    harmed(tmp_path / "site", tmp_path / "site/data" / layer_folders(report)[0].name)
    refused("report", tmp_path / "site", "--out", tmp_path / "out", within=tmp_path)


@pytest.mark.parametrize("second", ["nowhere", "empty", "torn.json", "transfer.json", "table.csv", "pipe"])
def test_nothing_is_written_if_the_last_of_several_results_is_bad(second: str, report: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for name in ("torn.json", "transfer.json", "table.csv"):
        (tmp_path / name).write_text("{")
    harm.pipe(tmp_path / "pipe")
    refused("report", report, tmp_path / second, "--out", tmp_path / "out", within=tmp_path)


@pytest.mark.parametrize("folder", ["static", "data/elsewhere", "pictures"])
def test_nothing_is_written_through_a_link_in_a_report(folder: str, report: Path, tmp_path: Path) -> None:
    (tmp_path / "precious").mkdir()
    (tmp_path / "out" / folder).parent.mkdir(parents=True)
    (tmp_path / "out" / folder).symlink_to(tmp_path / "precious")
    assert "is a link" in refused("report", report, "--out", tmp_path / "out", within=tmp_path)


def test_views_are_not_added_behind_what_a_link_leads_to(tmp_path: Path) -> None:
    folder = made_up_layer(tmp_path / "site", "net", "conv5", units=2)
    (tmp_path / "precious").write_text("precious")
    harm.link(tmp_path / "site/data" / folder.name / "view-top.jsonl", tmp_path / "precious")
    with folder.adding("top"):
        pass
    assert (tmp_path / "precious").read_text() == "precious"
    harm.pipe(tmp_path / "site/data" / folder.name / "view-ascent.jsonl")
    with pytest.raises(InputError, match="a named pipe"), folder.adding("ascent"):
        pass


def test_words_of_a_report_are_text_wherever_they_stand(tmp_path: Path) -> None:
    site = tmp_path / "site"
    made_up_site(site, units=2)
    made_up_layer(site, "\x1b[2J../../x", "</script><script>alert(1)</script>", units=2)
    with bounded():
        ran = viz("report", site, "--out", tmp_path / "out")
    assert ran.status == 0, ran.err
    assert all(line.isprintable() for line in ran.out.splitlines())
    assert not [name for name, page in _pages(tmp_path / "out").items() if b"<script>alert" in page]
    assert {path.name for path in tmp_path.iterdir()} == {"site", "out"}
