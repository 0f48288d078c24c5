"""Options that dissection adds to those of all commands, each named once."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from visualize.cli import completion

LayersOption = Annotated[
    list[str] | None,
    typer.Option(
        "--layer", "-l", metavar="NAME", autocompletion=completion.layers,
        help="A layer of `viz layers MODEL`; repeat it, or write a,b,c, for several, which share one run of the "
        "network; all is every block with a map, every is every layer with one.  [default: the model's showpiece, else "
        "its last layer with a map]",
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
ColorsOption = Annotated[
    bool, typer.Option("--colors", help="Add the category color (eleven names) to a set that has none.")
]
ShardOption = Annotated[
    str | None,
    typer.Option(
        "--shard", metavar="I/N",
        help="Look at the I-th of N parts only; `viz merge` puts them together.  [default: all, and under torchrun and "
        "srun the part of each process, which the last one puts together]",
    ),
]  # fmt: skip
CountOption = Annotated[
    int | None,
    typer.Option("--count", "-n", metavar="N", help="Take N pictures of the set, drawn by the seed.  [default: all]"),
]
BatchOption = Annotated[
    str | None,
    typer.Option(
        "--batch", metavar="N|auto",
        help="Pictures that are loaded together, on which the numbers do not depend. auto: as many as half of the "
        "memory holds, which the network also looks at together; the last bits of activations may hang on that.",
    ),
]  # fmt: skip
WorkersOption = Annotated[
    int | None,
    typer.Option("--workers", min=1, metavar="N", help="Threads that load; the numbers do not depend on it."),
]
DecodeOption = Annotated[
    str,
    typer.Option(
        "--decode", metavar="processor|gpu",
        help="What decodes JPEG files. A GPU gives other pixels, by a few levels, and so slightly other numbers; "
        "dissection.json says so.",
    ),
]  # fmt: skip
HeldOutOption = Annotated[
    bool,
    typer.Option(
        "--held-out",
        help="Say how much smaller the IoUs are on the half of the pictures that names were not chosen on.",
    ),
]
ScoresOption = Annotated[
    bool,
    typer.Option(
        "--scores",
        help="Tell every score of each unit's name, and AUROC with Mann and Whitney's p; with --score picture-f1 and "
        "the like of whole pictures too. In --json of all units, else of the first.",
    ),
]
VerifyOption = Annotated[
    bool,
    typer.Option(
        "--verify",
        help="Test each name as a prediction: do pictures with the concept excite the unit more than those without? On "
        "the half that had no say in the name; on scenes also with each scene drawn anew without the concept.",
    ),
]


def decoder(decode: str) -> Literal["processor", "gpu"]:
    """Decoder of JPEG files that ``--decode`` names.

    Raises:
        InputError: it is neither.
    """
    from visualize.methods.errors import InputError

    if decode == "gpu":
        return "gpu"
    if decode != "processor":
        raise InputError(f"--decode is processor or gpu, not {decode[:40]!r}")
    return "processor"
