"""Options and arguments that commands share, each named once."""

from __future__ import annotations

from typing import Annotated

import typer

from visualize.cli import completion
from visualize.methods.registry import BUILTIN

DEFAULT_MODEL = "scenes-alexnet"


def granted(ctx: typer.Context, value: bool) -> bool:  # noqa: FBT001 (typer's signature of a callback)
    """Note that the user trusts the code of the model that is asked for."""
    if value and not ctx.resilient_parsing:
        from visualize.models import trust

        trust.grant()
        ctx.call_on_close(trust.withdraw)
    return value


ModelOption = Annotated[
    str,
    typer.Option(
        "--model", "-m", metavar="NAME", autocompletion=completion.models,
        help="A model of `viz models`, torchvision/NAME, timm/NAME, hub/OWNER/REPO:ENTRY, random/NAME, "
        "package.module:function, path/to/file.py:function or a TorchScript file.",
    ),
]  # fmt: skip
ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", autocompletion=completion.models,
        help="A model of `viz models`, torchvision/NAME, timm/NAME, hub/OWNER/REPO:ENTRY, random/NAME, "
        "package.module:function, path/to/file.py:function or a TorchScript file.",
    ),
]  # fmt: skip
LayerOption = Annotated[
    str | None,
    typer.Option(
        "--layer", "-l", metavar="NAME", autocompletion=completion.layers,
        help="A layer of `viz layers MODEL`, or several as a,b; all is every block, every is every layer.  [default: "
        "the model's showpiece, else its last layer with a map]",
    ),
]  # fmt: skip
UnitOption = Annotated[
    str | None,
    typer.Option(
        "--unit", "-u", metavar="UNITS",
        help="Units, counted from 0: 79, several as 3,79,100-104 or all, a sum as 3+7, one position as 79@6,6 "
        "(row,column), several layers' as conv4:3,conv5:79; of the layer of classes also by name, as logits:NAME; and "
        "by the name of a concept, where a dissection is at hand: the unit that fits it best.  [default: the model's "
        "showpiece, else 0]",
    ),
]  # fmt: skip
ImageOption = Annotated[
    list[str] | None,
    typer.Option(
        "--image", metavar="FILE",
        help="A picture to look at instead of a set; repeat it for several, which are shown in this order.",
    ),
]  # fmt: skip
IMAGES = ("--images", "--data", "-i")
ImagesOption = Annotated[
    str | None,
    typer.Option(
        *IMAGES, metavar="SET",
        help="Pictures: a folder, searched recursively, a name of `viz data`, such as scenes, or a folder in one of "
        "its layouts, also as PREFIX:FOLDER, or wds:FOLDER/shard-{000..999}.tar. To be dissected they need labels.  "
        "[default: scenes for models that come along, none for others]",
    ),
]  # fmt: skip
SegmenterOption = Annotated[
    str | None,
    typer.Option(
        "--segmenter", metavar="NAME",
        help="Label the pictures of --data by a segmentation network: torchvision/NAME, such as "
        "torchvision/deeplabv3_resnet50, hf/OWNER/NAME, or a function of yours, path/to/file.py:function, which runs "
        "it. Written into the set's name: --data FOLDER --segmenter NAME is --data segmenter=NAME@FOLDER.",
    ),
]  # fmt: skip
VoidOption = Annotated[
    list[int] | None,
    typer.Option(
        "--void", metavar="N", min=0, max=65535,
        help="A value that is no label in masks of your own; repeat it for several. Written into the set's name: "
        "--data FOLDER --void 255 is --data void=255:FOLDER.  [default: 0 and 255, unless they have names]",
    ),
]  # fmt: skip
DissectedOption = Annotated[
    str | None, typer.Option(*IMAGES, metavar="SET", help="Only dissections of this set.  [default: all]")
]
SimilaritiesOption = Annotated[
    str | None,
    typer.Option(
        "--similarities", metavar="FILE",
        help="Similarity of the pictures to words, for names in free text: an .npz file with the arrays words and "
        "similarities, and pictures and embeddings if you like.",
    ),
]  # fmt: skip
MethodsOption = Annotated[
    str | None,
    typer.Option(
        "--methods", metavar="A,B", autocompletion=completion.methods,
        help=f"Methods, separated by commas: {', '.join(BUILTIN)}, one of another package, or a class of your own as "
        "path/to/file.py:Class or package.module:Class.  [default: those that suit every card, as far as they can run "
        "with what is given]",
    ),
]  # fmt: skip
OutOption = Annotated[
    str | None,
    typer.Option(
        "--out", "-o", metavar="PATH",
        help="Where the figure goes: a file that ends in .png, .pdf or .svg, or a folder (end it with /), as several "
        "units need one.  [default: viz-out/MODEL/LAYER/UNIT.png for a card, UNIT-METHOD.png for one way of looking]",
    ),
]  # fmt: skip
FormatOption = Annotated[
    str | None,
    typer.Option(
        "--format", metavar="FORMAT",
        help="png, pdf or svg; in pdf and svg, texts can be selected.  [default: that of --out, else png]",
    ),
]  # fmt: skip
BareOption = Annotated[
    bool, typer.Option("--bare", help="The pictures alone, a row for each way of looking, without a word: for slides.")
]
SeedOption = Annotated[int, typer.Option("--seed", metavar="N", help="The same seed draws the same figure.")]
StepsOption = Annotated[
    int | None,
    typer.Option(
        "--steps",
        metavar="N",
        help="Steps of gradient ascent, and of inversion and dreams where they are asked for: more is slower and "
        "stronger.  [default: 256 of ascent]",
    ),
]
BatchOption = Annotated[
    str | None,
    typer.Option(
        "--batch", metavar="N|auto",
        help="Pictures that the network is shown together; auto takes as many as half of the memory holds. The last "
        "bits of activations may hang on it.  [default: 8, or what a method has]",
    ),
]  # fmt: skip
DeviceOption = Annotated[
    str,
    typer.Option("--device", metavar="NAME", help="cpu, cuda, cuda:1 or mps; auto takes a CUDA GPU if there is one."),
]
WeightsOption = Annotated[
    str | None,
    typer.Option(
        "--weights",
        "-w",
        metavar="FILE",
        help="Weights to use instead of the model's own: safetensors, torch's format, .caffemodel or .npz; FILE:KEY "
        "takes those under a key, such as net.pth:model_ema.",
    ),
]
SizeOption = Annotated[
    str | None,
    typer.Option(
        "--size", "--input-size", metavar="SIZE",
        help="Side of the network's input in pixels, such as 32, or HEIGHTxWIDTH.  [default: as it is known of the "
        "model, else 224]",
    ),
]  # fmt: skip
MeanOption = Annotated[
    str | None,
    typer.Option(
        "--mean", metavar="A,B,C",
        help="Mean that is taken off the pictures, one number or one for each channel, in 0..1.  [default: as it is "
        "known of the model, else ImageNet's]",
    ),
]  # fmt: skip
StdOption = Annotated[
    str | None,
    typer.Option(
        "--std", metavar="A,B,C",
        help="Deviation by which they are then divided, in 0..1; 1 for none.  [default: as it is known of the model, "
        "else ImageNet's]",
    ),
]  # fmt: skip
OrderOption = Annotated[
    str | None,
    typer.Option(
        "--order", metavar="ORDER", help="Channels of the network's input: rgb, bgr or grey.  [default: as known, else "
        "rgb]",
    ),
]  # fmt: skip
ClassesOption = Annotated[
    str | None,
    typer.Option(
        "--classes", metavar="FILE",
        help="Names of the network's classes: a name a line, '0 name', CSV or JSON.  [default: as known, else numbers]",
    ),
]  # fmt: skip
TrustOption = Annotated[
    bool,
    typer.Option(
        "--trust", callback=granted, is_eager=True,
        help="Let the code run that comes with the model, with all that you may do: a repository's, which "
        "hub/OWNER/REPO:ENTRY downloads, or that in a TorchScript file.",
    ),
]  # fmt: skip
RecordedTrustOption = Annotated[
    bool,
    typer.Option(
        "--trust", callback=granted, is_eager=True,
        help="Let the code run that a dissection names as its network, such as path/to/file.py:function.",
    ),
]  # fmt: skip
NoCacheOption = Annotated[
    bool,
    typer.Option(
        "--no-cache",
        help="Make everything anew, and keep nothing: otherwise results are taken from the cache (docs/kept.md).",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print one JSON document on standard output, and nothing else.")
]
ArraysOption = Annotated[
    bool, typer.Option("--arrays", help="Also write the raw arrays, as .npz beside the figure (docs/arrays.md).")
]
SheetOption = Annotated[
    bool, typer.Option("--sheet", help="Draw the contact sheet of the units alone, without a card for each.")
]
SortOption = Annotated[
    str | None,
    typer.Option(
        "--sort", metavar="ORDER",
        help="Order of the contact sheet: iou (of the units' names, the best first), name or unit; names take a "
        "dissection at hand.  [default: as the units are asked for]",
    ),
]  # fmt: skip
DiverseOption = Annotated[
    bool,
    typer.Option(
        "--diverse",
        help="Leave near-duplicates, such as frames of a film, out of the photographs that excite a unit most.",
    ),
]
NamesOption = Annotated[
    str | None,
    typer.Option(
        "--names", metavar="FILE",
        help="Names that people gave, to be shown beside the measured ones: what `viz annotate --export` writes, or a "
        "table with the columns layer, unit and word.",
    ),
]  # fmt: skip
OnOption = Annotated[
    str | None,
    typer.Option(
        "--on", metavar="CLUSTER",
        help="Let the workers of a Ray cluster do the work: ray for the one that this machine is part of, HOST:PORT "
        "of its head, or ray://HOST:PORT. The results are the same (docs/cluster.md).",
    ),
]  # fmt: skip
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress bar, and of the results only where the files lie.")
]


def set_named(name: str | None, void: list[int] | None, segmenter: str | None = None) -> str | None:
    """Name of a probe set with the values that are no label in its masks, or with the segmenter that labels it.

    Args:
        name: as ``--data`` gives it.
        void: as ``--void`` gives them.
        segmenter: as ``--segmenter`` gives it.

    Raises:
        InputError: values or a segmenter without a set, or both.
    """
    if segmenter is not None:
        return _segmented(name, void, segmenter)
    if not void:
        return name
    from visualize.data.layouts.registry import with_void
    from visualize.methods.errors import InputError

    if name is None:
        raise InputError("--void says which values of masks are no label, and no set is given; add --data FOLDER")
    return with_void(name, void)


def _segmented(name: str | None, void: list[int] | None, segmenter: str) -> str:
    from visualize.data.segmenters.names import with_segmenter
    from visualize.methods.errors import InputError

    if void:
        raise InputError("--void is of masks in files, and --segmenter makes its own; leave out one of them")
    if name is None:
        raise InputError("--segmenter labels the pictures of a set, and none is given; add --data FOLDER")
    return with_segmenter(name, segmenter)
