"""What the command line keeps: what is said of it, and what makes it again."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.visualize.cli.kit import TINY, viz
from visualize.cards.card import Card
from visualize.cards.kept_line import KeptLine
from visualize.prediction import prediction

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from torch import Tensor

    from visualize.methods.network.probe import Probe


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A network of one's own, in an empty folder with an empty cache that keeps results."""
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("VIZ_KEEP", "1GB")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(TINY, "utf-8")
    (tmp_path / "pictures").mkdir()
    for number, light in enumerate((20, 240, 130, 80)):
        Image.new("RGB", (24, 20), (light, 90, 255 - light)).save(tmp_path / "pictures" / f"{number}.png")
    return "own.py:tiny"


SAID = re.compile(r"viz: kept from before: [\w, ]+ of [\w:, ]+ \(\d+ \w+ \d\d:\d\d\); --no-cache makes it anew\n")


def test_a_figure_in_another_form_takes_what_was_kept_and_says_so(tiny: str, tmp_path: Path) -> None:
    common = ["unit", "--model", tiny, "--layer", "conv", "--unit", "1", "--steps", "3", "--arrays"]
    first = viz(*common, "--images", "pictures", "--out", "a.png")
    assert (first.status, first.err) == (0, "")
    for more in (["--out", "b.pdf"], ["--out", "c.png", "--bare"], ["--out", "d.png", "--methods", "ascent,top"]):
        ran = viz(*common, "--images", "pictures", *more)
        assert ran.status == 0
        assert SAID.fullmatch(ran.err), ran.err
    assert viz(*common, "--images", "pictures", "--out", "e.png", "--quiet").err == ""
    anew = viz(*common, "--images", "pictures", "--out", "f.png", "--no-cache")
    assert anew.err == ""
    assert (tmp_path / "f.png").read_bytes() == (tmp_path / "a.png").read_bytes()
    with np.load("a.npz") as made, np.load("f.npz") as again, np.load("b.npz") as kept:
        for key in made:
            assert made[key].tobytes() == again[key].tobytes() == kept[key].tobytes()


def test_json_on_standard_output_is_the_same_whether_kept_or_not(tiny: str) -> None:
    command = ["ascent", "--model", tiny, "--layer", "conv", "--unit", "1,2", "--steps", "3", "--json"]
    first, second = viz(*command), viz(*command)
    assert json.loads(first.out) == json.loads(second.out)
    assert SAID.fullmatch(second.err)


def test_code_of_one_s_own_that_was_changed_is_run(tiny: str, tmp_path: Path) -> None:
    command = ["ascent", "--model", tiny, "--layer", "head", "--unit", "1", "--steps", "3", "--json"]
    first = viz(*command)
    (tmp_path / "own.py").write_text(TINY.replace("torch.nn.ReLU()", "torch.nn.ReLU6()"), "utf-8")
    second = viz(*command)
    assert second.err == ""
    assert first.status == second.status == 0


def test_the_cache_lists_what_is_kept_and_clears_it(tiny: str, tmp_path: Path) -> None:
    viz("unit", "--model", tiny, "--layer", "conv", "--unit", "1,2", "--steps", "2", "--images", "pictures")
    listed = json.loads(viz("cache", "--json").out)["files"]
    assert [(item["file"], item["kind"], item["count"]) for item in listed] == [
        (f"results/{name}", "kept results", 2) for name in ("ascent", "deconv", "saliency", "top")
    ]
    assert re.search(r"results/top +[\d.]+ kB +2 kept results", viz("cache").out)
    assert viz("cache", "--clear", "results/top").out.startswith("removed results/top (")
    assert [item["file"] for item in json.loads(viz("cache", "--clear", "results", "--json").out)["removed"]] == [
        f"results/{name}" for name in ("ascent", "deconv", "saliency")
    ]
    assert not list((tmp_path / "cache").rglob("*.npz"))
    refused = viz("cache", "--clear", "results/nothing")
    assert refused.status == 2


@pytest.mark.parametrize("command", [["find", "car", "--no-cache"], ["compare", "a.csv", "--no-cache"]])
def test_no_cache_without_anything_to_make_is_refused(command: list[str], tmp_path: Path) -> None:
    ran = viz(*command)
    assert ran.status == 2
    assert "--no-cache is of" in ran.err


def test_a_room_that_is_no_size_is_refused_in_a_line(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIZ_KEEP", "lots")
    ran = viz("ascent", "--model", tiny, "--layer", "conv", "--steps", "2")
    assert ran.status == 2
    assert ran.err.count("\n") == 1


def test_many_units_are_one_line() -> None:
    line = KeptLine()
    assert line.words == ""
    card = object.__new__(Card)
    for number in range(5):
        object.__setattr__(card, "unit", f"conv5:{number}")
        object.__setattr__(card, "kept", {"ascent": 60.0 * number} if number else {})
        line.add(card)
    assert "ascent of 4 of 5 units" in line.words
    assert " to " in line.words


def test_predictions_are_kept_by_the_photograph_alone(
    tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[int] = []
    scores = prediction.class_scores

    def counted(probe: Probe, pictures: Tensor) -> NDArray[np.float64]:
        runs.append(1)
        return scores(probe, pictures)

    monkeypatch.setattr(prediction, "class_scores", counted)
    pictures = [f"pictures/{number}.png" for number in range(3)]
    command = ["predict", "--model", tiny, "--json"]
    first = viz(*command, *pictures[:2], "--out", "a/")
    assert (first.status, first.err, len(runs)) == (0, "", 2)
    Image.open(pictures[0]).save("renamed.png")
    second = viz(*command, *pictures, "renamed.png", "--out", "b/", "--top", "2")
    assert len(runs) == 3
    assert re.fullmatch(r"viz: kept from before: predict of [\w/., ]+ \(.+\); --no-cache makes it anew\n", second.err)
    anew = viz(*command, *pictures, "renamed.png", "--out", "c/", "--top", "2", "--no-cache")
    assert anew.err == ""
    assert len(runs) == 7
    assert anew.out == second.out.replace("b/", "c/")
    for number in range(3):
        assert (tmp_path / f"b/{number}.png").read_bytes() == (tmp_path / f"c/{number}.png").read_bytes()
    (tmp_path / "own.py").write_text(TINY.replace("manual_seed(0)", "manual_seed(1)"), "utf-8")
    assert viz(*command, *pictures, "--out", "d/").err == ""
    assert len(runs) == 10


def test_a_prediction_whose_file_is_damaged_is_made_again(tiny: str, tmp_path: Path) -> None:
    command = ["predict", "--model", tiny, "--json", "pictures/0.png", "--out", "a.png"]
    first = viz(*command)
    (kept,) = (tmp_path / "cache").rglob("*.npz")
    kept.write_bytes(kept.read_bytes()[:-30])
    again = viz(*command)
    assert again.out == first.out
    assert "made again" in again.err
    (kept,) = (tmp_path / "cache").rglob("*.npz")
    assert "kept from before" in viz(*command).err
