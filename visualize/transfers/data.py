"""Opening the data of a task, whatever form they have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from visualize.methods.errors import InputError
from visualize.transfers.labelling import Labelling

if TYPE_CHECKING:
    from visualize.methods.pictures.labelled import Labelled
    from visualize.methods.progress import Progress
    from visualize.transfers.request import TransferRequest
    from visualize.watch import Watch

_OBJECTS = "object"


def open_task(request: TransferRequest, watch: Watch) -> Labelling:
    """Open the pictures of a task with their classes.

    A name of ``viz data`` and a folder in one of its layouts is a labelled probe set, whose concepts are the classes;
    any other folder holds class folders.

    Args:
        request: the measurement.
        watch: shows how far opening and reading labels have come.

    Raises:
        InputError: there are no such data, or they cannot be used.
    """
    where = request.data
    if isinstance(where, Labelling):
        return where
    from visualize.data.layouts.registry import recognise, split_prefix

    folder = Path(where).expanduser()
    known = isinstance(where, str) and split_prefix(where)[0] is not None
    if not known and folder.is_dir() and recognise(folder) is None:
        _refuse_of_sets(request)
        from visualize.transfers.sources.class_folders import read_class_folders

        with watch("opening the pictures"):
            return read_class_folders(folder)
    from visualize.transfers.sources.concepts import read_concepts

    with watch("opening the pictures") as progress:
        labelled = _probe_set(request, where, progress)
    with watch("reading labels") as progress:
        return read_concepts(labelled, pixels=request.pixels, progress=progress)


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
