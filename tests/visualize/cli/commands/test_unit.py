from __future__ import annotations

import json
import resource
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.visualize.cli.kit import interrupted, names, one_line, viz
from tests.visualize.cli.shops import of_colours
from tests.visualize.data.pictures import png_header
from visualize.data import open_images

pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return of_colours(tmp_path_factory.mktemp("shop"))


def _quick(shop: Path, *more: str | Path) -> list[str | Path]:
    return ["unit", "--model", f"{shop}/tiny.py:tiny", "--layer", "conv", "--steps", "3", "--device", "cpu", *more]


def _opened(path: str | Path) -> Image.Image:
    with Image.open(path) as picture:
        picture.load()
        return picture


def test_one_unit_is_drawn_into_the_default_place(shop: Path, tmp_path: Path) -> None:
    ran = viz(*_quick(shop, "--unit", "2", "--images", shop / "pictures"))
    assert ran.status == 0, ran.err
    assert ran.err == ""
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in written] == ["2.png"]
    assert written[0].parts[-4] == "viz-out"
    assert written[0].parts[-2] == "conv"
    lines = ran.out.splitlines()
    assert Path(lines[0]).resolve() == written[0]
    assert any(line.startswith("  ascent: activation ") for line in lines)
    assert any(line.startswith("  top: ") for line in lines)
    assert _opened(written[0]).width >= 400


def test_without_any_option_it_is_a_unit_of_the_embedded_network(tmp_path: Path) -> None:
    ran = viz("unit", "--steps", "2", "--device", "cpu", "--json")
    assert ran.status == 0, ran.err
    document = json.loads(ran.out)
    assert (document["model"], document["layer"]) == ("scenes-alexnet", "conv5")
    assert document["figure"] == f"viz-out/scenes-alexnet/conv5/{document['unit']}.png"
    assert document["results"]["top"]["scanned"] == len(open_images("scenes"))
    assert document["results"]["top"]["images"][0]["activation"] > 0
    assert _opened(tmp_path / document["figure"]).width >= 400


def test_the_document_says_what_was_found(shop: Path, tmp_path: Path) -> None:
    ran = viz(*_quick(shop, "--unit", "2", "--images", shop / "pictures", "--json", "--seed", "5", "--out", "c.png"))
    assert ran.status == 0, ran.err
    document = json.loads(ran.out)
    assert list(document)[:7] == ["model", "layer", "unit", "figure", "weights_sha256", "seed", "results"]
    assert document["model"] == f"{shop}/tiny.py:tiny"
    assert (document["layer"], document["unit"], document["seed"], document["figure"]) == ("conv", 2, 5, "c.png")
    assert len(bytes.fromhex(document["weights_sha256"])) == 32
    assert {"activation", "steps", "seconds", "ratio"} <= set(document["results"]["ascent"])
    assert document["results"]["ascent"]["steps"] == 3
    images = document["results"]["top"]["images"]
    assert [set(image) >= {"file", "activation", "position"} for image in images] == [True] * 3
    assert [image["file"] for image in images] == ["c/blue.png", "a/green.png", "b/red.png"]  # blue, then ties in order
    assert [image["activation"] for image in images] == [1.0, 0.0, 0.0]
    assert document["results"]["ascent"]["ratio"] == pytest.approx(document["results"]["ascent"]["activation"])
    assert _opened(tmp_path / "c.png").format == "PNG"


def test_names_that_people_gave_are_in_the_document(shop: Path, tmp_path: Path) -> None:
    table = tmp_path / "names.csv"
    table.write_text("model,layer,unit,word\ntiny.py:tiny,conv,2,blue\n")
    ran = viz(*_quick(shop, "--unit", "2", "--methods", "ascent", "--names", table, "--json"))
    assert ran.status == 0, ran.err
    assert json.loads(ran.out)["people"]["word"] == "blue"
    ran = viz(*_quick(shop, "--names", tmp_path / "nowhere.csv"))
    assert ran.status == 2
    assert "nowhere.csv" in ran.err


def test_what_a_network_prints_is_no_part_of_the_results(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "talks.py").write_text(
        "import torch\n"
        "class Talks(torch.nn.Conv2d):\n"
        "    def forward(self, x):\n"
        "        print('hello', tuple(x.shape))\n"
        "        return super().forward(x)\n"
        "def talks():\n"
        "    print('building')\n"
        "    return torch.nn.Sequential(Talks(3, 4, 3), torch.nn.ReLU())\n"
    )
    ran = viz(
        "unit", "--model", "talks.py:talks", "--layer", "1", "--unit", "0", "--images", shop, "--steps", "2", "--json"
    )
    assert ran.status == 0, ran.err
    assert json.loads(ran.out)["model"] == "talks.py:talks"
    assert "hello (1, 3, 224, 224)" in ran.err
    assert "building" in ran.err
    assert "--model" in viz("unit", "--help").out  # help is a result


def test_the_same_seed_draws_the_same_card(shop: Path, tmp_path: Path) -> None:
    for name, seed in {"a": 1, "b": 1, "c": 2}.items():
        assert viz(*_quick(shop, "--seed", str(seed), "--methods", "ascent", "--out", f"{name}.png")).status == 0
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "c.png").read_bytes()


def test_several_units_get_a_card_each_and_one_sheet(shop: Path, tmp_path: Path) -> None:
    ran = viz(*_quick(shop, "--unit", "0,2-3", "--images", shop / "pictures", "--out", "cards/", "--json", "--arrays"))
    assert ran.status == 0, ran.err
    documents = json.loads(ran.out)
    assert [document["unit"] for document in documents] == [0, 2, 3]
    assert [document["results"]["top"]["images"][0]["file"] for document in documents] == [
        "b/red.png", "c/blue.png", "b/red.png",
    ]  # fmt: skip
    assert names(tmp_path / "cards") == [
        "0.npz", "0.png", "2.npz", "2.png", "3.npz", "3.png", "contact.png",
    ]  # fmt: skip
    assert [Path(document["figure"]) for document in documents] == [Path(f"cards/{unit}.png") for unit in (0, 2, 3)]


def test_a_batch_of_units_gives_what_each_gives_alone(shop: Path) -> None:
    # alone, a unit has the card for several pictures; the one it gets among others is among them
    together = json.loads(viz(*_quick(shop, "--unit", "all", "--images", shop / "pictures", "--json")).out)
    for unit in (0, 4):
        alone = json.loads(viz(*_quick(shop, "--unit", str(unit), "--images", shop / "pictures", "--json")).out)
        assert alone["results"]["top"] == together[unit]["results"]["top"]
        reached = together[unit]["results"]["ascent"]["activation"]
        assert any(value == pytest.approx(reached, rel=1e-4) for value in alone["results"]["ascent"]["activations"])
        assert alone["results"]["ascent"]["activation"] >= reached * (1 - 1e-4)


def test_the_arrays_are_the_numbers_of_the_document(shop: Path, tmp_path: Path) -> None:
    ran = viz(*_quick(shop, "--unit", "1", "--images", shop / "pictures", "--arrays", "--json", "--out", "c.png"))
    document = json.loads(ran.out)["results"]
    with np.load(tmp_path / "c.npz") as arrays:
        assert arrays["ascent.pictures"].shape[1:] == (3, 16, 16)
        assert 0 <= arrays["ascent.pictures"].min() <= arrays["ascent.pictures"].max() <= 1
        assert arrays["ascent.curve"].shape[1] in (3, 4)
        np.testing.assert_allclose(
            arrays["top.activations"], [image["activation"] for image in document["top"]["images"]], rtol=1e-6
        )


def test_without_pictures_the_card_says_how_to_add_them(shop: Path) -> None:
    ran = viz(*_quick(shop, "--json"))
    document = json.loads(ran.out)
    assert set(document["results"]) == {"ascent"}
    assert document["unit"] == 0


def test_a_model_without_a_favourite_shows_its_last_layer_with_a_map(shop: Path) -> None:
    ran = viz("unit", "--model", f"{shop}/tiny.py:tiny", "--steps", "2", "--device", "cpu", "--json")
    assert json.loads(ran.out)["layer"] == "relu"


def test_sums_are_drawn_by_the_methods_that_can(shop: Path) -> None:
    ran = viz(*_quick(shop, "--unit", "0+1", "--images", shop / "pictures", "--json", "--out", "out/"))
    assert ran.status == 0, ran.err
    document = json.loads(ran.out)
    assert document["unit"] == "0+1"
    assert set(document["results"]) == {"ascent"}
    assert any("sums of units" in note for note in document["notes"])
    assert document["figure"] == "out/0+1.png"


def test_one_position_is_a_unit_too(shop: Path) -> None:
    ran = viz(*_quick(shop, "--unit", "2@3,4", "--images", shop / "pictures", "--json"))
    document = json.loads(ran.out)
    assert document["unit"] == "2@3,4"
    assert document["results"]["top"]["images"][0]["position"] == [3, 4]


def test_quiet_says_only_where_the_files_lie(shop: Path, tmp_path: Path) -> None:
    ran = viz(*_quick(shop, "--unit", "0,1", "--quiet", "--out", "cards/"))
    assert ran.out.splitlines() == ["cards/0.png", "cards/1.png", "cards/contact.png"]
    assert ran.err == ""


def test_broken_pictures_are_named_skipped_and_counted(shop: Path, tmp_path: Path) -> None:
    shutil.copytree(shop / "pictures", tmp_path / "pictures")
    (tmp_path / "pictures/text.jpg").write_text("this is a text")
    (tmp_path / "pictures/vast.png").write_bytes(png_header(20_000, 20_000))
    (tmp_path / "pictures/nothing.png").write_bytes(b"")
    Image.new("RGB", (1, 1), (0, 0, 255)).save(tmp_path / "pictures/dot.png")
    ran = viz(*_quick(shop, "--unit", "2", "--images", "pictures", "--json"))
    assert ran.status == 0, ran.err
    top = json.loads(ran.out)["results"]["top"]
    assert [image["file"] for image in top["images"][:2]] == ["c/blue.png", "dot.png"]
    assert {"text.jpg", "vast.png", "nothing.png"} <= set(json.dumps(top["broken"]).split('"'))
    warnings = ran.err.splitlines()
    assert all(line.startswith("viz: warning: ") for line in warnings)
    for name, reason in {
        "text.jpg": "no picture",
        "vast.png": "400,000,000 pixels",
        "nothing.png": "no picture",
    }.items():
        assert any(name in line and reason in line for line in warnings), ran.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--layer", "cnv"], "did you mean conv"),
        (["--unit", "6"], "0 to 5"),
        (["--unit", "2-9"], "0 to 5"),
        (["--unit", "2@8,0"], "0,0 to 7,7"),
        (["--unit", "two"], "give a number"),
        (["--unit", "-3"], "write 79"),
        (["--images", "{shop}/empty"], "no pictures in"),
        (["--images", "{shop}/missing"], "does not exist"),
        (["--images", "{shop}/tiny.py"], "is a file"),
        (["--images", ""], "folder"),
        (["--methods", "accent"], "did you mean ascent"),
        (["--methods", ""], "no methods are named"),
        (["--methods", "top"], "--images"),
        (["--methods", "top", "--unit", "0+1", "--images", "{shop}/pictures"], "sums of units"),
        (["--out", "card.jpg"], ".png"),
        (["--out", "card.png", "--unit", "0,1"], "give a folder"),
        (["--out", "{shop}/tiny.py/card.png"], "is a file"),
        (["--seed", "-1"], "seed"),
        (["--steps", "0"], "1 or more"),
        (["--steps", "-5"], "1 or more"),
        (["--device", "toaster"], "it has cpu"),
        (["--device", "cuda:99"], "it has cpu"),
        (["--weights", "{shop}/none.pth"], "none.pth"),
        (["--weights", "{shop}/tiny.py"], "tiny.py"),
        (["--model", "places-squeezenot"], "did you mean places-squeezenet"),
        (["--model", "{shop}/tiny.py:tony"], "did you mean tiny"),
        (["--model", "{shop}/none.py:net"], "none.py"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line_before_any_work(
    shop: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    ran = viz(*_quick(shop, *(argument.format(shop=shop) for argument in arguments)))
    assert ran.status == 2, ran.err
    assert ran.out == ""
    assert one_line(ran.err).startswith("viz: error: ")
    assert message in ran.err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_which_no_picture_opens_is_an_error(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/text.jpg").write_text("this is a text")
    ran = viz(*_quick(shop, "--images", "bad"))
    assert ran.status == 2
    assert ran.out == ""
    assert "bad" in ran.err.splitlines()[-1]
    assert ran.err.splitlines()[-1].startswith("viz: error: ")
    assert names(tmp_path) == ["bad"]


@pytest.mark.usefixtures("nothing_can_be_written")
def test_a_read_only_place_is_refused_before_any_work(shop: Path, tmp_path: Path) -> None:
    ran = viz(*_quick(shop, "--out", "cards/"))
    assert ran.status == 2
    assert "cannot write to cards: Permission denied" in one_line(ran.err)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_takes_no_more_leaves_the_old_card(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "c.png").write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))  # bytes of a file, as a full disk would end it
    try:
        ran = viz(*_quick(shop, "--out", "c.png"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert ran.status == 2
    assert "File too large" in one_line(ran.err)
    assert (tmp_path / "c.png").read_bytes() == b"old"
    assert names(tmp_path) == ["c.png"]


def test_a_method_that_cannot_look_is_noted_unless_it_was_asked_for(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from visualize.methods.ascent.method import GradientAscent
    from visualize.methods.errors import InputError

    def fail(*_: object) -> None:
        raise InputError("not today")

    monkeypatch.setattr(GradientAscent, "look", fail)
    ran = viz(*_quick(shop, "--unit", "0,1", "--images", shop / "pictures", "--json"))
    assert ran.status == 0, ran.err
    assert [document["notes"] for document in json.loads(ran.out)] == [["ascent was left out: not today"]] * 2
    ran = viz(*_quick(shop, "--images", shop / "pictures", "--methods", "top,ascent"))
    assert (ran.status, one_line(ran.err)) == (2, "viz: error: not today")
    ran = viz(*_quick(shop))
    assert (ran.status, one_line(ran.err)) == (2, "viz: error: not today")


def test_an_interrupt_ends_quietly_with_nothing_half_written(shop: Path, tmp_path: Path) -> None:
    arguments = _quick(shop, "--unit", "all", "--steps", "100000", "--out", "cards/")
    status, out, err = interrupted("visualize.methods.ascent.method:GradientAscent", arguments, tmp_path)
    assert (status, out) == (130, ""), err
    assert "interrupted" in one_line(err)
    assert names(tmp_path) == []
