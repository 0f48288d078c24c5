from __future__ import annotations

import csv
import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

import visualize
from tests.visualize.cli.kit import viz
from visualize.dissection import sweep_record
from visualize.methods.errors import InputError
from visualize.reports.folders import layer_folders
from visualize.reports.site import Site
from visualize.sweeps.looking import shows
from visualize.sweeps.measuring import is_whole

if TYPE_CHECKING:
    from pathlib import Path

    from tests.visualize.sweeps.conftest import Shop

LAYERS = ("conv", "relu")


def _times(folder: Path) -> dict[str, int]:
    return {path.as_posix(): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def test_what_cannot_be_done_keeps_nothing_else_from_being_done(swept: Shop) -> None:
    assert swept.ran.status == 2
    states = {(item.model[-4:], item.layer, item.method): item.state for item in sweep_record.read(swept.out).items}
    methods = ("dissect", "top", "saliency", "transfer")
    for model in ("tiny", "twin"):
        for method in methods:
            assert [states[model, layer, method] for layer in (*LAYERS, "nowhere")] == ["done", "done", "failed"]
    assert [states["gone", "conv", method] for method in methods] == ["failed"] * 4
    assert swept.ran.err.count("viz: failed: ") == 3  # a line for each reason
    assert "gone.py" in swept.ran.err
    assert "16 done, 12 failed" in swept.ran.out


def test_tables_are_those_of_dissecting_each_network_by_itself(swept: Shop, tmp_path: Path) -> None:
    """All layers share one run, which gives the tables that each has alone."""
    items = [item for item in sweep_record.read(swept.out).items if item.method == "dissect" and item.state == "done"]
    assert len(items) == 4
    assert len({item.folder for item in items}) == 2
    for layer in LAYERS:
        alone = tmp_path / layer
        ran = viz(
            "dissect", "-m", f"{swept.root}/tiny.py:tiny", "-l", layer, "--data", swept.root / "set", "--quantile",
            "0.1", "--resamples", "0", "--out", alone, "--quiet",
        )  # fmt: skip
        assert ran.status == 0, ran.err
        (item,) = (item for item in items if item.layer == layer and item.model != "twin")
        assert (swept.out / item.folder / f"{layer}.csv").read_bytes() == (alone / f"{layer}.csv").read_bytes()
        rows = list(csv.DictReader((alone / f"{layer}.csv").read_text().splitlines()))
        assert item.facts["units"] == len(rows) == 6
        assert item.facts["detectors"] == sum(float(row["score"]) > 0.04 for row in rows)


def test_one_site_shows_every_unit_with_its_name(swept: Shop) -> None:
    site = Site.read(swept.out / "site")
    assert sorted((layer.facts.model, layer.facts.layer) for layer in site.layers) == [
        ("tiny.py:tiny", "conv"), ("tiny.py:tiny", "relu"), ("twin", "conv"), ("twin", "relu"),
    ]  # fmt: skip
    assert all(layer.facts.dissected and layer.facts.methods == ("top", "saliency") for layer in site.layers)
    assert (swept.out / "site/index.html").is_file()


def test_compare_report_and_find_read_the_folder(swept: Shop, tmp_path: Path) -> None:
    ran = viz("compare", swept.out, "--out", tmp_path / "compared.png", "--json")
    assert ran.status == 0, ran.err
    tables = [(table["model"], table["layer"]) for table in json.loads(ran.out)["tables"]]
    assert [(model[-4:], layer) for model, layer in tables] == [
        ("tiny", "conv"), ("tiny", "relu"), ("twin", "conv"), ("twin", "relu"),
    ]  # fmt: skip
    ran = viz("report", swept.out, "--out", tmp_path / "site", "--json")
    assert ran.status == 0, ran.err
    assert len(json.loads(ran.out)["layers"]) == 4
    for folder in layer_folders(tmp_path / "site"):
        assert len(folder.views("top")) == 6
    ran = viz("find", "leaf", swept.out, "--json")
    assert ran.status == 0, ran.err


def test_what_is_done_stays_and_more_is_added(swept: Shop, tmp_path: Path) -> None:
    dissected = {**_times(swept.out / "twin"), **_times(swept.out / "site/pictures")}
    ran = swept.again("--dry-run", "--json")
    told = json.loads(ran.out)
    assert (ran.status, told["done"], told["failed"], told["to_do"]) == (2, 16, 12, 0)
    more = tmp_path / "more.toml"
    more.write_text(swept.file.read_text().replace('"nowhere"]', '"pool"]'))
    told = json.loads(viz("sweep", more, "--dry-run", "--json").out)
    assert (told["done"], told["to_do"]) == (16, 8)
    assert swept.again().out == swept.ran.out
    assert {**_times(swept.out / "twin"), **_times(swept.out / "site/pictures")} == dissected


def test_other_settings_are_refused_before_anything_is_done(swept: Shop, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text(swept.file.read_text().replace("quantile = 0.1", "quantile = 0.2"))
    before = _times(swept.out)
    ran = viz("sweep", other)
    assert ran.status == 2
    assert "other settings of [dissect]" in ran.err
    assert _times(swept.out) == before


def test_it_goes_on_where_it_was_interrupted(swept: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from visualize.sweeps import measuring

    dissect, calls = measuring.dissect, []

    def interrupted(*asked: Any) -> Any:  # noqa: ANN401
        calls.append(asked[0].planned.name)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return dissect(*asked)

    monkeypatch.setattr(measuring, "dissect", interrupted)
    file, out = tmp_path / "plan.toml", tmp_path / "out"
    models = f'["{swept.root}/tiny.py:tiny", {{model = "random/{swept.root}/tiny.py:tiny", name = "twin"}}]'
    asked = [f"models = {models}", f'data = "{swept.root}/set"', 'layers = "relu"', 'methods = "dissect"']
    file.write_text("\n".join([*asked, f'out = "{out}"', "[dissect]", "quantile = 0.1", "resamples = 0"]))
    ran = viz("sweep", file)
    assert ran.status == 130
    assert str(out) in ran.err
    assert len([item for item in sweep_record.read(out).items if item.state == "done"]) == 1
    assert viz("sweep", file, "--quiet").status == 0
    assert calls[2:] == ["twin"]
    assert len(visualize.sweep(file, dry_run=True).failed) == 0


def test_layers_that_stand_for_several_leave_out_what_has_no_map(swept: Shop, tmp_path: Path) -> None:
    plan = {"models": [f"{swept.root}/tiny.py:tiny"], "layers": ["every"], "data": [f"{swept.root}/set"]}
    done = visualize.sweep({**plan, "methods": ["dissect", "transfer"]}, out=tmp_path / "out", dry_run=True)
    of = {name: [item.layer for item in done.items if item.method == name] for name in ("dissect", "transfer")}
    assert of["dissect"] == ["conv", "relu"]
    assert {"conv", "relu", "pool", "head"} <= set(of["transfer"])
    assert not (tmp_path / "out").exists()


def test_pictures_without_labels_are_not_dissected_and_shown_all_the_same(swept: Shop, tmp_path: Path) -> None:
    plan = {"models": [f"{swept.root}/tiny.py:tiny"], "layers": ["relu"], "data": [f"folder:{swept.root}/set/images"]}
    done = visualize.sweep({**plan, "methods": ["dissect", "top"]}, out=tmp_path / "out")
    assert {item.method: item.state for item in done.items} == {"dissect": "failed", "top": "done"}
    assert "labels" in done.failed[0].reason


def test_a_set_that_is_not_there_is_named_by_its_key(swept: Shop, tmp_path: Path) -> None:
    plan = {"models": [f"{swept.root}/tiny.py:tiny"], "layers": ["relu"], "methods": ["dissect"]}
    with pytest.raises(InputError, match=r"sweep: data\[1\]: "):
        visualize.sweep({**plan, "data": [f"{swept.root}/set", f"{swept.root}/sett"]}, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_damaged_record_is_refused(swept: Shop, tmp_path: Path) -> None:
    text = (swept.out / "sweep.json").read_text()
    (tmp_path / "sweep.json").write_text(text.replace('"units": 6', '"units": 7', 1))
    with pytest.raises(InputError, match="damaged, or was changed"):
        sweep_record.read(tmp_path)
    ran = viz("compare", tmp_path, "--out", tmp_path / "x.png")
    assert (ran.status, len(ran.err.splitlines())) == (2, 1)


@pytest.mark.parametrize(
    ("method", "file"), [("dissect", "dissection.json"), ("dissect", "relu.npz"), ("transfer", "transfer.json")]
)
def test_a_result_that_was_damaged_since_is_not_taken_for_done(
    method: str, file: str, swept: Shop, tmp_path: Path
) -> None:
    items = sweep_record.read(swept.out).items
    name = next(item.folder for item in items if (item.method, item.state) == (method, "done"))
    folder = shutil.copytree(swept.out / name, tmp_path / "copy")
    assert is_whole(method, folder)
    content = bytearray((folder / file).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / file).write_bytes(content)
    assert not is_whole(method, folder)
    (folder / file).unlink()
    assert not is_whole(method, folder)


def test_a_site_that_lost_a_layer_does_not_show_them_all(swept: Shop, tmp_path: Path) -> None:
    site = shutil.copytree(swept.out / "site", tmp_path / "site")
    count = len(layer_folders(site))
    assert shows(site, count)
    assert not shows(site, count + 1)
    record = next(site.rglob("layer.json"))
    record.write_text(record.read_text().replace("tiny", "tony"))
    assert not shows(site, count)


def test_a_folder_of_results_that_is_a_link_is_not_written_to(swept: Shop, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    name = next(item.folder for item in sweep_record.read(swept.out).items if item.method == "dissect" and item.folder)
    (tmp_path / "out" / name.partition("/")[0]).symlink_to(tmp_path / "elsewhere")
    file = tmp_path / "plan.toml"
    file.write_text(swept.file.read_text().replace(str(swept.out), str(tmp_path / "out")).replace(', "top"', ""))
    file.write_text(file.read_text().replace(', "saliency", "transfer"', "").partition("[top]")[0])
    assert "is a link" in viz("sweep", file).err
    assert not list((tmp_path / "elsewhere").iterdir())
