from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from tests.visualize.cli.kit import one_line, viz
from tests.visualize.transfers.kit import save_classes

if TYPE_CHECKING:
    from pathlib import Path

_PLANTED = '''
from tests.kit.ablation import planted_probe

def probe():
    """Tells three colours by a unit each."""
    return planted_probe()
'''


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.py").write_text(_PLANTED)


def test_what_is_lost_is_written_drawn_and_told(tmp_path: Path) -> None:
    data = save_classes(tmp_path / "colours", 60)
    ran = viz("ablate", "-m", "net.py:probe", "-l", "relu", "--data", data, "--sizes", "1,2", "--out", "lost")
    assert ran.status == 0, ran.err
    assert "labels are those of the data, of 3 classes" in ran.out
    assert "ranked on 30 pictures and reported on 30 others" in ran.out
    assert "100.0 -> 0.0 %" in ran.out
    assert sorted(path.name for path in (tmp_path / "lost").iterdir()) == [
        "ablation.json", "ablation.png", "units.csv",
    ]  # fmt: skip
    document = json.loads((tmp_path / "lost" / "ablation.json").read_text())
    assert [item["class"] for item in document["classes"]] == ["red", "green", "blue"]
    assert document["units"][0]["serves"][0]["recall"] == [1.0, 0.0]
    with (tmp_path / "lost" / "units.csv").open() as file:
        rows = {(row["unit"], row["class"]): row for row in csv.DictReader(file)}
    assert rows["0", "red"]["recall_without"] == "0.0"
    assert ("3", "red") not in rows  # nothing changes
    with Image.open(tmp_path / "lost" / "ablation.png") as picture:
        assert picture.width == 1400


def test_json_is_one_document_and_the_default_folder_names_the_layer(tmp_path: Path) -> None:
    data = save_classes(tmp_path / "colours", 60)
    ran = viz("ablate", "-m", "net.py:probe", "-l", "relu", "-i", data, "-u", "0,2", "--by", "mean", "--json")
    assert ran.status == 0, ran.err
    document = json.loads(ran.out)
    assert (document["by"], [item["unit"] for item in document["units"]]) == ("mean", [0, 2])
    (figure,) = tmp_path.glob("viz-out/*/ablate/*-relu/ablation.png")
    assert (tmp_path / document["figure"]).samefile(figure)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("--data", "nowhere"), "does not exist"),
        (("--data", "colours", "-l", "fc9"), "fc9"),
        (("--data", "colours", "--by", "noise"), "zero, mean"),
        (("--data", "colours", "--labels", "mine"), "auto, given, network"),
        (("--data", "colours", "--sizes", "one"), "--sizes"),
        (("--data", "colours", "--least", "0"), "--least"),
        (("--data", "colours", "-u", "9"), "9"),
    ],
)
def test_what_cannot_be_measured_is_said_in_one_line(tmp_path: Path, given: tuple[str, ...], message: str) -> None:
    save_classes(tmp_path / "colours", 30)
    ran = viz("ablate", "-m", "net.py:probe", "--quiet", *given)
    assert ran.status == 2
    assert message in one_line(ran.err)
    assert not (tmp_path / "viz-out").exists()


def test_too_few_pictures_leave_nothing_behind(tmp_path: Path) -> None:
    save_classes(tmp_path / "colours", 30)
    ran = viz("ablate", "-m", "net.py:probe", "--quiet", "--data", "colours", "--least", "40")
    assert ran.status == 2
    assert "smaller --least" in ran.err.splitlines()[-1]
    assert not (tmp_path / "viz-out").exists()
