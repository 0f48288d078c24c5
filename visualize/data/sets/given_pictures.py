"""Pictures as Python hands them over: of Pillow, arrays, tensors, paths, or a dataset of torch's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from PIL import Image

from visualize.data.files.picture_files import read_picture
from visualize.data.sets.image_files import open_files
from visualize.methods.errors import BrokenImage, InputError
from visualize.methods.pictures.images import Images, Stack

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from torch import Tensor

    from visualize.methods.network.preprocessing import Preparation

    Picture = str | Path | Image.Image | NDArray[Any] | Tensor

_EXPECTED = (
    "a picture is a PIL.Image, an array H x W x 3 or a tensor 3 x H x W (uint8, or floats in 0..1), or a path; "
    "pictures are a list of these, N of them in an array or a tensor, a torch dataset, or a visualize.Images"
)


@runtime_checkable
class Dataset(Protocol):
    """A dataset as torch has them, whose items are pictures, or tuples and dictionaries that begin with one."""

    def __len__(self) -> int:
        """How many items it has."""

    def __getitem__(self, index: int, /) -> Any:  # noqa: ANN401 (each dataset gives items of its own)
        """Item ``index``."""


def open_given(given: object) -> Images:
    """Pictures that are at hand in Python as a probe set.

    Args:
        given: a picture or a list of them: of Pillow, arrays H x W x 3 (or H x W; transparency is laid on
            white), tensors 3 x H x W, paths of files; N pictures in one array or tensor; or a dataset of torch's, whose
            items are read when they are needed. Numbers are uint8, or floats in 0..1.

    Returns:
        the set; a probe set as it is.

    Raises:
        InputError: it is none of these.
        BrokenImage: a file that is named cannot be read.

    Example:
        >>> images = open_given([np.zeros((30, 40, 3)), Image.new("L", (20, 10))])
        >>> images.name, images.size(0), images.size(1)
        ('2 pictures', (30, 40), (10, 20))
    """
    if isinstance(given, Images):
        return given
    items = _items(given)
    if items is None:
        if not isinstance(given, Dataset) or isinstance(given, dict | bytes | set | Image.Image):
            raise InputError(f"{_kind(given)} holds no pictures; {_EXPECTED}")
        if len(given) == 0:
            raise InputError(f"{_kind(given)} is empty; give pictures")
        pictures = DatasetPictures(given)
        _first(given)
        return pictures
    if not items:
        raise InputError("the list of pictures is empty; give some")
    if all(isinstance(item, str | Path) for item in items):
        return open_files(items)
    several = "picture" if len(items) == 1 else f"{len(items)} pictures"
    return Stack([_rgb(item, f"picture {number}") for number, item in enumerate(items)], name=several)


@dataclass(frozen=True, eq=False)
class DatasetPictures:
    """Pictures of a dataset of torch's, read one by one when they are needed.

    Args:
        dataset: its items are pictures, or tuples, lists or dictionaries that begin with one.
    """

    dataset: Dataset

    @property
    def name(self) -> str:
        """The dataset's class."""
        return type(self.dataset).__name__

    def __len__(self) -> int:
        return len(self.dataset)

    def file(self, index: int) -> str:
        """The picture's number in the dataset."""
        return f"{self.name}/{index}"

    def size(self, index: int) -> tuple[int, int]:
        """Height and width of a picture, pixels.

        Raises:
            BrokenImage: the dataset cannot give it.
        """
        tall, wide = self._picture(index).shape[:2]
        return tall, wide

    def load(self, index: int, preparation: Preparation) -> NDArray[np.uint8]:
        """A picture brought to ``preparation.size``: H x W x 3, RGB, uint8.

        Raises:
            BrokenImage: the dataset cannot give it.
        """
        return np.asarray(preparation.fit(Image.fromarray(self._picture(index))))

    def _picture(self, index: int) -> NDArray[np.uint8]:
        try:
            return _rgb(_leading(self.dataset[index]), self.file(index))
        except Exception as fault:  # whatever the user's own code raises
            reason = str(fault).removeprefix(f"{self.file(index)} ") or type(fault).__name__
            raise BrokenImage(self.file(index), " ".join(reason.split())) from fault


def _first(dataset: Dataset) -> None:
    """Look at the first item of a dataset, as all are likely to be like it.

    Raises:
        InputError: it is no picture.
    """
    try:
        item = dataset[0]
    except Exception as fault:
        raise InputError(f"item 0 of the dataset {_kind(dataset)} cannot be read: {fault}") from fault
    _rgb(_leading(item), f"item 0 of the dataset {_kind(dataset)}")


def _leading(item: Any) -> Any:  # noqa: ANN401 (each dataset gives items of its own)
    """The picture of an item that has labels beside it."""
    if isinstance(item, dict):
        return next((item[key] for key in ("image", "img", "pixel_values", "picture") if key in item), item)
    return item[0] if isinstance(item, tuple | list) and item else item


def _items(given: object) -> list[Any] | None:
    """The pictures of a list, array or tensor, or one alone; None of what is something else."""
    if isinstance(given, str | Path | Image.Image):
        return [given]
    if isinstance(given, list | tuple):
        return list(given)
    if isinstance(given, np.ndarray) or _is_tensor(given):
        array: Any = given
        return list(array) if array.ndim == 4 else [array]
    return None


def _rgb(given: Any, name: str) -> NDArray[np.uint8]:  # noqa: ANN401 (whatever the user gives)
    """One picture as RGB, 0..255: H x W x 3.

    Raises:
        InputError: it is none, or its numbers are in another range.
    """
    if isinstance(given, str | Path):
        return read_picture(Path(given).expanduser())
    if isinstance(given, Image.Image):
        return _on_white(given)
    if _is_tensor(given):
        values = given.detach().cpu()
        given = values.float().numpy() if values.is_floating_point() else values.numpy()
        if given.ndim == 3:
            given = np.moveaxis(given, 0, 2)
    if not isinstance(given, np.ndarray):
        raise InputError(f"{name} is {_kind(given)}; {_EXPECTED}")
    if given.ndim == 3 and given.shape[2] == 1:
        given = given[:, :, 0]
    if not (given.ndim == 2 or (given.ndim == 3 and given.shape[2] in {3, 4})) or given.size == 0:
        shape = " x ".join(map(str, given.shape))
        raise InputError(f"{name} has the shape {shape} (channels last); {_EXPECTED}")
    return _on_white(Image.fromarray(_bytes(given, name)))


def _bytes(values: NDArray[Any], name: str) -> NDArray[np.uint8]:
    """Values as uint8.

    Raises:
        InputError: they are neither uint8 nor floats in 0..1.
    """
    if values.dtype == np.uint8:
        return np.asarray(values, np.uint8)
    if values.dtype == np.bool_:
        return values.astype(np.uint8) * np.uint8(255)
    if not np.issubdtype(values.dtype, np.floating):
        raise InputError(f"{name} has numbers of {values.dtype}; give uint8 in 0..255, or floats in 0..1")
    low, high = float(values.min()), float(values.max())
    if not (low >= 0 and high <= 1):  # neither is so of NaN
        raise InputError(
            f"{name} has floats from {low:.3g} to {high:.3g}; give them in 0..1, as they were before any normalisation "
            f"(mean= and std= say what the network takes off)"
        )
    return np.asarray(np.rint(values * 255), np.uint8)


def _on_white(picture: Image.Image) -> NDArray[np.uint8]:
    """A picture of Pillow's as RGB, transparency laid on white."""
    if picture.has_transparency_data:
        whole = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", whole.size, "white"), whole)
    return np.array(picture.convert("RGB"))


def _is_tensor(given: object) -> bool:
    import torch  # here, for whoever opens folders alone needs none

    return isinstance(given, torch.Tensor)


def _kind(given: object) -> str:
    return f"a {type(given).__name__}"
