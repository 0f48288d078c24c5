"""The names of a model's classes. They decorate: a model whose names are not at hand has its classes numbered."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from visualize.download.cache import at_hand, mismatch
from visualize.download.fetch import fetch
from visualize.download.resource import Resource
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.models.model_entry import ModelEntry


PLACES365 = Resource(
    file="categories_places365.txt",
    sources=("https://raw.githubusercontent.com/CSAILVision/places365/master/categories_places365.txt",),
    sha256="2affba635eb657e7ca95f4e6cc69bd9fac29ef4c32aeb83cafdfcd06ec6a1ea6",
    size=6833,
)
IO_PLACES365 = Resource(
    file="IO_places365.txt",
    sources=("https://raw.githubusercontent.com/CSAILVision/places365/master/IO_places365.txt",),
    md5="d69ffb5e53da482e9ea908308fbf33ac",
    size=6_833,
)
PLACES205 = Resource(file="categoryIndex_places205.csv")  # its publisher has it only within archives of whole models
_PLACES205_ARCHIVE = "http://places.csail.mit.edu/model/googlenet_places205.tar.gz"
_PATIENCE = 5.0  # seconds that a mere list of names may keep a user waiting
_HEADINGS = "category id"
_LINE = re.compile(r"/./(?P<name>\S+) (?P<number>\d+)")


def class_names(entry: ModelEntry, weights: Path | None, *, online: bool = False) -> tuple[str, ...]:
    """Names of a model's classes in the order of its outputs; none where they are not at hand.

    Args:
        entry: the model's catalogue entry, whose ``classes`` says where the names come from: "imagenet"
            (torchvision), "places365" and "places205" (published lists, looked for in the mirror and the cache),
            "metadata" (a JSON list in the safetensors file), or "" (nowhere).
        weights: the weights file, which "metadata" reads.
        online: a published list that is not at hand may be downloaded.
    """
    if entry.classes == "imagenet":
        return _imagenet()
    if entry.classes == "places365":
        return parse_places365(_text(PLACES365, online=online))
    if entry.classes == "places205":
        return parse_places365(_text(PLACES205, online=False))
    if entry.classes == "metadata" and weights is not None:
        from visualize.intake.fields import checked, items, text
        from visualize.intake.json_text import parse
        from visualize.models.readers.safetensors import metadata

        source = f"{weights}, its list of classes"
        return checked(parse(metadata(weights).get("classes", "[]").encode(), source), items(text()), source)
    return ()


def parse_places365(text: str) -> tuple[str, ...]:
    """Names from lines such as ``/t/temple/asia 330``, sorted by number; none if a line has another form.

    Some copies of Places205's list begin with a line of two headings.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    matches = [_LINE.fullmatch(line) for line in lines[lines[:1] == [_HEADINGS] :]]
    numbered = {int(line["number"]): line["name"] for line in matches if line}
    complete = len(numbered) == len(matches) and set(numbered) == set(range(len(matches)))
    return tuple(numbered[number] for number in range(len(matches))) if complete else ()


def missing(entry: ModelEntry) -> tuple[str, ...]:
    """A line that says which file would give the names of the classes; none where no file would."""
    if entry.classes == "places365":
        return (f"(put {PLACES365.file} and {IO_PLACES365.file} into a folder of VIZ_MIRROR)",)
    if entry.classes == "places205":
        return (f"(put {PLACES205.file}, which lies in {_PLACES205_ARCHIVE}, into a folder of VIZ_MIRROR)",)
    return ()


def outdoor_classes(entry: ModelEntry, *, online: bool = False) -> tuple[bool, ...]:
    """For each class of a Places365 model whether its scenes lie outdoors; none for other models, or if not at hand.

    Args:
        entry: the model's catalogue entry.
        online: the published list may be downloaded if it is not at hand.
    """
    return parse_outdoor(_text(IO_PLACES365, online=online)) if entry.classes == "places365" else ()


def parse_outdoor(text: str) -> tuple[bool, ...]:
    """True for each line such as ``/a/alley 2`` (outdoors), False for ``... 1``; none if a line has another form."""
    pairs = [line.split() for line in text.splitlines() if line.strip()]
    complete = all(len(words) == 2 and words[1] in {"1", "2"} for words in pairs)
    return tuple(words[1] == "2" for words in pairs) if complete else ()


def _text(resource: Resource, *, online: bool) -> str:
    """The text of a published list; "" where it cannot be had."""
    path = at_hand(resource)
    try:
        if path is None or mismatch(path, resource):
            if not online:
                return ""
            path = fetch(resource, timeout=_PATIENCE)
        return path.read_text("utf-8")
    except (InputError, OSError, UnicodeDecodeError):
        return ""


def _imagenet() -> tuple[str, ...]:
    from torchvision.models import AlexNet_Weights

    return tuple(str(name) for name in AlexNet_Weights.DEFAULT.meta["categories"])
