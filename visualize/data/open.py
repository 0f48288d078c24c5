"""The front door of the probe sets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from methods.errors import InputError, suggest
from methods.progress import Progress, silent
from visualize.data.files.csv_tables import printable
from visualize.data.files.endings import ENDINGS
from visualize.data.layouts.registry import LAYOUTS, PLAIN, read_layout, recognise, split_prefix
from visualize.data.sets.folder import Folder
from visualize.data.sets.sampling import drawn

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from methods.pictures.images import Images
    from methods.pictures.labelled import Labelled
    from visualize.data.sets.colour_names import Narrowable


SCENES = "scenes"
SCENES_COUNT = 300  # enough for nine clear top images of most units, rendered in a few seconds
_HUB = "hf/"


@runtime_checkable
class NamedLate(Protocol):
    """A layout that must read much before it knows its concepts."""

    def read_names(self, progress: Progress) -> None:
        """Read it, with progress shown."""


def open_images(where: str | Path, *, count: int | None = None, seed: int = 0, progress: Progress = silent) -> Images:
    """Open a probe set for its pictures.

    Args:
        where: ``"scenes"`` for the built-in rendered scenes; another name of ``viz data``, which is downloaded at the
            first use; ``"hf/OWNER/NAME"``; or a folder: of pictures, searched recursively and sorted by path, or of one
            of the layouts of :func:`open_labelled`, whose photographs are taken in the order in which it lists them. (A
            folder that is called like a set is ``"./scenes"``; ``"folder:PATH"`` takes a folder as plain pictures.)
        count: how many pictures; None is all of a folder, and 300 scenes.
        seed: of the scenes, and of drawing ``count`` pictures from a folder.
        progress: told how much of a download is there.

    Raises:
        InputError: there is no such set or folder, it holds no pictures, or its index cannot be used.
    """
    if where == SCENES:
        _check_count(count)
        from visualize.scenes import Scenes

        return Scenes(count=SCENES_COUNT if count is None else count, seed=seed)
    if _on_hub(where):
        from visualize.data.sets.hugging_face import open_hugging_face

        return open_hugging_face(str(where), count=count, seed=seed)
    layout, root = _located(where, progress)
    if layout is None and root.is_dir():
        layout = recognise(root)
    if not root.exists():
        raise InputError(_no_layout(where, root, labelled=False))
    if layout in {None, PLAIN, "broden"}:
        return open_folder(root, count=count, seed=seed)
    from visualize.data.sets.labelled_files import labelled_files

    return labelled_files(read_layout(str(layout), root), count=count, seed=seed)


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
    :mod:`visualize.data.layouts.masks`.

    Args:
        where: a folder of one of these layouts; ``"scenes"`` for the built-in ones; another name of ``viz data``, which
            is downloaded at the first use; or ``"hf/OWNER/NAME"``, a dataset of the Hugging Face hub.
        categories: those to look at, such as ``["object", "part"]``; None takes all.
        colours: add the category "color" (eleven names; see :mod:`visualize.data.sets.colour_names`) to a set that
            has none, also to a folder of plain pictures; the path of a file takes the table of names from there.
        count: how many pictures; None is all, and 300 scenes.
        seed: of the scenes, and of drawing ``count`` pictures.
        progress: told how much of a download is there.

    Returns:
        the set; no picture or label map is read yet.

    Raises:
        InputError: there is no such set, it has no labels or no such category, or its tables are wrong.
    """
    from visualize.data.sets.colour_names import CATEGORY

    _check_count(count)
    found = _open(where, count, seed, progress, bare=colours is not False)
    if colours is not False and CATEGORY not in found.categories:
        found = _coloured(found, colours, progress)
    return found if categories is None else found.only(categories)


def open_any(
    where: str | Path, *, colours: bool | str | Path = False, seed: int = 0, progress: Progress = silent
) -> Labelled:
    """Open a probe set with its labels if it has some; one that has none comes without categories.

    Args:
        where: as for :func:`open_labelled`, or a folder of plain pictures.
        colours: as for :func:`open_labelled`.
        seed: of the scenes.
        progress: told how much of a download is there.

    Raises:
        InputError: there is no such set, it holds no pictures, or its tables are wrong.
    """
    from visualize.data.sets.colour_names import CATEGORY

    found = _open(where, None, seed, progress, bare=True)
    lacks = colours is not False and CATEGORY not in found.categories
    return _coloured(found, colours, progress) if lacks else found


def _open(where: str | Path, count: int | None, seed: int, progress: Progress, *, bare: bool) -> Narrowable:
    """A set with its own labels; with ``bare``, what has none is taken without."""
    if where == SCENES:
        from visualize.data.sets.labelled_scenes import LabelledScenes

        return LabelledScenes(SCENES_COUNT if count is None else count, seed)
    if _on_hub(where):
        from visualize.data.sets.hugging_face import open_hugging_face

        return _with_labels(open_hugging_face(str(where), count=count, seed=seed), bare=bare)
    layout, root = _located(where, progress)
    if layout is None and root.is_dir():
        layout = recognise(root)
    if layout in LAYOUTS:
        from visualize.data.sets.labelled_files import labelled_files

        read = read_layout(str(layout), root)
        if isinstance(read, NamedLate):
            read.read_names(progress)
        return labelled_files(read, count=count, seed=seed)
    if not bare or not root.exists():
        raise InputError(_no_layout(where, root, labelled=not bare))
    from visualize.data.sets.colour_names import Unlabelled

    return Unlabelled(open_folder(root, count=count, seed=seed))


def _coloured(own: Narrowable, colours: str | Path | bool, progress: Progress) -> Narrowable:  # noqa: FBT001
    from visualize.data.catalogue import colour_table
    from visualize.data.sets.colour_names import Coloured, read_table

    path = colour_table(progress=progress) if isinstance(colours, bool) else Path(colours).expanduser()
    return Coloured(own, read_table(path))


def _with_labels(found: Narrowable, *, bare: bool) -> Narrowable:
    if not found.categories and not bare:
        raise InputError(f"{found.name} has no labels: neither a column of label maps nor one of class labels")
    return found


def _located(where: str | Path, progress: Progress) -> tuple[str | None, Path]:
    """Layout, as far as it is said, and folder; what is known by name is downloaded."""
    from visualize.data.catalogue import card_of, fetch_set

    if isinstance(where, Path):
        return None, where.expanduser()
    card = card_of(where)
    if card is not None:
        return card.layout, fetch_set(card, progress=progress)
    prefix, path = split_prefix(where)
    if not path.strip():
        raise InputError("the name of the folder of pictures is empty; give a folder, or scenes for the built-in ones")
    return prefix, Path(path).expanduser()


def _no_layout(where: str | Path, root: Path, *, labelled: bool) -> str:
    said = printable(str(where))
    if root.is_dir():
        return (
            f"{said} has no labels in a layout that is known ({', '.join(LAYOUTS)}; see viz data); say which it is, as "
            f"in coco:{said}, or add --colors to label it by colour"
        )
    if root.exists():
        return f"{said} is a file; give the folder of a labelled probe set, or scenes for the built-in ones"
    from visualize.data.catalogue import ALIASES, CARDS, by_hand

    return by_hand(said) or (
        f"{said} does not exist; give {'the folder of a labelled probe set' if labelled else 'a folder of pictures'}, "
        f"or a name of viz data"
        f"{suggest(said, [*CARDS, *ALIASES])}"
    )


def _on_hub(where: str | Path) -> bool:
    return isinstance(where, str) and where.startswith(_HUB) and not Path(where).exists()


def _check_count(count: int | None) -> None:
    drawn(1, count, 0)


def open_folder(where: str | Path, *, count: int | None = None, seed: int = 0) -> Folder:
    """Open a folder of pictures, or one in Broden's format.

    A folder is in Broden's format when it has an ``index.csv`` with a column ``image``: its pictures are then
    ``images/<image>`` in the order of that file, also where that ``images`` is named instead. Any other folder is
    searched recursively, links followed, hidden files left out, and its pictures are sorted by path.

    Args:
        where: the folder.
        count: how many pictures to draw at random (in the folder's order); None takes all.
        seed: of the draw.

    Raises:
        InputError: there is no such folder, it holds no pictures, or its index cannot be used.
    """
    if not str(where).strip():
        raise InputError("the name of the folder of pictures is empty; give a folder, or scenes for the built-in ones")
    root = Path(where).expanduser()
    if not root.is_dir():
        problem = "is a file" if root.exists() else "does not exist"
        raise InputError(f"{root} {problem}; give a folder of pictures, or scenes for the built-in ones")
    from visualize.data.layouts.broden import PICTURES, broden_pictures, is_broden

    above = root.resolve().parent
    if root.resolve().name == PICTURES and not is_broden(root) and _listed(above):
        root = above  # its label maps lie beside its pictures
    listed = is_broden(root)
    paths = broden_pictures(root) if listed else _found(root)
    if not paths:
        raise InputError(
            f"no pictures in {root} ({', '.join(sorted(ending[1:] for ending in ENDINGS))} are looked for)"
        )
    taken = tuple(paths[place] for place in drawn(len(paths), count, seed))
    return Folder(printable(root.resolve().name or str(root)), root / PICTURES if listed else root, taken)


def _listed(root: Path) -> bool:
    from visualize.data.layouts.broden import is_broden

    try:
        return is_broden(root)
    except InputError:
        return False


def _found(root: Path) -> list[str]:
    """The pictures below a folder, sorted by path."""
    try:
        return sorted(_walk(root), key=lambda path: path.split("/"))
    except OSError as fault:
        raise InputError(f"the folder {fault.filename or root} cannot be read: {fault.strerror}") from fault


def _walk(root: Path) -> Iterator[str]:
    """Pictures below a folder; every folder is entered once, so that links that lead back end the search."""
    seen: set[tuple[int, int]] = set()
    top = len(str(root))
    for folder, inner, files in os.walk(root, followlinks=True, onerror=_stop):
        status = os.stat(folder)  # noqa: PTH116 (text rather than paths: there may be a hundred thousand)
        if (status.st_dev, status.st_ino) in seen:
            inner.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        below = folder[top:].replace(os.sep, "/").strip("/")
        for name in files:
            if not name.startswith(".") and os.path.splitext(name)[1].lower() in ENDINGS:  # noqa: PTH122 (likewise)
                yield f"{below}/{name}" if below else name


def _stop(fault: OSError) -> None:
    """A folder that cannot be listed is said, not left out."""
    raise fault
