"""The commands of single methods, each from the command line to the files that it leaves."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from PIL import Image

import visualize as viz_package
from tests.kit.checkout import ROOT
from tests.visualize.cli.kit import document, interrupted, names, one_line, viz
from tests.visualize.cli.shops import of_scenes
from visualize.methods.method import Needs
from visualize.methods.registry import table
from visualize.methods.settings import settings

if TYPE_CHECKING:
    from pathlib import Path


QUICK = {
    "invert": ["--steps", "3"],
    "dream": ["--steps", "1", "--octaves", "2"],
    "check": ["--steps", "2", "--cascade", "2", "--levels", "2", "--count", "1"],
}
WHOLE = {"ablate"}  # its command speaks of a whole layer, as that of dissections does; cards show single units
OF_PICTURES = [name for name, kind in table().items() if kind.needs is Needs.IMAGES and name not in WHOLE]
UNIT = ["--layer", "conv3", "--unit", "5"]

pytestmark = pytest.mark.usefixtures("here")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return of_scenes(tmp_path_factory.mktemp("shop"))


def _tiny(shop: Path, method: str, *more: str | Path) -> list[str | Path]:
    model = ["--model", f"{shop}/tiny.py:tiny", "--layer", "conv", "--device", "cpu"]
    return [method, *model, *QUICK.get(method, []), *more]


@pytest.mark.parametrize("name", table())
def test_every_method_has_a_command_whose_options_are_its_settings(name: str) -> None:
    kind = table()[name]
    ran = viz(name, "--help")
    assert ran.status == 0
    assert max(map(len, ran.out.splitlines())) <= 100
    words = " ".join(ran.out.split())
    for item in settings(kind):
        asked = f" {item.flag} {item.unit}".rstrip()  # a flag takes no value
        assert (f"{asked} " in words) or not item.option, item.name
    assert kind.examples
    for example in kind.examples:
        command, *flags = example.split()
        assert command in {name, "unit"}
        known = viz(command, "--help").out
        assert all(word in known for word in flags if word.startswith("--"))


@pytest.mark.parametrize("method", OF_PICTURES)
def test_a_named_picture_is_looked_at_from_end_to_end(shop: Path, tmp_path: Path, method: str) -> None:
    content = document(method, *UNIT, "--image", shop / "scenes/1.png", "--arrays", *QUICK.get(method, []))
    assert (content["model"], content["layer"], content["unit"]) == ("scenes-alexnet", "conv3", 5)
    assert content["figure"] == f"viz-out/scenes-alexnet/conv3/5-{method}.png"
    assert list(content["results"]) == [method]
    assert str(shop / "scenes/1.png") in json.dumps(content["results"])
    with Image.open(tmp_path / content["figure"]) as picture:
        assert picture.format == "PNG"
        assert picture.width >= 400
    with np.load(tmp_path / f"viz-out/scenes-alexnet/conv3/5-{method}.npz") as arrays:
        assert not any("." in key for key in arrays)
        for key in {"attribution", "inversion"} & set(arrays):
            assert arrays[key].shape == (3, 128, 128)
            assert np.isfinite(arrays[key]).all()
    assert names(tmp_path / "viz-out/scenes-alexnet/conv3") == [f"5-{method}.npz", f"5-{method}.png"]


def test_the_attribution_is_the_networks_own_gradient(shop: Path, tmp_path: Path) -> None:
    """Against autograd on the bare network, from the prepared picture to the peak of the unit's map."""
    document("saliency", *UNIT, "--image", shop / "scenes/1.png", "--arrays", "--out", "s.png")
    probe = viz_package.load("scenes-alexnet")
    with Image.open(shop / "scenes/1.png") as picture:
        pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1)[None].float() / 255
    inputs = probe.prepare(pixels).requires_grad_()
    kept: list[torch.Tensor] = []
    probe.network.get_submodule(probe.layer("conv3").name).register_forward_hook(
        lambda _module, _given, output: kept.append(output)
    )
    probe.network.eval()(inputs)
    (gradient,) = torch.autograd.grad(kept[0][0, 5].max(), inputs)
    assert probe.prepare.order == "RGB"
    with np.load(tmp_path / "s.npz") as arrays:
        np.testing.assert_allclose(arrays["attribution"], gradient[0].numpy(), rtol=1e-4, atol=1e-7)
    look = viz_package.look("saliency", "scenes-alexnet", "conv3", 5, image=shop / "scenes/1.png", device="cpu")
    np.testing.assert_allclose(look.arrays["attribution"], gradient[0].numpy(), rtol=1e-4, atol=1e-7)


def test_several_named_pictures_are_explained_in_the_order_given(shop: Path, tmp_path: Path) -> None:
    files = [str(shop / f"scenes/{index}.png") for index in (2, 0, 1, 0)]
    given = [part for file in files for part in ("--image", file)]
    content = document("saliency", *UNIT, *given, "--arrays", "--out", "s.png")
    assert [image["file"] for image in content["results"]["saliency"]["images"]] == files
    together = np.load(tmp_path / "s.npz")["attribution"]
    assert together.shape == (4, 3, 128, 128)
    document("saliency", *UNIT, "--image", files[1], "--arrays", "--out", "one.png")
    np.testing.assert_allclose(together[1], np.load(tmp_path / "one.npz")["attribution"], rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(together[1], together[3])


def test_more_pictures_are_named_than_a_set_would_give(shop: Path, tmp_path: Path) -> None:
    given = [part for number in range(11) for part in ("--image", shop / f"scenes/{number % 3}.png")]
    content = document(*_tiny(shop, "saliency", *given))
    assert len(content["results"]["saliency"]["images"]) == 11


def test_of_a_set_the_units_top_images_are_explained(shop: Path) -> None:
    top = document("top", *UNIT, "--images", shop / "scenes", "--count", "2")["results"]["top"]["images"]
    explained = document("deconv", *UNIT, "--images", shop / "scenes", "--count", "2")["results"]["deconv"]["images"]
    assert [image["file"] for image in explained] == [image["file"] for image in top]
    assert [image["position"] for image in explained] == [image["position"] for image in top]


def test_the_layers_of_an_inversion_stand_in_one_row(shop: Path, tmp_path: Path) -> None:
    content = document(
        "invert", *UNIT, "--image", shop / "scenes/0.png", "--layers", "conv1, conv2,conv3", "--steps", "2", "--arrays",
    )  # fmt: skip
    assert content["results"]["invert"]["layers"] == ["conv1", "conv2", "conv3"]
    with np.load(tmp_path / "viz-out/scenes-alexnet/conv3/5-invert.npz") as arrays:
        assert arrays["inversion"].shape == (3, 3, 128, 128)
        assert 0 <= arrays["inversion"].min() <= arrays["inversion"].max() <= 1


def test_a_dream_is_written_by_itself_and_frame_by_frame(shop: Path, tmp_path: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (90, 130, 3), np.uint8)).save("own.png")
    content = document(
        "dream", *UNIT, "--image", "own.png", "--size", "own", "--picture", "d.png", "--frames", "d.gif", "--arrays",
        "--out", "figure.png", *QUICK["dream"],
    )  # fmt: skip
    assert (content["picture"], content["frames"]) == ("d.png", "d.gif")
    with np.load("figure.npz") as arrays, Image.open("d.png") as picture, Image.open("d.gif") as moving:
        dream = arrays["dream"][0]
        assert dream.shape == (3, 90, 130)
        np.testing.assert_array_equal(np.array(picture), (dream * 255).round().astype(np.uint8).transpose(1, 2, 0))
        assert getattr(moving, "n_frames", 1) > 1
        assert moving.size == picture.size
    assert names(tmp_path) == ["d.gif", "d.png", "figure.npz", "figure.png", "own.png"]


def test_noise_needs_no_pictures(shop: Path) -> None:
    content = document(*_tiny(shop, "dream", "--from", "noise", "--size", "64x70", "--count", "2"))
    assert [dream["size"] for dream in content["results"]["dream"]["dreams"]] == [[64, 70]] * 2


def test_several_units_get_a_figure_each_and_one_sheet(shop: Path, tmp_path: Path) -> None:
    ran = viz(*_tiny(shop, "guided", "--unit", "0,2", "--images", shop / "scenes", "--out", "g/", "--quiet"))
    assert ran.out.splitlines() == ["g/0-guided.png", "g/2-guided.png", "g/contact-guided.png"]
    assert names(tmp_path / "g") == ["0-guided.png", "2-guided.png", "contact-guided.png"]


@pytest.mark.parametrize("unit", [["--layer", "fc8", "--unit", "bedroom"], ["--unit", "logits:bedroom"]])
def test_a_class_is_a_unit_by_its_name(shop: Path, unit: list[str]) -> None:
    content = document("saliency", *unit, "--image", shop / "scenes/0.png", "--out", "c.png")
    assert content["class"] == "bedroom"
    classes = viz_package.load("scenes-alexnet").classes
    assert content["unit"] == classes.index("bedroom")


def test_the_settings_reach_the_method(shop: Path) -> None:
    image = ["--image", str(shop / "scenes/0.png")]
    settings: dict[str, object] = {"kind": "integrated", "steps": 7, "baseline": "grey"}
    flags = [text for name, value in settings.items() for text in (f"--{name}", str(value))]
    by_command = document(*_tiny(shop, "saliency", *image, *flags, "--arrays", "--out", "a.png"))
    look = viz_package.look(
        "saliency", f"{shop}/tiny.py:tiny", "conv", image=shop / "scenes/0.png", settings=settings, device="cpu"
    )
    assert look.result.provenance.settings["steps"] == 7
    np.testing.assert_array_equal(np.load("a.npz")["attribution"], look.arrays["attribution"])
    assert by_command["results"]["saliency"] == json.loads(json.dumps(look.document()["results"]))["saliency"]


def _kinds(folder: Path, plain: Path) -> dict[str, Path]:
    """The picture of a plain file in other formats that lose nothing."""
    with Image.open(plain) as opened:
        picture = opened.convert("RGB").quantize(64).convert("RGB")
    files = {name: folder / name for name in ("plain.png", "moving.gif", "turned.png", "clear.png", "cmyk.tiff")}
    picture.save(files["plain.png"])
    second = Image.new("RGB", picture.size, "red")
    picture.save(files["moving.gif"], save_all=True, append_images=[second], duration=100)
    exif = Image.Exif()
    exif[0x0112] = 8  # to be turned a quarter to the left
    picture.transpose(Image.Transpose.ROTATE_270).save(files["turned.png"], exif=exif)
    with_alpha = picture.copy()
    with_alpha.putalpha(255)
    with_alpha.save(files["clear.png"])
    inks = np.concatenate([255 - np.array(picture), np.zeros((*picture.size[::-1], 1), np.uint8)], 2)
    Image.fromarray(inks, "CMYK").save(files["cmyk.tiff"])
    return files


def test_pictures_of_every_kind_are_explained_as_their_plain_equals(shop: Path, tmp_path: Path) -> None:
    kinds = _kinds(tmp_path, shop / "scenes/2.png")
    given = [part for path in kinds.values() for part in ("--image", path)]
    document("saliency", *UNIT, *given, "--arrays", "--out", "k.png")
    attribution = np.load(tmp_path / "k.npz")["attribution"]
    assert np.abs(attribution[0]).max() > 0
    for number, name in enumerate(kinds):
        np.testing.assert_allclose(attribution[number], attribution[0], rtol=1e-4, atol=1e-6, err_msg=name)


def test_sixteen_bits_of_grey_are_explained_as_eight(shop: Path, tmp_path: Path) -> None:
    grey = np.random.default_rng(0).integers(0, 256, (128, 128), np.uint8)
    Image.fromarray(grey).convert("RGB").save("plain.png")
    Image.fromarray(grey.astype(np.uint16) * 257).save("deep.png")
    document("saliency", *UNIT, "--image", "plain.png", "--image", "deep.png", "--arrays", "--out", "k.png")
    attribution = np.load("k.npz")["attribution"]
    np.testing.assert_allclose(attribution[1], attribution[0], rtol=1e-4, atol=1e-6)


def test_a_picture_smaller_than_the_receptive_field_is_explained(shop: Path) -> None:
    Image.fromarray(np.random.default_rng(0).integers(0, 256, (9, 7, 3), np.uint8)).save("small.png")
    content = document(
        "deconv", "--layer", "conv5", "--unit", "3", "--image", "small.png", "--arrays", "--out", "k.png"
    )
    assert np.load("k.npz")["attribution"].shape == (3, 128, 128)
    assert [image["file"] for image in content["results"]["deconv"]["images"]] == ["small.png"]


@pytest.mark.parametrize(
    ("method", "arguments", "message"),
    [
        ("saliency", ["--image", "nothing.png"], "nothing.png does not exist"),
        ("saliency", ["--image", "{shop}/text.jpg"], "text.jpg: it is no picture"),
        ("saliency", ["--image", "{shop}/scenes/0.png", "--image", "{shop}/text.jpg"], "text.jpg: it is no picture"),
        ("saliency", ["--image", "{shop}"], "is a folder; give --image a file"),
        ("saliency", ["--image", ""], "name of a picture is empty"),
        ("saliency", ["--image", "{shop}/scenes/0.png", "--images", "{shop}/scenes"], "given twice"),
        ("saliency", [], "add --image FILE or --images"),
        ("top", [], "--images"),
        ("saliency", ["--images", "nowhere"], "does not exist"),
        ("saliency", ["--image", "{shop}/scenes/0.png", "--kind", "smooth"], "smoothgrad"),
        ("saliency", ["--image", "{shop}/scenes/0.png", "--baseline", "blue"], "black, grey"),
        ("saliency", ["--image", "{shop}/scenes/0.png", "--steps", "0"], "1 or more"),
        ("saliency", ["--image", "{shop}/scenes/0.png", "--samples", "many"], "samples"),
        ("saliency", ["--image", "{shop}/scenes/0.png", "--count", "-1"], "1 or more"),
        ("saliency", ["--image", "{shop}/scenes/0.png", "--unit", "99"], "0 to 5"),
        ("saliency", ["--image", "{shop}/scenes/0.png", "--unit", "0+1"], "sums of units"),
        ("saliency", ["--image", "{shop}/scenes/0.png", "--unit", "bedroom"], "give a number"),
        ("saliency", ["--image", "{shop}/scenes/0.png", "--unit", "head:1"], "said twice, as conv and as head"),
        ("saliency", ["--image", "{shop}/scenes/0.png", "--layer", "cnv"], "mean conv"),
        ("saliency", ["--image", "{shop}/scenes/0.png", "--out", "a.jpg"], ".png"),
        ("saliency", ["--image", "{shop}/scenes/0.png", "--region", "0.5"], "--region"),
        ("top", ["--images", "{shop}/scenes", "--region", "2"], "region is from 0 to 1, not 2"),
        ("top", ["--images", "{shop}/scenes", "--count", "0"], "1 or more"),
        ("invert", ["--image", "{shop}/scenes/0.png", "--optimiser", "best"], "spectral"),
        ("invert", ["--image", "{shop}/scenes/0.png", "--layers", "conv,rellu"], "did you mean relu"),
        ("invert", ["--image", "{shop}/scenes/0.png", "--layers", ","], "names nothing"),
        ("invert", ["--image", "{shop}/scenes/0.png", "--of", "all"], "layer, unit"),
        ("dream", ["--image", "{shop}/scenes/0.png", "--size", "big"], "HEIGHTxWIDTH"),
        ("dream", ["--image", "{shop}/scenes/0.png", "--from", "sky"], "photograph, noise"),
        ("dream", ["--image", "{shop}/scenes/0.png", "--frames", "d.mp4"], ".webp or .gif"),
        ("dream", ["--image", "{shop}/scenes/0.png", "--picture", "d.jpg"], ".png"),
        ("dream", ["--image", "{shop}/scenes/0.png", "--frames", "d.gif", "--unit", "0,1"], "2 units are asked for"),
        ("dream", [], "add --image FILE or --images"),
        ("check", ["--images", "{shop}/scenes", "--levels", "0"], "1 or more"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_said_in_one_line_and_leaves_nothing(
    shop: Path, tmp_path: Path, method: str, arguments: list[str], message: str
) -> None:
    ran = viz(*_tiny(shop, method, *(argument.format(shop=shop) for argument in arguments)))
    assert ran.status == 2, ran.err
    assert ran.out == ""
    assert one_line(ran.err).startswith("viz: error: ")
    assert message in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("nothing_can_be_written")
def test_a_place_that_cannot_be_written_is_refused_before_any_work(shop: Path, tmp_path: Path) -> None:
    ran = viz(*_tiny(shop, "saliency", "--image", shop / "scenes/0.png", "--out", "maps/"))
    assert ran.status == 2
    assert "cannot write to maps" in one_line(ran.err)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupt_ends_quietly_with_nothing_half_written(shop: Path, tmp_path: Path) -> None:
    arguments = _tiny(shop, "invert", "--image", shop / "scenes/0.png", "--out", "i/", "--arrays")
    arguments[arguments.index("3")] = "100000"  # steps
    status, out, err = interrupted("visualize.methods.inversion.method:Inversion", arguments, tmp_path)
    assert (status, out) == (130, ""), err
    assert "interrupted" in one_line(err)
    assert names(tmp_path) == []


def test_every_array_is_documented(shop: Path) -> None:
    documented = (ROOT / "docs/arrays.md").read_text("utf-8")
    for name in [*OF_PICTURES, *WHOLE]:
        command = ["unit", "--methods", name] if name in WHOLE else [name]
        document(*_tiny(shop, *command, "--images", shop / "scenes", "--arrays", "--out", f"{name}.png"))
        section = next(part for part in documented.split("\n## ") if f"`{name}`" in part.partition("\n")[0])
        with np.load(f"{name}.npz") as arrays:
            for key in arrays:
                kind = "NAME" + key[key.rindex(" ") :] if name == "check" else key.removeprefix(f"{name}.")
                assert f"`{kind}`" in section, (name, key)


def test_checks_print_their_numbers(shop: Path) -> None:
    asked = _tiny(shop, "check", "--unit", "1", "--images", shop / "scenes")
    ran = viz(*asked)
    content = document(*asked[:5], *asked[7:])["results"]["check"]
    lines = {line.strip().partition(": ")[0]: line for line in ran.out.splitlines()}
    assert f"insertion {content['maps']['gradient']['insertion']:.2f}" in lines["gradient"]
    assert f"{content['maps']['gradient']['correlations'][-1]:.2f} " in lines["gradient"].replace(",", " ")
    assert "dreamed picture, share of the activation that is kept" in lines


def test_the_empirical_field_is_printed_beside_the_theoretical_one(shop: Path) -> None:
    ran = viz("top", *UNIT, "--images", shop / "scenes", "--empirical", "1")
    assert ran.status == 0, ran.err
    assert re.search(r"empirical field \d+ x \d+ px, theoretical \d+ x \d+ px", ran.out)


@pytest.mark.parametrize(
    "asked",
    [("saliency",), ("saliency", "--kind", "integrated", "--steps", "4"), ("deconv",), ("check",)],
    ids=" ".join,
)
def test_where_no_gradient_leads_is_one_line(asked: tuple[str, ...], shop: Path, tmp_path: Path) -> None:
    (tmp_path / "held.py").write_text(
        "import torch\n"
        "class Held(torch.nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.first = torch.nn.Conv2d(3, 2, 3)\n"
        "        self.last = torch.nn.Conv2d(2, 2, 3)\n"
        "    def forward(self, x):\n"
        "        return self.last(self.first(x).detach())\n"
        "def held():\n"
        "    torch.manual_seed(0)\n"
        "    return Held()\n"
    )
    model = ("--model", "held.py:held", "--layer", "last", "--unit", "0", "--image", shop / "scenes/0.png")
    ran = viz(*asked, *model, *(QUICK.get(asked[0], [])))
    assert (ran.status, ran.out) == (2, "")
    assert "no gradient leads from last back to the picture" in one_line(ran.err)


def test_a_smooth_map_of_a_unit_that_is_off_says_so(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "shy.py").write_text(
        "import torch\n"
        "from visualize.methods import Preparation\n"
        "def shy():\n"
        "    torch.manual_seed(0)\n"
        "    conv = torch.nn.Conv2d(3, 2, 3)\n"
        "    with torch.no_grad():\n"
        "        conv.weight[0] = 1.0\n"
        "        conv.bias[0] = -27.01\n"
        "    return torch.nn.Sequential(conv, torch.nn.ReLU()), Preparation(size=(16, 16))\n"
    )
    half = np.zeros((16, 16, 3), np.uint8)
    half[:, :8] = 255
    Image.fromarray(half).save(tmp_path / "white.png")
    model = ("--model", "shy.py:shy", "--layer", "1", "--unit", "0", "--image", tmp_path / "white.png")
    content = document("saliency", *model, "--kind", "smoothgrad")
    assert content["results"]["saliency"]["images"][0]["activation"] == 0
    assert "on 1 of 1 pictures the unit's activation is 0" in " ".join(content["notes"])
