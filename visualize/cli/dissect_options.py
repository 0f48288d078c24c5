"""The options that dissection adds, each named once."""

from __future__ import annotations

from typing import Annotated

import typer

from visualize.cli import completion

LayersOption = Annotated[
    list[str] | None,
    typer.Option(
        "--layer", "-l", metavar="NAME", autocompletion=completion.layers,
        help="A layer of `viz layers MODEL`; repeat it, or write a,b,c, for several, which share one run of the "
        "network; all is every layer with a map.  [default: the model's showpiece, else its last layer with a map]",
    ),
]  # fmt: skip
DataOption = Annotated[
    str | None,
    typer.Option(
        "--data", "-i", metavar="PROBESET",
        help="Labelled pictures: a name of `viz data`, a folder in one of its layouts, or PREFIX:FOLDER.  "
        "[default: scenes for scenes-alexnet, none for other models]",
    ),
]  # fmt: skip
OutOption = Annotated[
    str | None,
    typer.Option(
        "--out", "-o", metavar="FOLDER",
        help="Where the tables go.  [default: viz-out/MODEL/dissect/PROBESET, and what is not as usual, such as "
        "PROBESET-conv3-rotate-1.0]",
    ),
]  # fmt: skip
QuantileOption = Annotated[
    float, typer.Option("--quantile", metavar="Q", help="The part of all positions that a unit's mask covers.")
]
CutOption = Annotated[
    float, typer.Option("--cut", metavar="IOU", help="A unit is a detector when its best IoU is above this.")
]
AlignmentOption = Annotated[
    str,
    typer.Option(
        "--alignment", metavar="HOW",
        help="How maps are scaled up: receptive-field, as the paper does, or resize, as NetDissect-Lite does.",
    ),
]  # fmt: skip
CategoriesOption = Annotated[
    str | None,
    typer.Option("--categories", metavar="A,B", help="Score only these, such as object,part.  [default: all]"),
]
MinimumOption = Annotated[
    int,
    typer.Option("--minimum-area", metavar="N", help="Leave out concepts of fewer label-map pixels in the whole set."),
]
RectifierOption = Annotated[
    str,
    typer.Option(
        "--rectifier", metavar="HOW",
        help="Take activations as-is at the layer, or before or after the rectifier that it is or that follows it.",
    ),
]  # fmt: skip
RotateOption = Annotated[
    float,
    typer.Option(
        "--rotate", metavar="ALPHA",
        help="Look at directions turned by a random rotation to this power, 0 to 1: the paper's control.",
    ),
]  # fmt: skip
ColorsOption = Annotated[
    bool, typer.Option("--colors", help="Add the category color (eleven names) to a set that has none.")
]
ShardOption = Annotated[
    str | None,
    typer.Option("--shard", metavar="I/N", help="Look at the I-th of N parts only; `viz merge` puts them together."),
]
CountOption = Annotated[
    int | None,
    typer.Option("--count", "-n", metavar="N", help="Take N pictures of the set, drawn by the seed.  [default: all]"),
]
BatchOption = Annotated[
    int | None,
    typer.Option(
        "--batch", min=1, metavar="N", help="Pictures that are loaded together; the numbers do not depend on it."
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", min=1, metavar="N", help="Threads that load; the numbers do not depend on it."),
]
