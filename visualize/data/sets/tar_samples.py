"""Samples of WebDataset shards: which bytes of which tar file are a picture, its label map and its class."""

from __future__ import annotations

import re
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from visualize.data.files.endings import ENDINGS
from visualize.data.files.tar_members import members
from visualize.intake import json_text
from visualize.methods.errors import InputError, system_words
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from visualize.data.files.remote_files import Source
    from visualize.data.files.tar_members import Member
    from visualize.methods.progress import Progress

_MAPS = frozenset(f"{word}.png" for word in (
    "seg", "mask", "masks", "label", "labels", "annotation", "segmentation", "semantic", "semantic_mask", "segmap",
))  # fmt: skip
_CLASS_KEYS = ("cls", "label", "class", "class_name", "label_name")
_BLOCK = 512  # bytes of a header
_TEXT = 1 << 20  # bytes of a member of text
_NUMBER = re.compile(rb"\s*([0-9]{1,6})\s*")
_PADDED = re.compile(r"\{([0-9]{1,9})\.\.([0-9]{1,9})\}")
_MOST_SHARDS = 1_000_000


@dataclass
class Samples:
    """All samples that have a picture, in the order in which the shards hold them.

    Args:
        names: of the pictures, each with the shard's.
        shards: number of the shard of each.
        starts: place of each picture's first byte.
        sizes: its bytes.
        map_starts: the same of its label map; -1 without.
        map_sizes: the same of its label map.
        classes: number of its class in ``class_names``; -1 without.
        class_names: every class that is named.
        without: how many samples have no picture.
    """

    names: list[str] = field(default_factory=list)
    shards: array[int] = field(default_factory=lambda: array("i"))
    starts: array[int] = field(default_factory=lambda: array("q"))
    sizes: array[int] = field(default_factory=lambda: array("q"))
    map_starts: array[int] = field(default_factory=lambda: array("q"))
    map_sizes: array[int] = field(default_factory=lambda: array("q"))
    classes: array[int] = field(default_factory=lambda: array("i"))
    class_names: list[str] = field(default_factory=list)
    without: int = 0

    def __len__(self) -> int:
        return len(self.names)

    @property
    def maps(self) -> bool:
        """Whether any has a label map."""
        return any(size > 0 for size in self.map_sizes)

    def add(self, shard: int, picture: tuple[str, Member], labels: Member | None, number: int) -> None:
        """Take in a sample."""
        name, member = picture
        self.names.append(name)
        self.shards.append(shard)
        self.starts.append(member.start)
        self.sizes.append(member.size)
        self.map_starts.append(-1 if labels is None else labels.start)
        self.map_sizes.append(0 if labels is None else labels.size)
        self.classes.append(number)


def expanded(pattern: str) -> list[str]:
    """Names that a pattern stands for: ``{000..999}`` is every number of that width.

    Raises:
        InputError: it stands for none, or for too many.

    Example:
        >>> expanded("a-{008..010}.tar")
        ['a-008.tar', 'a-009.tar', 'a-010.tar']
    """
    match = _PADDED.search(pattern)
    if match is None:
        return [pattern]
    first, last = int(match[1]), int(match[2])
    if not first <= last < first + _MOST_SHARDS:
        raise InputError(f"{printable(match[0])} stands for no shards, or for too many; write the lower number first")
    rest = expanded(pattern[match.end() :])
    if (last - first + 1) * len(rest) > _MOST_SHARDS:
        raise InputError(f"{printable(pattern[:100])} stands for more than {_MOST_SHARDS:,} shards")
    width = len(match[1])
    return [f"{pattern[: match.start()]}{number:0{width}d}{end}" for number in range(first, last + 1) for end in rest]


def read_samples(shards: Sequence[Source], progress: Progress) -> Samples:
    """The samples of all shards, read from their headers and small texts.

    Members that lie together and have the same path up to the first dot of their name are a sample: its picture is the
    first whose ending is a picture's, its label map a member such as ``.seg.png`` or ``.mask.png``, its class the whole
    number in ``.cls`` or what ``.json`` says under cls, label, class, class_name or label_name.

    Args:
        shards: the tar files.
        progress: told how many shards of how many are read.

    Raises:
        InputError: a shard is missing or is none, or a sample contradicts itself.
    """
    samples, numbers = Samples(), _Numbers()
    for number, shard in enumerate(shards):
        progress(number, len(shards))
        try:
            if not number:
                shard.read(0, _BLOCK)  # of a server that gives whole files alone nothing can be had
            with shard.opened() as file:
                _read(file, shard, number, samples, numbers)
        except OSError as fault:
            reason = system_words(fault)
            raise InputError(f"the shard {printable(shard.name)} cannot be read: {printable(reason)}") from fault
    progress(len(shards), len(shards))
    samples.class_names = numbers.names()
    return samples


def _read(file: Any, shard: Source, number: int, samples: Samples, numbers: _Numbers) -> None:  # noqa: ANN401 (binary)
    key, parts = "", dict[str, "Member"]()
    of_shard = shard.name.rpartition("/")[2].removesuffix(".tar")

    def close() -> None:
        picture = next((end for end in parts if f".{end.rpartition('.')[2]}" in ENDINGS and end not in _MAPS), None)
        if picture is None:
            samples.without += bool(parts)
            return
        maps = [parts[end] for end in parts if end in _MAPS]
        if len(maps) > 1:
            raise InputError(f"{shard.name}: the sample {printable(key)} has several label maps; leave one in it")
        class_number = numbers.of(shard, parts)
        named = f"{of_shard}/{key}.{picture}", parts[picture]
        samples.add(number, named, maps[0] if maps else None, class_number)

    for member in members(file, shard.name):
        folder, slash, name = member.name.rpartition("/")
        stem, _, ending = name.partition(".")
        if (this := f"{folder}{slash}{stem}") != key:
            close()
            key, parts = this, {}
        if ending.lower() in parts:
            raise InputError(f"{shard.name} holds {printable(member.name)} twice; make it again")
        parts[ending.lower()] = member
    close()


class _Numbers:
    """Classes by their numbers: those that are given, or the order in which names come."""

    def __init__(self) -> None:
        self._given: set[int] = set()
        self._named: dict[str, int] = {}

    def of(self, shard: Source, parts: Mapping[str, Member]) -> int:
        """The class of a sample; -1 where it has none."""
        value: object = None
        if "cls" in parts:
            match = _NUMBER.fullmatch(_text(shard, parts["cls"]))
            if match is None:
                raise InputError(
                    f"{shard.name}: {printable(parts['cls'].name)} is no class; a whole number is expected"
                )
            value = int(match[1])
        elif "json" in parts:
            source = f"{shard.name}: {printable(parts['json'].name)}"
            held = json_text.parse(_text(shard, parts["json"]), source)
            value = next((held[key] for key in _CLASS_KEYS if key in held), None) if isinstance(held, dict) else None
        if isinstance(value, bool) or not isinstance(value, int | str) or value == "":
            return -1
        if isinstance(value, str):
            return self._named.setdefault(value[:200], len(self._named))
        if not 0 <= value < _MOST_SHARDS:
            raise InputError(f"{shard.name}: class {value} of a sample; classes are counted from 0")
        self._given.add(value)
        return value

    def names(self) -> list[str]:
        """Names of all classes from 0."""
        if self._given and self._named:
            raise InputError("some samples of the shards give a class by its number and others by its name; choose one")
        return list(self._named) or [f"class {number}" for number in range(max(self._given, default=-1) + 1)]


def _text(shard: Source, member: Member) -> bytes:
    if member.size > _TEXT:
        raise InputError(
            f"{shard.name}: {printable(member.name)} has {member.size:,} bytes; at most {_TEXT:,} of such are read"
        )
    return shard.read(member.start, member.size)
