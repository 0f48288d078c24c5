"""An option that another leaves without effect is refused in one line, and so is one without a value."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import pytest
import typer
from PIL import Image

import visualize as viz_package
from tests.visualize.cli.kit import TINY, one_line, viz
from visualize.cli.app import Commands, app
from visualize.methods import GradientAscent, Saliency, TopImages
from visualize.methods.errors import InputError, InputWarning
from visualize.methods.registry import table
from visualize.methods.settings import settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shop")
    (root / "net.py").write_text(TINY)
    (root / "set").mkdir()
    Image.new("RGB", (16, 16), "red").save(root / "set/0.png")
    Image.new("RGB", (16, 16), "blue").save(root / "set/1.png")
    return root


IMAGE, IMAGES = ("--image", "{shop}/set/0.png"), ("--images", "{shop}/set")
SILENCED: dict[str, tuple[str, ...]] = {
    "samples has an effect with kind smoothgrad alone, and kind is gradient": ("saliency", *IMAGE, "--samples", "5"),
    "noise has an effect with kind smoothgrad alone, and kind is input": (
        "saliency", *IMAGE, "--kind", "input", "--noise", "0.15",
    ),
    "steps has an effect with kind integrated alone": ("saliency", *IMAGE, "--kind", "smoothgrad", "--steps", "9"),
    "baseline has an effect with kind integrated alone": ("saliency", *IMAGE, "--baseline", "black"),
    "occluder has an effect with empirical 1 or more alone": ("top", *IMAGES, "--occluder", "11"),
    "stride has an effect with empirical 1 or more alone": ("top", *IMAGES, "--stride", "3"),
    "diversity has an effect with count 2 or more alone": ("ascent", "--diversity", "1"),
    "scale has an effect with octaves 2 or more alone": ("dream", *IMAGE, "--octaves", "1", "--scale", "1.5"),
    "dream looks at no pictures with these settings; leave out --image": ("dream", "--from", "noise", *IMAGE),
    "looks at no pictures with these settings; leave out --images": ("dream", "--from", "noise", *IMAGES),
    "--layers stands in place of --layer, and does not name conv": (
        "invert", *IMAGE, "--layer", "conv", "--layers", "relu,pool",
    ),
    "of='unit' inverts the unit itself": ("invert", *IMAGE, "--of", "unit", "--layers", "conv"),
    "--count 3 chooses among the pictures of a set": ("deconv", *IMAGE, "--count", "3"),
    "--count 1 chooses among the pictures of a set, and --image names 2": (
        "guided", *IMAGE, "--image", "{shop}/set/1.png", "--count", "1",
    ),
    "top takes no steps; leave out --steps": ("unit", "--methods", "top", *IMAGES, "--steps", "3"),
    "saliency takes no steps": ("unit", "--methods", "saliency", *IMAGES, "--steps", "3"),
    "ascent looks at no pictures; leave out --image": ("unit", "--methods", "ascent", *IMAGE),
    "pictures are given twice": ("top", *IMAGE, *IMAGES),
    "--seed is that of --rotate and --count": ("dissect", "--data", "scenes", "--seed", "3"),
}  # fmt: skip


@pytest.mark.parametrize("message", SILENCED)
def test_an_option_without_effect_is_refused_in_one_line(shop: Path, message: str, tmp_path: Path) -> None:
    command, *more = SILENCED[message]
    arguments = [argument.format(shop=shop) for argument in more]
    model = ["--model", f"{shop}/net.py:tiny", "--device", "cpu", "--out", f"{tmp_path}/out/"]
    ran = viz(command, *model, *arguments)
    assert (ran.status, ran.out) == (2, "")
    assert message in one_line(ran.err)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("cache", "--yes"), "--yes goes with --clear all alone"),
        (("cache", "--clear", "partial", "--yes"), "--yes goes with --clear all alone"),
        (("data", "--all"), "--all needs a probe set"),
        (("data", "--count", "3"), "--count needs a probe set"),
        (("data", "scenes", "--check", "--all"), "leave out --all, or --check"),
        (("data", "broden-227", "--check"), "--check needs the files of broden-227"),
        (("data", "broden-227", "--count", "3"), "--count needs the files of broden-227"),
    ],
)
def test_so_it_is_in_commands_without_a_network(arguments: tuple[str, ...], message: str) -> None:
    ran = viz(*arguments)
    assert (ran.status, ran.out) == (2, "")
    assert message in one_line(ran.err)


def test_weights_are_not_given_to_a_network_that_is_to_be_random(tmp_path: Path) -> None:
    (tmp_path / "net.pth").write_bytes(b"x")
    ran = viz("layers", "random/scenes-alexnet", "--weights", tmp_path / "net.pth")
    assert "random/scenes-alexnet has random weights; give the weights file to scenes-alexnet" in one_line(ran.err)


@functools.cache
def _commands() -> dict[str, Any]:
    """Every command with its options."""
    group = typer.main.get_command(app)
    assert isinstance(group, Commands)
    context = typer.Context(group)
    return {name: group.resolve_command(context, [name])[1] for name in group.list_commands(context)}


@pytest.mark.parametrize("command", _commands())
def test_an_empty_text_is_refused_whatever_the_option(command: str, here: Path) -> None:
    needed = {"predict": ["x.png"], "merge": ["x"], "compare": ["x"], "fetch": ["x"], "layers": ["x"]}
    for option in _commands()[command].params:
        if option.param_type_name != "option" or option.is_flag:
            continue
        written = max(option.opts, key=len)
        arguments = [*needed.get(command, []), *(["--out", "o"] if command == "merge" and written != "--out" else [])]
        for blank in ("", "  ") if written in {"--layer", "--weights"} else ("",):
            ran = viz(command, *arguments, written, blank)
            assert (ran.status, ran.out) == (2, ""), written
            assert len(ran.err.splitlines()) == 1, (written, ran.err)
            assert not list(here.iterdir()), written


def test_python_says_it_too(shop: Path) -> None:
    with pytest.warns(InputWarning, match="Saliency: samples has an effect with kind smoothgrad alone"):
        Saliency(samples=7)
    with pytest.warns(InputWarning, match="TopImages: stride has an effect with empirical 1 or more"):
        TopImages(stride=2)
    with pytest.raises(InputError, match="samples has an effect with kind smoothgrad alone"):
        viz_package.look("saliency", f"{shop}/net.py:tiny", settings={"samples": 50}, image=shop / "set/0.png")


def test_settings_that_have_an_effect_are_no_news(recwarn: pytest.WarningsRecorder) -> None:
    Saliency(kind="smoothgrad", samples=7, noise=0.2)
    Saliency(kind="integrated", steps=3, baseline="grey")
    TopImages(empirical=2, stride=2, occluder=5)
    GradientAscent(diversity=1, count=3).counting(1)
    for kind in table().values():
        kind()
        for item in settings(kind):
            assert set(item.setting.only_with) <= {other.name for other in settings(kind)}
    assert not recwarn.list


def test_a_method_of_one_s_own_has_it_by_its_field_alone(tmp_path: Path, shop: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from dataclasses import dataclass\nfrom typing import ClassVar\n"
        "from visualize.methods.method import Method, Needs\nfrom visualize.methods.settings import setting\n"
        "@dataclass(frozen=True, kw_only=True)\nclass Mine(Method):\n"
        "    name: ClassVar[str] = 'mine'\n    title: ClassVar[str] = 'Mine'\n"
        "    needs: ClassVar[Needs] = Needs.NOTHING\n    blur: bool = setting(False, help='Blur.')\n"
        "    width: int = setting(3, least=1, only_with={'blur': (True,)}, help='Of the blur.')\n"
        "    def look(self, probe, units, images, progress):\n        return []\n"
    )
    with pytest.raises(InputError, match="width has an effect with blur True alone, and blur is False"):
        viz_package.look(f"{tmp_path}/mine.py:Mine", f"{shop}/net.py:tiny", settings={"width": 3})
