"""Probe sets by name or folder, opened for their pictures or with their labels."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from visualize.data.files.remote_files import is_remote
from visualize.data.layouts.registry import (
    LAYOUTS,
    PLAIN,
    VOID_REFUSED,
    read_layout,
    recognise,
    split_prefix,
    split_void,
)
from visualize.data.segmenters import names as segmenters
from visualize.data.sets.folder import EMPTY, open_folder
from visualize.data.sets.sampling import drawn
from visualize.methods.errors import InputError, InputNote, InputWarning, suggest
from visualize.methods.progress import Progress, silent
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from visualize.data.catalogue import DataEntry
    from visualize.data.layouts.layout import Layout
    from visualize.data.sets.colour_names import Narrowable
    from visualize.data.sets.remote_folder import RemoteFolder
    from visualize.data.sets.web_dataset import WebDataset
    from visualize.methods.pictures.images import Images
    from visualize.methods.pictures.labelled import Labelled


SCENES = "scenes"
SCENES_COUNT = 300  # enough for nine clear top images of most units, rendered in a few seconds
_HUB = "hf/"
_SHARDS = "wds:"
_TABLES = frozenset({".csv", ".tsv"})


@runtime_checkable
class NamedLate(Protocol):
    """A layout that must read many files before it knows its concepts."""

    def read_names(self, progress: Progress) -> None:
        """Read these files, with progress shown."""


def open_images(where: str | Path, *, count: int | None = None, seed: int = 0, progress: Progress = silent) -> Images:
    """Open a probe set for its pictures.

    Args:
        where: ``"scenes"`` for the built-in rendered scenes; another name of ``viz data``, which is downloaded at the
            first use; ``"hf/OWNER/NAME"``; ``"wds:FOLDER/shard-{000..999}.tar"``; a folder elsewhere, such as
            ``"s3://BUCKET/FOLDER"``; or a folder: of pictures, searched recursively and sorted by path, or of one
            of the layouts of :func:`open_labelled`, whose photographs are taken in the order in which it lists them. (A
            folder that is called like a set is ``"./scenes"``; ``"folder:PATH"`` takes a folder as plain pictures,
            label maps too.)
        count: how many pictures; None is all of a folder, and 300 scenes.
        seed: chooses the scenes, and the ``count`` pictures that are drawn from a folder.
        progress: told how much of a download is there.

    Raises:
        InputError: there is no such set or folder, it holds no pictures, or its index cannot be used or lists pictures
            that are not there.
    """
    segmenter, where = _by_segmenter(where)
    if segmenter is not None:
        segmenters.note(segmenter)
    void, where = _split(where)
    if where == SCENES:
        _check_count(count)
        from visualize.scenes import Scenes

        return Scenes(count=SCENES_COUNT if count is None else count, seed=seed)
    if is_remote(where):
        return _remote(str(where), count, seed)
    if (streamed := _streamed(where, count, seed, progress)) is not None:
        return streamed
    layout, root = _located(where, progress)
    if layout is None and root.is_dir():
        layout = recognise(root)
    if not root.exists():
        raise InputError(_no_layout(where, root, labelled=False))
    if layout in {None, PLAIN, "broden", "classes"}:
        _refuse_void(void, where)
        from visualize.data.sets.missing_pictures import require_there

        folder = open_folder(root, count=count, seed=seed, everything=layout == PLAIN)
        if folder.listed:
            require_there(folder)
        return folder
    from visualize.data.sets.labelled_files import labelled_files
    from visualize.data.sets.missing_pictures import require_there

    read = read_layout(str(layout), root, void)
    _say(read)
    labelled = labelled_files(read, count=count, seed=seed)
    if read.listed:
        require_there(labelled)
    return labelled


def open_labelled(
    where: str | Path,
    *,
    categories: Sequence[str] | None = None,
    colours: bool | str | Path = False,
    count: int | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Labelled:
    """Open a labelled probe set.

    A folder's layout is recognised by what lies in it, or said in front of its path, as in ``"coco:data/coco"``:
    ``broden``, ``ade20k`` (with parts), ``sceneparsing`` (ADE20K's 150 classes), ``coco`` (panoptic; also the path of
    its JSON file), ``cocostuff``, ``voc``, ``cityscapes``, and ``masks`` for one's own: see
    :mod:`visualize.data.layouts.masks.masks`, also for ``"void=255:FOLDER"``, which says what value is no label.

    Args:
        where: a folder of one of these layouts; ``"scenes"`` for the built-in ones; another name of ``viz data``, which
            is downloaded at the first use; ``"hf/OWNER/NAME"``, a dataset of the Hugging Face hub; or
            ``"wds:FOLDER/shard-{000..999}.tar"``, shards of the WebDataset format, here or on object storage. Behind
            ``"segmenter=NAME@"`` any pictures are labelled by a segmenter
            (:func:`~visualize.data.segmenters.opening.open_segmenter`).
        categories: the categories to look at, such as ``["object", "part"]``; None takes all.
        colours: add the category "color" (eleven names; see :mod:`visualize.data.sets.colour_names`) to a set that
            has none, also to a folder of plain pictures; the path of a file takes the table of names from there.
        count: how many pictures; None is all, and 300 scenes.
        seed: chooses the scenes, or the ``count`` pictures that are drawn.
        progress: told how much of a download is there.

    Returns:
        the set; no picture or label map is read yet.

    Raises:
        InputError: there is no such set, it has no labels or no such category, its tables are wrong, or pictures that
            it lists are not there.
    """
    from visualize.data.sets.colour_names import CATEGORY
    from visualize.data.sets.labelled_files import LabelledFiles
    from visualize.data.sets.missing_pictures import require_there

    _check_count(count)
    labelled = _open(where, count, seed, progress, bare=colours is not False)
    if isinstance(labelled, LabelledFiles) and labelled.layout.listed:
        require_there(labelled)
    if colours is not False and CATEGORY not in labelled.categories:
        labelled = _coloured(labelled, colours, progress)
    return labelled if categories is None else labelled.only(categories)


def open_any(
    where: str | Path, *, colours: bool | str | Path = False, seed: int = 0, progress: Progress = silent
) -> Labelled:
    """Open a probe set with its labels if it has some; one that has none comes without categories.

    Args:
        where: what :func:`open_labelled` takes, or a folder of plain pictures.
        colours: add the category "color" to a set that has none; see :func:`open_labelled`.
        seed: chooses the scenes.
        progress: told how much of a download is there.

    Raises:
        InputError: there is no such set, it holds no pictures, or its tables are wrong.
    """
    from visualize.data.sets.colour_names import CATEGORY

    labelled = _open(where, None, seed, progress, bare=True)
    lacks = colours is not False and CATEGORY not in labelled.categories
    return _coloured(labelled, colours, progress) if lacks else labelled


def _open(where: str | Path, count: int | None, seed: int, progress: Progress, *, bare: bool) -> Narrowable:
    """Open a set with its own labels; with ``bare``, one that has no labels is taken without."""
    segmenter, where = _by_segmenter(where)
    if segmenter is not None:
        return _segmented(open_images(where, count=count, seed=seed, progress=progress), segmenter, progress)
    void, where = _split(where)
    if where == SCENES:
        from visualize.data.sets.labelled_scenes import LabelledScenes

        return LabelledScenes(SCENES_COUNT if count is None else count, seed)
    if (streamed := _streamed(where, count, seed, progress)) is not None:
        return _with_labels(streamed, bare=bare)
    layout, root = _located(where, progress)
    if layout is None and root.is_dir():
        layout = recognise(root)
    if layout in LAYOUTS:
        from visualize.data.sets.labelled_files import labelled_files

        read = read_layout(str(layout), root, void)
        if isinstance(read, NamedLate):
            read.read_names(progress)
        _say(read)
        return labelled_files(read, count=count, seed=seed)
    if not bare or not root.exists():
        raise InputError(_no_layout(where, root, labelled=not bare))
    _refuse_void(void, where)
    from visualize.data.sets.colour_names import Unlabelled

    return Unlabelled(open_folder(root, count=count, seed=seed, everything=layout == PLAIN))


def _streamed(where: str | Path, count: int | None, seed: int, progress: Progress) -> Narrowable | None:
    """A set whose pictures do not lie in a folder of this machine; None for others."""
    if _on_hub(where):
        from visualize.data.sets.hugging_face import open_hugging_face

        return open_hugging_face(str(where), count=count, seed=seed)
    if _is_shards(where):
        return _shards(str(where), count, seed, progress)
    if is_remote(where):
        from visualize.data.sets.colour_names import Unlabelled

        return Unlabelled(_remote(str(where), count, seed))
    return None


def _by_segmenter(where: str | Path) -> tuple[str | None, str | Path]:
    """The segmenter that labels a set, if its name says one, and the set."""
    return (None, where) if isinstance(where, Path) else segmenters.split_segmenter(where)


def _segmented(images: Images, segmenter: str, progress: Progress) -> Narrowable:
    from visualize.data.segmenters.opening import open_segmenter
    from visualize.data.segmenters.segmented import Segmented

    segmenters.note(segmenter)
    return Segmented(images, open_segmenter(segmenter, progress))


def _split(where: str | Path) -> tuple[tuple[int, ...], str | Path]:
    """Values that are no label, and the set.

    Raises:
        InputError: the values are none, or the set is one that has no masks of one's own.
    """
    if isinstance(where, Path):
        return (), where
    void, rest = split_void(where)
    if rest == SCENES or _on_hub(rest) or _is_shards(rest) or is_remote(rest):
        _refuse_void(void, rest)
    return void, rest


def _refuse_void(void: Sequence[int], where: str | Path) -> None:
    if void:
        raise InputError(VOID_REFUSED.format(name=printable(str(where))))


def _say(layout: Layout) -> None:
    """Warn of what was left out, and say how names were understood."""
    for remark in layout.remarks:
        warnings.warn(f"{layout.name}: {remark}", InputWarning, stacklevel=3)
    for note in layout.notes:
        warnings.warn(f"{layout.name}: {note}", InputNote, stacklevel=3)


def _coloured(labelled: Narrowable, colours: str | Path | bool, progress: Progress) -> Narrowable:  # noqa: FBT001
    from visualize.data.catalogue import colour_table
    from visualize.data.sets.colour_names import Coloured, read_table

    path = colour_table(progress=progress) if isinstance(colours, bool) else Path(colours).expanduser()
    return Coloured(labelled, read_table(path))


def _with_labels(labelled: Narrowable, *, bare: bool) -> Narrowable:
    if not labelled.categories and not bare:
        raise InputError(f"{labelled.name} has no labels: neither a column of label maps nor one of class labels")
    return labelled


def _located(where: str | Path, progress: Progress) -> tuple[str | None, Path]:
    """Layout, where the name or a prefix says it, and folder; a set that is known by name is downloaded."""
    from visualize.data.catalogue import entry_of, fetch_set

    if isinstance(where, Path):
        return None, where.expanduser()
    entry = entry_of(where)
    if entry is not None:
        require_one_meaning(where, entry)
        return entry.layout, fetch_set(entry, progress=progress)
    prefix, path = split_prefix(where)
    if not path.strip():
        raise InputError(EMPTY)
    return prefix, Path(path).expanduser()


def require_one_meaning(where: str, entry: DataEntry) -> None:
    """Refuse to download a set that is called like a folder here, which may well be what is meant.

    Args:
        where: as it was typed.
        entry: of the set by that name.

    Raises:
        InputError: there is a folder of that name, and the set is not on this disk.
    """
    if Path(where).is_dir() and entry.on_disk is None:
        raise InputError(
            f"{where} is a folder here, and also {entry.name} of viz data, which is not on this disk; give ./{where} "
            f"for the folder; viz fetch {entry.name} brings the set"
        )


def _no_layout(where: str | Path, root: Path, *, labelled: bool) -> str:
    name = printable(str(where))
    if root.is_dir():
        from visualize.data.layouts.signs import nearest

        near = nearest(root)
        known = f"; {near}" if near else f" ({', '.join(LAYOUTS)}; see viz data)"
        which = "" if "missing: " in near else f"say which it is, as in coco:{name}, or "
        return (
            f"{name} has no labels in a layout that is known{known}; viz data --explain {name} says what was seen; or "
            f"{which}add --colors to label it by colour"
        )
    if root.exists():
        table = "; a table of classes is for viz transfer and viz ablate" if root.suffix.lower() in _TABLES else ""
        wanted = "the folder of a labelled probe set" if labelled else "a folder of pictures"
        return f"{name} is a file; give {wanted}, or scenes for the built-in ones{table}"
    from visualize.data.catalogue import ALIASES, CATALOGUE, by_hand

    return by_hand(name) or (
        f"{name} does not exist; give {'the folder of a labelled probe set' if labelled else 'a folder of pictures'}, "
        f"or a name of viz data"
        f"{suggest(name, [*CATALOGUE, *ALIASES])}"
    )


def _on_hub(where: str | Path) -> bool:
    return isinstance(where, str) and where.startswith(_HUB) and not Path(where).exists()


def _is_shards(where: str | Path) -> bool:
    return isinstance(where, str) and where.startswith(_SHARDS)


def _shards(where: str, count: int | None, seed: int, progress: Progress) -> WebDataset:
    from visualize.data.sets.web_dataset import open_web_dataset

    opened = open_web_dataset(where, count=count, seed=seed, progress=progress)
    for remark in opened.remarks:
        warnings.warn(f"{opened.name}: {remark}", InputWarning, stacklevel=3)
    return opened


def _remote(where: str, count: int | None, seed: int) -> RemoteFolder:
    from visualize.data.sets.remote_folder import open_remote_folder

    return open_remote_folder(where, count=count, seed=seed)


def _check_count(count: int | None) -> None:
    drawn(1, count, 0)
