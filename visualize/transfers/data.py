"""Opening the data of a task, whatever form they have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from visualize.methods.errors import InputError
from visualize.transfers.labelling import Labelling

if TYPE_CHECKING:
    from collections.abc import Callable

    from visualize.methods.pictures.labelled import Labelled
    from visualize.methods.progress import Progress
    from visualize.transfers.request import TransferRequest
    from visualize.watch import Watch

_OBJECTS = "object"
_CLASSES = "classes"  # the layout of class folders, which a probe set takes for labels of whole pictures


def open_task(request: TransferRequest, watch: Watch) -> Labelling:
    """Open the pictures of a task with their classes.

    A name of ``viz data`` and a folder in one of its layouts is a labelled probe set, whose concepts are the classes;
    a file is a table; a year of Pascal VOC with lists by class is read by these; any other folder holds class folders.

    Args:
        request: the measurement.
        watch: shows how far opening and reading labels have come.

    Raises:
        InputError: there are no such data, or they cannot be used.
    """
    where = request.data
    if isinstance(where, Labelling):
        return where
    listed = _listed(Path(where).expanduser(), request, watch) if _is_path(where) else None
    if listed is not None:
        return listed
    from visualize.transfers.sources.hub_classes import is_on_hub, read_hub_classes

    if isinstance(where, str) and is_on_hub(where) and not Path(where).exists():
        with watch("opening the pictures"):
            classes = read_hub_classes(where, request.categories, count=request.count, seed=request.seed)
        if classes is not None:
            return classes
    from visualize.transfers.sources.concepts import read_concepts

    with watch("opening the pictures") as progress:
        labelled = _probe_set(request, where, progress)
    with watch("reading labels") as progress:
        return read_concepts(labelled, pixels=request.pixels, progress=progress)


def named_classes(where: str | Path) -> Labelling | None:
    """Pictures whose classes a table or a dataset of the hub names, taken whole.

    Args:
        where: where the data are.

    Returns:
        None for all other data, and for what is not there.

    Raises:
        InputError: they cannot be used.
    """
    from visualize.transfers.sources.hub_classes import is_on_hub, read_hub_classes
    from visualize.transfers.sources.tables import TABLES, read_class_table

    path = Path(where).expanduser()
    if _is_path(where) and path.suffix.lower() in TABLES and path.is_file():
        return read_class_table(path)
    if isinstance(where, str) and is_on_hub(where) and not path.exists():
        return read_hub_classes(where, None, count=None, seed=0)
    return None


def _is_path(where: str | Path) -> bool:
    """Whether data are no name of a set, and no folder whose layout is said in front of it."""
    from visualize.data.catalogue import entry_of
    from visualize.data.layouts.registry import split_prefix

    if isinstance(where, Path):
        return True
    return split_prefix(where)[0] is None and entry_of(where) is None


def _listed(path: Path, request: TransferRequest, watch: Watch) -> Labelling | None:
    """Pictures whose classes folders or lists name; None for a labelled probe set, and what is not there."""
    read = _reader(path)
    if read is None:
        return None
    _refuse_of_sets(request)
    with watch("opening the pictures"):
        return read(path)


def _reader(path: Path) -> Callable[[Path], Labelling] | None:
    """Reads pictures whose classes folders or lists name, by the form that they have there."""
    from visualize.data.layouts.registry import recognise
    from visualize.transfers.sources.class_folders import read_class_folders
    from visualize.transfers.sources.tables import TABLES, read_class_table
    from visualize.transfers.sources.voc_lists import has_voc_lists, read_voc_lists

    if not path.is_dir():
        return read_class_table if path.suffix.lower() in TABLES else None
    if has_voc_lists(path):
        return read_voc_lists
    return read_class_folders if recognise(path) in {None, _CLASSES} else None


def _probe_set(request: TransferRequest, where: str | Path, opening: Progress) -> Labelled:
    from visualize.data import open_labelled

    labelled = open_labelled(where, count=request.count, seed=request.seed, progress=opening)
    chosen = request.categories or ((_OBJECTS,) if _OBJECTS in labelled.categories else None)
    narrow = getattr(labelled, "only", None)
    return labelled if chosen is None or narrow is None else narrow(chosen)


def _refuse_of_sets(request: TransferRequest) -> None:
    """Refuse settings of probe sets for other data.

    Raises:
        InputError: categories or a number of pictures are asked for.
    """
    if request.categories is not None or request.count is not None:
        raise InputError(
            "--category and --count are of labelled probe sets (viz data); class folders and tables are taken whole"
        )
