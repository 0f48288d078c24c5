"""The probe sets that are known by name: where they come from, and where they lie once they are here."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path

from visualize.data.install import Part, assemble, unpack
from visualize.download import cache, ledger
from visualize.download.resource import Resource
from visualize.methods.errors import InputError, system_words
from visualize.methods.progress import Progress, silent

_NDU = "http://netdissect.csail.mit.edu/"
_ARCHIVE = "https://web.archive.org/web/20240418040425id_/http://netdissect.csail.mit.edu/"
_VOC = "https://thor.robots.ox.ac.uk/pascal/VOC/"
_COCO = ("https://s3.amazonaws.com/images.cocodataset.org/", "http://images.cocodataset.org/")
_STUFF = "calvin.inf.ed.ac.uk/wp-content/uploads/data/cocostuffdataset/stuffthingmaps_trainval2017.zip"
_ADE = "data.csail.mit.edu/places/ADEchallenge/ADEChallengeData2016.zip"
_HIDDEN = "."
_OWN = ", or give the path of the unpacked folder instead of the name"


@dataclass(frozen=True, kw_only=True)
class DataEntry:
    """One probe set that is known by name.

    Args:
        name: what users type.
        title: one line that says what the set is.
        layout: how the set lies on disk; see :mod:`visualize.data.layouts.registry`.
        resource: the archive; None for a set that is rendered here, or that comes in several files.
        parts: the files of a set that comes in several.
        licence: as its publisher states it.
        paper: the publication that describes it.
    """

    name: str
    title: str
    layout: str
    resource: Resource | None = None
    parts: tuple[Part, ...] = ()
    licence: str = ""
    paper: str = ""

    @property
    def labelled(self) -> bool:
        """Whether the set's pictures are labelled."""
        return self.layout != "folder"

    @property
    def resources(self) -> tuple[Resource, ...]:
        """The files that the set comes in; none for what is rendered here."""
        return (self.resource,) if self.resource else tuple(part.resource for part in self.parts)

    @property
    def size(self) -> int | None:
        """Bytes of all files that the set comes in; None if unknown."""
        sizes = [resource.size for resource in self.resources]
        return None if None in sizes or not sizes else sum(size or 0 for size in sizes)

    @property
    def on_disk(self) -> Path | None:
        """The folder in a mirror or the cache, or the (first) archive; None where anything is to be downloaded."""
        folder = data_folder() / self.name
        if not self.resources:
            return None
        if unpacked := _mirrored(self) or (folder if folder.is_dir() else None):
            return unpacked
        archives = [cache.at_hand(resource) for resource in self.resources]
        return None if None in archives else archives[0]


def _broden(size: int, networks: str, md5: str | None = None) -> DataEntry:
    file = f"broden1_{size}.zip"
    sources = (f"{_NDU}data/{file}", f"{_ARCHIVE}data/{file}")
    return DataEntry(
        name=f"broden-{size}",
        title=f"Broden, {size} px, for {networks}: 63,305 photographs, labelled pixel by pixel",
        layout="broden",
        resource=Resource(file=file, sources=sources, md5=md5),
        paper="Bau, Zhou, Khosla, Oliva, Torralba: Network Dissection, CVPR 2017",
    )


def _voc(year: int, file: str, md5: str, size: int) -> DataEntry:
    return DataEntry(
        name=f"voc-{year}",
        title=f"Pascal VOC {year}, training and validation photographs with segmentations: 20 concepts",
        layout="voc",
        resource=Resource(file=file, sources=(f"{_VOC}voc{year}/{file}",), md5=md5, size=size),
        paper="Everingham et al.: The Pascal Visual Object Classes (VOC) challenge, IJCV 2010",
    )


_COCO_PICTURES = Part(
    resource=Resource(
        file="val2017.zip",
        sources=tuple(f"{base}zips/val2017.zip" for base in _COCO),
        md5="442b8da7639aecaf257c1dceb8ba8c80",
        size=815_585_330,
    ),
    brings="val2017",
)
_COCO_SEGMENTS = Part(
    resource=Resource(
        file="panoptic_annotations_trainval2017.zip",
        sources=tuple(f"{base}annotations/panoptic_annotations_trainval2017.zip" for base in _COCO),
        size=861_000_000,
    ),
    only=("annotations/panoptic_val2017.*",),
    inner="annotations/panoptic_val2017.zip",
)
_COCO_STUFF = (
    Part(
        resource=Resource(
            file="stuffthingmaps_trainval2017.zip",
            sources=(f"https://{_STUFF}", f"http://{_STUFF}"),
            size=691_000_000,
        ),
        into="stuffthingmaps",
        only=("val2017/*",),
    ),
    Part(
        resource=Resource(
            file="cocostuff_labels.txt",
            sources=("https://raw.githubusercontent.com/nightrome/cocostuff/master/labels.txt",),
            size=2_300,
        ),
        into="labels.txt",
    ),
)
_ENTRIES = (
    DataEntry(
        name="scenes",
        title="rendered everyday scenes with pixel-exact labels, drawn as they are asked for: 171 concepts",
        layout="scenes",
        licence="Apache-2.0",
    ),
    _broden(224, "ResNet, VGG and most others", "be13c292eaef3300da03f8d0e48eab1c"),
    _broden(227, "Caffe's AlexNet"),
    _broden(384, "large inputs"),
    _voc(2012, "VOCtrainval_11-May-2012.tar", "6cd6e144f989b92b3379bac3b3de84fd", 1_999_639_040),
    _voc(2007, "VOCtrainval_06-Nov-2007.tar", "c52e279531787c972589f7e41ab4ae64", 460_032_000),
    DataEntry(
        name="sceneparsing",
        title="ADE20K as the scene parsing challenge has it: 22,210 photographs, 150 objects, and kinds of scenes",
        layout="sceneparsing",
        resource=Resource(
            file="ADEChallengeData2016.zip",
            sources=(f"http://{_ADE}", f"https://{_ADE}"),
            sha1="219e1696abb36c8ba3a3afe7fb2f4b4606a897c7",
            md5="7328b3957e407ddae1d3cbf487f149ef",
        ),
        paper="Zhou, Zhao, Puig, Fidler, Barriuso, Torralba: Scene parsing through ADE20K dataset, CVPR 2017",
    ),
    DataEntry(
        name="coco-val",
        title="COCO 2017, validation photographs with panoptic segments: 5,000 photographs, 133 concepts",
        layout="coco",
        parts=(_COCO_PICTURES, _COCO_SEGMENTS),
        licence="annotations CC BY 4.0; the photographs under the terms of Flickr",
        paper="Kirillov, He, Girshick, Rother, Dollar: Panoptic segmentation, CVPR 2019",
    ),
    DataEntry(
        name="cocostuff-val",
        title="COCO-Stuff, validation photographs with maps of things and stuff: 5,000 photographs, 171 concepts",
        layout="cocostuff",
        parts=(_COCO_PICTURES, *_COCO_STUFF),
        licence="annotations CC BY 4.0; the photographs under the terms of Flickr",
        paper="Caesar, Uijlings, Ferrari: COCO-Stuff: thing and stuff classes in context, CVPR 2018",
    ),
    DataEntry(
        name="places-val",
        title="photographs of the validation set of Places365, without labels",
        layout="folder",
        resource=Resource(
            file="places_val.zip",
            sources=("https://dissect.csail.mit.edu/datasets/places_val.zip",),
            md5="593bbc21590cf7c396faac2e600cd30c",
        ),
        paper="Zhou, Lapedriza, Khosla, Oliva, Torralba: Places, TPAMI 2018",
    ),
)
CATALOGUE = {entry.name: entry for entry in _ENTRIES}
ALIASES = {"broden": "broden-224", "voc": "voc-2012", "coco": "coco-val", "cocostuff": "cocostuff-val"}

_BY_HAND = {
    "ade20k": ("ADE20K with parts asks for a registration", "https://ade20k.csail.mit.edu"),
    "cityscapes": (
        "Cityscapes (leftImg8bit_trainvaltest.zip and gtFine_trainvaltest.zip) asks for a registration",
        "https://www.cityscapes-dataset.com",
    ),
}
"""Known sets that cannot be downloaded by name: why not, and where they are."""

COLOURS = (
    Resource(
        file="w2color.npy",
        sources=("https://raw.githubusercontent.com/CSAILVision/NetDissect/master/src/w2color.npy",),
    ),
    Resource(
        file="ColorNaming.tar",
        sources=(
            "https://lear.inrialpes.fr/people/vandeweijer/code/ColorNaming.tar",
            "http://cat.uab.es/~joost/code/ColorNaming.tar",
        ),
        size=4_500_000,
    ),
)
"""The table of colour names: NetDissect's, else that of the paper's authors."""


def entry_of(where: str) -> DataEntry | None:
    """The catalogue's entry of a name, or None if the name is not known."""
    return CATALOGUE.get(ALIASES.get(where, where))


def by_hand(name: str) -> str:
    """Advice for a set that is known, but has to be fetched by hand; "" for any other name."""
    if name not in _BY_HAND:
        return ""
    why, where = _BY_HAND[name]
    return f"{why}: get it at {where}, unpack it into one folder, and give {name}:FOLDER in place of the name"


def data_folder() -> Path:
    """The folder that probe sets are unpacked in; not created here."""
    return cache.cache_folder().parent / "data"


def fetch_set(entry: DataEntry, *, progress: Progress = silent) -> Path:
    """The folder of a probe set, downloaded and unpacked at the first call.

    A mirror folder may hold the unpacked folder, under the set's or the archive's name, which is used where it lies.
    An archive there is unpacked from where it lies; one that was downloaded is removed once it is unpacked. Several
    processes may ask at once; one fetches, the others wait for it.

    Args:
        entry: the set's entry in the catalogue.
        progress: told how many bytes of how many are there, first of the download, then of what is unpacked.

    Raises:
        InputError: the set cannot be downloaded or unpacked.
    """
    if not entry.resources:
        raise InputError(f"{entry.name} is drawn when it is asked for; there is nothing to fetch")
    mirrored = _mirrored(entry)
    if mirrored is not None:
        return _within(mirrored)
    folder = data_folder() / entry.name
    if not folder.is_dir():
        try:
            with contextlib.ExitStack() as locks:
                if entry.parts:  # of which several sets have some in common, so that they wait for each other
                    locks.enter_context(ledger.alone(folder.with_name("parts")))
                locks.enter_context(ledger.alone(folder))
                if not folder.is_dir():
                    _make(entry, folder, progress)
        except OSError as fault:
            raise InputError(
                f"cannot keep {entry.name} in {folder.parent}: {system_words(fault)}; set {cache.CACHE} to a "
                f"folder that can be written"
            ) from fault
    return _within(folder)


def _make(entry: DataEntry, folder: Path, progress: Progress) -> None:
    """Fetch what is not here, and make the set's folder of it; archives that were downloaded go when it is made."""
    from visualize.data.layouts.registry import read_layout
    from visualize.download.fetch import fetch

    if entry.resource is not None:
        files = [fetch(entry.resource, progress=progress, otherwise=_OWN)]
        unpack(files[0], folder, entry.resource, progress)
    else:
        files = [_brought(part) or fetch(part.resource, progress=progress, otherwise=_OWN) for part in entry.parts]
        parts = list(zip(entry.parts, files, strict=True))
        assemble(parts, folder, lambda content: read_layout(entry.layout, content), progress)
    ledger.finish(folder)
    for file in files:
        if file.parent == cache.cache_folder() and ledger.record_of(file).is_there:
            file.unlink(missing_ok=True)


def _brought(part: Part) -> Path | None:
    """The folder in which another set already has the content of a part."""
    if not part.brings or cache.at_hand(part.resource) is not None:
        return None
    others = [
        entry.name for entry in CATALOGUE.values() for other in entry.parts if other.resource.file == part.resource.file
    ]
    return next((place for name in others if (place := data_folder() / name / part.brings).is_dir()), None)


def colour_table(*, progress: Progress = silent) -> Path:
    """The file with the table of colour names: from the mirror or the cache, else downloaded.

    Raises:
        InputError: the file is neither here nor can it be downloaded.
    """
    from visualize.download.fetch import fetch

    for resource in COLOURS:
        with contextlib.suppress(InputError):
            if cache.at_hand(resource) is not None:
                return fetch(resource)
    faults = []
    for resource in COLOURS:
        try:
            return fetch(resource, progress=progress, otherwise="")
        except InputError as fault:
            faults.append(str(fault).partition(". ")[0])
    files = [resource.file for resource in COLOURS]
    raise InputError(
        f"no table of colour names: {'; '.join(faults)}. Put {' or '.join(files)} into a folder "
        f"and set {cache.MIRROR} to that folder"
    )


def _mirrored(entry: DataEntry) -> Path | None:
    """The set's unpacked folder in one of the mirror folders; None where there is none."""
    stem = entry.resource.file.partition(".")[0] if entry.resource else entry.name
    places = (mirror / name for mirror in cache.mirror_folders() for name in (entry.name, stem))
    return next((place for place in places if os.path.isdir(place)), None)  # noqa: PTH112 (no error where it may not look)


def _within(folder: Path) -> Path:
    """The folder itself, or the only folder in it, as archives often hold one folder with everything in it."""
    entries = [entry for entry in os.scandir(folder) if not entry.name.startswith((_HIDDEN, "__"))]
    if len(entries) == 1 and entries[0].is_dir() and entries[0].name not in {"VOCdevkit", "images"}:
        return Path(entries[0].path)
    return folder
