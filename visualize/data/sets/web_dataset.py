"""WebDataset shards as a probe set: ``wds:FOLDER/shard-{000000..000999}.tar``, on this machine or on object storage.

Nothing is unpacked or shuffled: pictures come in the order in which the shards hold them, each read from its place in
its tar file when it is asked for.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visualize.data.files.label_maps import lookup, translate
from visualize.data.files.picture_files import upright_size
from visualize.data.files.remote_files import LocalFile, is_remote, remote_file, remote_files
from visualize.data.sets.sampling import drawn
from visualize.data.sets.stored_pictures import StoredPictures
from visualize.data.sets.tar_samples import expanded, read_samples
from visualize.intake import json_text
from visualize.intake.fields import checked, mapping, numeral, text
from visualize.methods.errors import BrokenImage, InputError, system_words
from visualize.methods.pictures.labelled import Concept
from visualize.methods.progress import Progress, silent
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

    import numpy as np
    from numpy.typing import NDArray

    from visualize.data.files.remote_files import Source
    from visualize.data.sets.tar_samples import Samples
    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.labelled import Labels

PREFIX = "wds:"
NAMES = "id2label.json"
"""The file beside the shards that names the values of label maps, and classes where they are numbers."""

_VOID = 255
_PACKED = (".tar.gz", ".tgz", ".tar.zst", ".tar.bz2", ".tar.xz")
_OBJECT, _CLASS = "object", "class"


class WebDataset(StoredPictures):
    """Shards of the WebDataset format; see :class:`visualize.methods.pictures.labelled.Labelled`.

    Args:
        shards: the tar files.
        samples: their content.
        name: what to call the set.
        names: what the values of label maps mean; a value without a name is called by its number.
        places: numbers of the samples that are looked at.
    """

    def __init__(
        self,
        shards: Sequence[Source],
        samples: Samples,
        name: str,
        *,
        names: Mapping[int, str] | None = None,
        places: Sequence[int],
    ) -> None:
        self._shards, self._samples = shards, samples
        self._names = dict(names) if names else {value: f"value {value}" for value in range(1, _VOID)}
        self._maps = samples.maps
        self._first = max(self._names, default=0) + 1 if self._maps else 1  # the number of the first class
        classes = (_CLASS,) if samples.class_names else ()
        super().__init__(name, ((_OBJECT,) if self._maps else ()) + classes, places)
        self.remarks = (f"{samples.without:,} samples without a picture were left out",) if samples.without else ()

    @functools.cached_property
    def concepts(self) -> Sequence[Concept]:
        """Every concept, in rising order of numbers."""
        maps = sorted(self._names.items()) if self._maps else ()
        concepts = [Concept(value, name, _OBJECT) for value, name in maps if value]
        concepts += [
            Concept(self._first + number, name, _CLASS) for number, name in enumerate(self._samples.class_names)
        ]
        return [concept for concept in concepts if concept.category in self._categories]

    @functools.cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the names of all pictures, where they lie in which shard, their classes, and what is looked at."""
        held = self._samples
        digest = hashlib.sha256(json.dumps([self._categories, sorted(self._names.items())]).encode())
        digest.update(json.dumps(held.class_names).encode())
        for place in self._places:
            numbers = held.starts[place], held.sizes[place], held.map_starts[place], held.map_sizes[place]
            digest.update(f"{held.names[place]}\0{numbers}{held.classes[place]}\n".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()

    def file(self, index: int) -> str:
        """The name of a picture: its shard's, and its path in it."""
        return printable(self._samples.names[self._places[index]])

    def size(self, index: int) -> tuple[int, int]:
        """Height and width of a picture as it is seen upright, pixels.

        Raises:
            BrokenImage: it cannot be read.
        """
        return upright_size(self._picture(index), name=self.file(index))

    def labels(self, index: int, preparation: Preparation) -> Labels:
        """Labels of a picture, as the prepared picture shows it; label maps are int32.

        Raises:
            BrokenImage: the label map cannot be read.
            InputError: a label that the set does not know, or a map of a wrong size.
        """
        labels: dict[str, list[NDArray[Any] | int]] = {}
        place = self._places[index]
        if _OBJECT in self._categories and self._samples.map_sizes[place]:
            labels[_OBJECT] = [self._map(index, preparation)]
        number = self._samples.classes[place]
        if _CLASS in self._categories and number >= 0:
            labels[_CLASS] = [self._first + number]
        return labels

    def _map(self, index: int, preparation: Preparation) -> NDArray[np.int32]:
        place, held = self._places[index], self._samples
        stored = self._bytes(index, held.map_starts[place], held.map_sizes[place])
        values = self._registered(index, stored, preparation)
        return translate(values, self._table, f"{self.file(index)}: {NAMES}")

    @functools.cached_property
    def _table(self) -> NDArray[np.int32]:
        void = () if _VOID in self._names else ((_VOID, 0),)
        return lookup([*void, *((value, value) for value in self._names if value)])

    def _picture(self, index: int) -> BinaryIO:
        place, held = self._places[index], self._samples
        return self._bytes(index, held.starts[place], held.sizes[place])

    def _bytes(self, index: int, start: int, size: int) -> BinaryIO:
        shard = self._shards[self._samples.shards[self._places[index]]]
        try:
            return io.BytesIO(shard.read(start, size))
        except OSError as fault:
            raise BrokenImage(self.file(index), system_words(fault)) from fault


def open_web_dataset(where: str, *, count: int | None = None, seed: int = 0, progress: Progress = silent) -> WebDataset:
    """Open ``wds:`` followed by a tar file, several as ``{000..999}``, or a folder of them, here or on object storage.

    Every shard is gone through once, by its headers: where that takes a while, ``progress`` is told.

    Args:
        where: the name.
        count: how many pictures to draw; None takes all.
        seed: chooses the pictures that are drawn.
        progress: told how many shards are read.

    Raises:
        InputError: a shard is missing, damaged or hostile, or they hold no picture.
    """
    pattern = where.removeprefix(PREFIX).strip()
    if not pattern:
        raise InputError(f"{PREFIX} names no shards; write {PREFIX}FOLDER/shard-{{000..999}}.tar, or {PREFIX}FOLDER")
    shards, beside = _shards(pattern)
    samples = read_samples(shards, progress)
    if not len(samples):
        raise InputError(f"{printable(pattern)}: no sample of {len(shards):,} shards has a picture")
    names = _names(beside)
    if names is not None and samples.class_names and not samples.maps:
        samples.class_names = [names.get(number, name) for number, name in enumerate(samples.class_names)]
    name = f"{PREFIX}{pattern.rstrip('/').rpartition('/')[2]}"
    return WebDataset(shards, samples, printable(name), names=names, places=drawn(len(samples), count, seed))


def _shards(pattern: str) -> tuple[list[Source], Source]:
    """The shards, and the file of names beside them, which need not be there."""
    names = expanded(pattern)
    if is_remote(pattern):
        if pattern.endswith("/"):
            several: list[Source] = list(remote_files(pattern, (".tar",)))
            if not several:
                raise InputError(f"{printable(pattern)} holds no tar files")
            return several, remote_file(f"{pattern}{NAMES}")
        return [remote_file(name) for name in names], remote_file(f"{pattern.rpartition('/')[0]}/{NAMES}")
    paths = [Path(name).expanduser() for name in names]
    if len(paths) == 1 and paths[0].is_dir():
        root = paths[0]
        paths = sorted(path for path in root.iterdir() if path.suffix == ".tar" and not path.name.startswith("."))
        if not paths:
            packed = any(path.name.lower().endswith(_PACKED) for path in root.iterdir())
            raise InputError(
                f"{printable(str(root))} holds no tar files"
                + (", only compressed ones, in which nothing can be looked up; unpack them to .tar" if packed else "")
            )
        return [LocalFile(path) for path in paths], LocalFile(root / NAMES)
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise InputError(
            f"{len(missing):,} of {len(paths):,} shards are not there, the first is {printable(str(missing[0]))}; name "
            f"those that are, as in {PREFIX}FOLDER/shard-{{000..999}}.tar"
        )
    return [LocalFile(path) for path in paths], LocalFile(paths[0].parent / NAMES)


def _names(beside: Source) -> dict[int, str] | None:
    """Names of values by the file beside the shards; None where there is none."""
    try:
        content = beside.read(0, beside.size())
    except (OSError, InputError):
        return None
    held = json_text.parse(content, beside.name, memory=100 << 20)
    return dict(checked(held, mapping(text(0, 500), keys=numeral(0, 0xFFFF)), beside.name))
