"""Datasets of the Hugging Face hub as probe sets: ``hf/OWNER/NAME[:SPLIT]``, or ``hf/FOLDER`` for one on disk."""

from __future__ import annotations

import functools
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from visualize.data.files.label_maps import lookup, translate
from visualize.data.sets.sampling import drawn
from visualize.data.sets.stored_pictures import StoredPictures
from visualize.download.offline import require_online
from visualize.intake import json_text
from visualize.intake.fields import mapping, numeral, text
from visualize.methods.errors import BrokenImage, InputError, one_line, suggest, with_kind
from visualize.methods.pictures.labelled import Concept

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from visualize.methods.network.preprocessing import Preparation
    from visualize.methods.pictures.labelled import Labels


PREFIX = "hf/"
_PICTURES = ("image", "img", "picture", "photo", "pixel_values")
_MASKS = ("annotation", "label", "labels", "mask", "segmentation", "segmentation_mask", "semantic_mask", "seg_map")
_SPLITS = ("validation", "val", "test", "train")
_SAVED = ("dataset_dict.json", "state.json")  # what save_to_disk leaves, with splits and without
_VOID_NAMES = {"unlabeled", "unlabelled", "unlabel", "background", "void", "ignore", "other", "none", ""}
_VOID = 255
_OBJECT = "object"


@dataclass(frozen=True)
class _Classes:
    """A column of whole-picture labels: its category and the number of its first class."""

    column: str
    category: str
    names: tuple[str, ...]
    first: int


class HuggingFace(StoredPictures):
    """A dataset of the ``datasets`` library; see :class:`visualize.methods.pictures.labelled.Labelled`.

    The pictures are the column of images called "image" or the like. Labels are a second column of images (values are
    classes, 0 and 255 none) and the columns of class labels, which hold for the whole picture.

    Args:
        dataset: one of the library, or whatever behaves like one: ``features``, a length, rows by number.
        name: what to call the set.
        names: what the values of label maps mean; a value without a name is called by its number.
        places: numbers of the rows that are looked at; None takes all.

    Raises:
        InputError: the dataset has no column of pictures.
    """

    def __init__(
        self,
        dataset: Any,  # noqa: ANN401 (of a library that need not be installed)
        name: str,
        *,
        names: Mapping[int, str] | None = None,
        places: Sequence[int] | None = None,
    ) -> None:
        self._column, self._mask = _columns(dataset.features, name)
        self._rows = _undecoded(dataset, [self._column, self._mask])
        self._names = dict(names) if names else {value: f"value {value}" for value in range(1, _VOID)}
        # 0 is a class like others where it has a name that says so
        self._shift = int(self._names.get(0, "").lower() not in _VOID_NAMES)
        self._classes = _classes(dataset.features, max(self._names) + self._shift if self._mask else 0)
        categories = ((_OBJECT,) if self._mask else ()) + tuple(classes.category for classes in self._classes)
        super().__init__(name, categories, range(len(dataset)) if places is None else places)

    @functools.cached_property
    def concepts(self) -> Sequence[Concept]:
        """Every concept, in rising order of numbers."""
        maps = self._names.items() if self._mask else ()
        concepts = [Concept(value + self._shift, name, _OBJECT) for value, name in sorted(maps) if value + self._shift]
        for classes in self._classes:
            concepts += [
                Concept(classes.first + place, name, classes.category) for place, name in enumerate(classes.names)
            ]
        return [concept for concept in concepts if concept.category in self._categories]

    @functools.cached_property
    def fingerprint(self) -> str:
        """SHA-256 of the dataset's own fingerprint, its name, and what is looked at."""
        content = [self._name, str(getattr(self._rows, "_fingerprint", "")), list(self._places), self._categories]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def file(self, index: int) -> str:
        """The name of a picture: the dataset's, and the number of the row."""
        return f"{self._name}/{self._places[index]}"

    def labels(self, index: int, preparation: Preparation) -> Labels:
        """Labels of a picture, as the prepared picture shows it; label maps are int32.

        Raises:
            BrokenImage: the label map cannot be read.
            InputError: a label that the set does not know, or a map of a wrong size.
        """
        labels: dict[str, list[NDArray[Any] | int]] = {}
        if self._mask is not None and _OBJECT in self._categories:
            labels[_OBJECT] = [self._map(index, preparation)]
        row = self._row(index) if any(classes.category in self._categories for classes in self._classes) else {}
        for classes in self._classes:
            if classes.category in self._categories:
                held = row[classes.column]
                several = held if isinstance(held, list) else [held]
                labels[classes.category] = [
                    classes.first + value for value in several if value is not None and value >= 0
                ]
        return labels

    def _map(self, index: int, preparation: Preparation) -> NDArray[np.int32]:
        values = self._registered(index, self._stored(index, self._mask), preparation)
        return translate(values, self._table, f"{self._name}, row {self._places[index]}: the list of names")

    @functools.cached_property
    def _table(self) -> NDArray[np.int32]:
        pairs = [(value, value + self._shift) for value in self._names if value + self._shift > 0]
        return lookup([*(() if _VOID in self._names else ((_VOID, 0),)), *pairs])

    def _row(self, index: int) -> Mapping[str, Any]:
        try:
            row: Mapping[str, Any] = self._rows[int(self._places[index])]
        except (OSError, ValueError, RuntimeError) as fault:
            raise BrokenImage(self.file(index), one_line(fault)) from fault
        return row

    def _picture(self, index: int) -> Any:  # noqa: ANN401 (likewise)
        return self._stored(index, self._column)

    def _stored(self, index: int, column: str | None) -> Any:  # noqa: ANN401 (a path or a file in memory)
        held = self._row(index)[str(column)]
        if not isinstance(held, dict) or not (held.get("bytes") or held.get("path")):
            raise BrokenImage(self.file(index), f"its column {column} is empty")
        return io.BytesIO(held["bytes"]) if held.get("bytes") else held["path"]


def open_hugging_face(where: str, *, count: int | None = None, seed: int = 0) -> HuggingFace:
    """Open ``hf/OWNER/NAME`` or ``hf/OWNER/NAME:SPLIT``; without a split its validation pictures, if it has such.

    A folder in place of OWNER/NAME is a dataset on disk: one that ``save_to_disk`` made, or one laid out as the hub's
    are. An ``id2label.json`` in it names the values of label maps. A dataset that comes as a script is refused by the
    library, whatever the environment says of trust.

    Args:
        where: the name.
        count: how many pictures to draw; None takes all.
        seed: chooses the pictures that are drawn.

    Raises:
        InputError: ``datasets`` is not installed, there is no such dataset or split, or downloads are forbidden.
    """
    name, _, split = where.removeprefix(PREFIX).partition(":")
    folder = Path(name).expanduser()
    if not folder.is_dir():
        require_online(
            f"{where} lies on the Hugging Face hub",
            f"save it by its save_to_disk where there is a network, and give {PREFIX}FOLDER",
        )
    try:
        import datasets  # type: ignore[import-not-found,import-untyped,unused-ignore]  # optional
    except ImportError as fault:
        raise InputError(
            f"{where} needs the library datasets, which is not installed; run: pip install 'viz-units[hf]'"
        ) from fault
    if hasattr(datasets, "config"):
        datasets.config.HF_DATASETS_TRUST_REMOTE_CODE = False  # a script of the dataset's own is never run
    if not folder.is_dir() and (name.count("/") != 1 or not all(name.split("/"))):
        raise InputError(
            f"{where!r} is no dataset's name; expected {PREFIX}OWNER/NAME, {PREFIX}OWNER/NAME:SPLIT or {PREFIX}FOLDER"
        )
    try:
        if any((folder / mark).is_file() for mark in _SAVED):
            dataset = _of_disk(datasets.load_from_disk(str(folder)), split)
        else:
            known = [split] if split else list(datasets.get_dataset_split_names(name))
            dataset = datasets.load_dataset(name, split=_taken(known, split))
    except Exception as fault:  # whatever the hub, the network or the dataset's files make the library raise
        raise InputError(f"cannot open {where}: {with_kind(fault)}") from fault
    places = drawn(len(dataset), count, seed)
    return HuggingFace(dataset, f"{PREFIX}{name}", names=_published(name), places=places)


def _taken(known: Sequence[str], split: str) -> str:
    """The split that is asked for, or the one of validation pictures if there is such."""
    return split or next((usual for usual in _SPLITS if usual in known), known[0])


def _of_disk(dataset: Any, split: str) -> Any:  # noqa: ANN401 (one dataset, or several by their splits)
    """A dataset as ``save_to_disk`` leaves it, with splits or without."""
    if not isinstance(dataset, dict):
        if split:
            raise ValueError(f"it has no splits, so none called {split}")
        return dataset
    if split and split not in dataset:
        raise ValueError(f"unknown split {split}; there are {', '.join(dataset)}")
    return dataset[_taken(list(dataset), split)]


def _published(name: str) -> dict[int, str] | None:
    """The names of classes that many datasets for segmentation publish as ``id2label.json``."""
    try:
        if Path(name).expanduser().is_dir():
            return _named(Path(name).expanduser() / "id2label.json")
        from huggingface_hub import hf_hub_download

        path = hf_hub_download(name, "id2label.json", repo_type="dataset")
        return _named(Path(path))
    except Exception:  # noqa: BLE001 (without such a file values go by their numbers)
        return None


def _named(path: Path) -> dict[int, str]:
    return json_text.read(path, mapping(text(0, 500), keys=numeral(0, 0xFFFF)))


def _columns(features: Mapping[str, Any], name: str) -> tuple[str, str | None]:
    """The columns of pictures and of label maps."""
    images = [column for column, feature in features.items() if type(feature).__name__ == "Image"]
    picture = next((column for column in _PICTURES if column in images), images[0] if images else None)
    if picture is None:
        raise InputError(
            f"{name} has no column of images; its columns are {', '.join(features)}{suggest('image', features)}"
        )
    rest = [column for column in images if column != picture]
    return picture, next((column for column in _MASKS if column in rest), rest[0] if len(rest) == 1 else None)


def _undecoded(dataset: Any, columns: Sequence[str | None]) -> Any:  # noqa: ANN401 (of a library that need not be there)
    """The dataset with its images as bytes: this package decodes them itself, from several threads."""
    for column in filter(None, columns):
        kind: Callable[..., Any] = type(dataset.features[column])
        dataset = dataset.cast_column(column, kind(decode=False))
    return dataset


def _classes(features: Mapping[str, Any], after: int) -> list[_Classes]:
    classes = []
    for column, feature in features.items():
        inner = getattr(feature, "feature", feature)  # of a list of class labels
        if type(inner).__name__ == "ClassLabel" and getattr(inner, "names", None):
            category = "scene" if column.startswith("scene") else column
            classes.append(_Classes(column, category, tuple(map(str, inner.names)), after + 1))
            after += len(inner.names)
    return classes
