"""The commands of single methods and the settings that each of them has, in words. Nothing here needs torch.

A test holds the table to the methods: every setting is one of its method's, with the default that is stated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def _as_it_is(value: object) -> object:
    return value


def read_size(text: object) -> tuple[int, int] | str:
    """Height and width of ``"224"`` or ``"180x240"`` (height first); ``"input"`` and ``"own"`` stay words.

    Raises:
        InputError: the text has another form.
    """
    from methods.errors import InputError

    if text in {"input", "own"}:
        return str(text)
    sides = str(text).lower().split("x")
    if len(sides) > 2 or not all(side.strip().isdigit() and int(side) for side in sides):
        raise InputError(
            f"--size {text} is no size; write input, own, 224 for a square, or HEIGHTxWIDTH such as 180x240"
        )
    return int(sides[0]), int(sides[-1])


def read_names(text: object) -> tuple[str, ...]:
    """The names of a list that commas part.

    Raises:
        InputError: it has none.
    """
    from methods.errors import InputError

    names = tuple(name.strip() for name in str(text).split(",") if name.strip())
    if not names:
        raise InputError("a list of names is empty; write them with commas between, such as conv1,conv3,conv5")
    return names


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A setting of methods as an option, the same wherever it occurs.

    Args:
        flag: such as ``"--count"``.
        help: what it does.
        kind: of its value on the command line; bool makes a switch.
        metavar: what stands for the value in the help.
        read: from that value to the setting's own.
    """

    flag: str
    help: str
    kind: type = int
    metavar: str = "N"
    read: Callable[[object], object] = _as_it_is


@dataclass(frozen=True, kw_only=True)
class Look:
    """The command of one method.

    Args:
        name: of the method and the command.
        help: what it draws.
        settings: its own, by the name of the method's field, each with its default in words; "" says none.
        examples: what one may type behind ``viz``.
        film: its pictures come about step by step, which may be written as an animation.
    """

    name: str
    help: str
    settings: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[str, ...] = ()
    film: bool = False

    @property
    def epilog(self) -> str:
        """The examples as the foot of the help."""
        return "\n".join(["\b", "Examples:", *(f"  viz {example}" for example in self.examples)]) + "\n"


SETTINGS: Mapping[str, Setting] = {
    "count": Setting(flag="--count", help="Pictures for each unit: of a set, those that excite it most."),
    "region": Setting(
        flag="--region", kind=float, metavar="PART",
        help="The part of its peak, 0 to 1, that an activation must reach to count as active.",
    ),
    "empirical": Setting(
        flag="--empirical",
        help="Measure the empirical receptive field on so many of the best pictures, by covering one small square "
        "after another: thousands of runs.",
    ),
    "occluder": Setting(flag="--occluder", metavar="PIXELS", help="The side of these squares."),
    "stride": Setting(flag="--stride", metavar="PIXELS", help="From one place of these squares to the next."),
    "kind": Setting(
        flag="--kind", kind=str, metavar="NAME",
        help="gradient, smoothgrad (its mean over noisy copies), input (gradient x input) or integrated (gradients).",
    ),
    "samples": Setting(flag="--samples", help="Noisy copies of each picture, for smoothgrad."),
    "noise": Setting(
        flag="--noise", kind=float, metavar="PART",
        help="Their standard deviation, as a share of the picture's range.",
    ),
    "steps": Setting(flag="--steps", help="Steps: more is slower and better."),
    "baseline": Setting(
        flag="--baseline", kind=str, metavar="NAME",
        help="The picture that integrated gradients begin at: black, grey, white or mean.",
    ),
    "layers": Setting(
        flag="--layers", kind=str, metavar="A,B", read=read_names,
        help="Layers to invert one after the other, in place of the unit's own.",
    ),
    "of": Setting(
        flag="--of", kind=str, metavar="NAME",
        help="What it is done for: layer (all units of the unit's layer) or unit (it alone, or those of a sum).",
    ),
    "starts": Setting(flag="--starts", help="Inversions of each photograph, from different noise."),
    "optimiser": Setting(
        flag="--optimiser", kind=str, metavar="NAME", help="spectral, or paper (gradient descent on pixels)."
    ),
    "rate": Setting(flag="--rate", kind=float, metavar="SIZE", help="The optimiser's step size."),
    "alpha": Setting(flag="--alpha", kind=float, metavar="WEIGHT", help="The weight of the alpha-norm."),
    "tv": Setting(flag="--tv", kind=float, metavar="WEIGHT", help="The weight of total variation."),
    "start": Setting(
        flag="--from", kind=str, metavar="NAME",
        help="What it begins with: photograph, or noise, which needs no images.",
    ),
    "octaves": Setting(flag="--octaves", help="Sizes that are dreamed at, from coarse to fine."),
    "scale": Setting(flag="--scale", kind=float, metavar="FACTOR", help="From one of these sizes to the next."),
    "jitter": Setting(flag="--jitter", metavar="PIXELS", help="The largest random shift."),
    "size": Setting(
        flag="--size", kind=str, metavar="SIZE", read=read_size,
        help="Of the pictures: input (the network's), own (each photograph's), 224 for a square, or HEIGHTxWIDTH.",
    ),
    "tile": Setting(flag="--tile", metavar="PIXELS", help="The longest side that the network is shown at once."),
    "cascade": Setting(flag="--cascade", help="The most steps that the layers' weights are shuffled in."),
    "levels": Setting(flag="--levels", help="Steps of the deletion and insertion curves."),
}  # fmt: skip

_OWN = "the optimiser's own"

LOOKS: tuple[Look, ...] = (
    Look(
        name="top",
        help="""Find the photographs that excite a unit most, and where in them.

        Every picture of the set is looked at once, however many units are asked for.
        """,
        settings={"count": "9", "region": "0.5", "empirical": "0", "occluder": "11", "stride": "3"},
        examples=("top", "top --images photographs/ --unit 3,79 --count 16", "top --unit 53 --empirical 3"),
    ),
    Look(
        name="saliency",
        help="""Show how much each pixel of a photograph matters to a unit.

        The photographs are those that are named with --image, or those of a set that excite the unit most.
        """,
        settings={
            "kind": "gradient",
            "samples": "50",
            "noise": "0.15",
            "steps": "as many as integrated gradients take to add up",
            "baseline": "black",
            "count": "9",
        },
        examples=(
            "saliency",
            "saliency --image photograph.jpg --layer logits --unit bedroom --kind smoothgrad",
            "saliency --images photographs/ --unit 79 --count 3 --arrays",
        ),
    ),
    Look(
        name="deconv",
        help="""Trace a unit's activation on a photograph back to the pixels that it comes from.

        Each photograph stands beside its reconstruction, both cropped to what the unit sees of them, as in Zeiler and
        Fergus 2014.
        """,
        settings={"count": "9"},
        examples=("deconv", "deconv --image photograph.jpg --layer conv4 --unit 12"),
    ),
    Look(
        name="guided",
        help="""Show what speaks for a unit in a photograph, by guided backpropagation.

        Its pictures look sharp because they partly recover the photograph, whatever the network has learned: see what
        `viz check` finds before believing them.
        """,
        settings={"count": "9"},
        examples=("guided", "guided --image photograph.jpg --layer conv4 --unit 12"),
    ),
    Look(
        name="invert",
        help="""Make pictures that a layer cannot tell from a photograph: what it keeps, and what it leaves open.

        Each photograph stands before its inversions, along the layers that are named with --layers.
        """,
        settings={
            "layers": "the unit's layer",
            "of": "layer",
            "starts": "1",
            "steps": "400",
            "optimiser": "spectral",
            "rate": _OWN,
            "alpha": _OWN,
            "tv": _OWN,
            "count": "3",
        },
        examples=(
            "invert --image photograph.jpg --layer conv3",
            "invert --image photograph.jpg --layers conv1,conv3,conv5,fc6",
            "invert --image photograph.jpg --unit 53 --of unit --starts 3",
        ),
    ),
    Look(
        name="dream",
        help="""Change a photograph, or noise, step by step into what a unit or a whole layer answers to: DeepDream.

        Each photograph stands beside its dream. A large one is dreamed in tiles: memory does not grow with it.
        """,
        settings={
            "start": "photograph",
            "of": "unit",
            "steps": "10",
            "octaves": "4",
            "scale": "1.4",
            "rate": "0.006",
            "jitter": "32",
            "size": "input",
            "tile": "512",
            "count": "3",
        },
        examples=(
            "dream --image photograph.jpg --layer conv4 --of layer --size own",
            "dream --from noise --unit 53 --size 256",
            "dream --image photograph.jpg --unit 53 --frames dream.webp",
        ),
        film=True,
    ),
    Look(
        name="check",
        help="""Measure whether the explanations of a unit tell the truth.

        Whether the maps change when the network's weights are shuffled, whether the unit misses the pixels that they
        mark, and whether the dreamed picture survives small changes.
        """,
        settings={"count": "3", "cascade": "6", "levels": "16", "steps": "64"},
        examples=("check", "check --images photographs/ --unit 79 --json"),
    ),
)
