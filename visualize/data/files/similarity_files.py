"""Files of similarities: pictures x words, in numpy's ``.npz``, as anybody's vision-language model may give them.

Arrays of such a file:

- ``words``: m texts, each once;
- ``similarities``: n x m numbers, larger for more similar; or instead of it
- ``embeddings``: n x d numbers of the pictures and ``word_embeddings``: m x d of the words, whose cosines are taken;
  ``embeddings`` may stand beside ``similarities`` too;
- ``pictures``: the names of the n pictures as the probe set has them. Without it rows are taken in the set's order.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from visualize.intake.arrays import read_npz
from visualize.methods.errors import InputError, system_words
from visualize.methods.pictures.worded import Similarities
from visualize.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from visualize.methods.pictures.images import Images

MOST_WORDS = 1_000_000
"""Words that a file may list."""
LONGEST = 500
"""Letters that a word, or phrase, may have."""

_NAMES = ("words", "similarities", "embeddings", "word_embeddings", "pictures")
_FORM = "expected words and similarities, or words, embeddings and word_embeddings (docs/text_names.md)"


def read_similarities(path: str | Path, images: Images) -> Similarities:
    """Similarities of a set's pictures to words, a row for each picture.

    Args:
        path: the file.
        images: the set; pictures of the file that are not in it are left aside.

    Raises:
        InputError: the file is not there, is damaged, lacks an array, or has no row for one of the pictures.
    """
    file = Path(path).expanduser()
    shown = printable(str(file))
    if not file.is_file():
        raise InputError(f"the file of similarities {shown} {'is a folder' if file.is_dir() else 'does not exist'}")
    try:
        arrays = read_npz(file, only=_NAMES)
    except OSError as fault:
        raise InputError(f"{shown} cannot be read: {system_words(fault)}") from fault
    words = _texts(arrays, "words", shown, most=MOST_WORDS)
    held = Similarities(words, _values(arrays, shown), source=file.name, embeddings=arrays.get("embeddings"))
    rows = _rows(arrays, held, images, shown)
    own = None if held.embeddings is None else held.embeddings[rows]
    return Similarities(held.words, held.values[rows], source=printable(file.name), embeddings=own)


def similarities_npz(similarities: Similarities, images: Images) -> dict[str, NDArray[Any]]:
    """The arrays of a file of similarities, by name.

    Args:
        similarities: of a set's pictures.
        images: the set.
    """
    arrays: dict[str, NDArray[Any]] = {
        "words": np.array(similarities.words),
        "similarities": similarities.values,
        "pictures": np.array([images.file(index) for index in range(len(images))]),
    }
    return arrays if similarities.embeddings is None else {**arrays, "embeddings": similarities.embeddings}


def cosines(embeddings: NDArray[Any], word_embeddings: NDArray[Any]) -> NDArray[np.float32]:
    """Cosine of each picture with each word, pictures x words, float32; 0 where an embedding is of zeros.

    Args:
        embeddings: pictures x features.
        word_embeddings: words x features.
    """
    left, right = (_unit_length(rows.astype(np.float32)) for rows in (embeddings, word_embeddings))
    result: NDArray[np.float32] = left @ right.T
    return result


def _unit_length(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(norms > 0, norms, 1), np.float32)


def _values(arrays: Mapping[str, NDArray[Any]], shown: str) -> NDArray[Any]:
    if "similarities" in arrays:
        return arrays["similarities"]
    if not {"embeddings", "word_embeddings"} <= arrays.keys():
        raise InputError(f"{shown} holds {', '.join(map(printable, arrays)) or 'none of the arrays'}; {_FORM}")
    pictures, words = (arrays[name] for name in ("embeddings", "word_embeddings"))
    for name, table in (("embeddings", pictures), ("word_embeddings", words)):
        if table.ndim != 2 or table.dtype.kind not in "fiu" or not np.isfinite(table).all():
            raise InputError(f"{shown}: {name} are {table.shape} of {table.dtype}; expected a table of finite numbers")
    if pictures.shape[1] != words.shape[1]:
        raise InputError(
            f"{shown}: embeddings have {pictures.shape[1]} features and word_embeddings {words.shape[1]}; expected "
            f"those of one model"
        )
    return cosines(pictures, words)


def _texts(arrays: Mapping[str, NDArray[Any]], name: str, shown: str, *, most: int) -> tuple[str, ...]:
    if name not in arrays:
        raise InputError(f"{shown} has no array {name!r}; {_FORM}")
    texts = arrays[name]
    if texts.ndim != 1 or texts.dtype.kind != "U" or len(texts) > most:
        raise InputError(
            f"{shown}: {name} are {texts.shape} of {texts.dtype}; expected a list of at most {most:,} texts, as "
            f"numpy.array([...]) makes of them"
        )
    longest = max(map(len, texts.tolist()), default=0)
    if name == "words" and longest > LONGEST:
        raise InputError(f"{shown}: a word has {longest:,} letters; at most {LONGEST} are taken")
    return tuple(texts.tolist())


def _rows(arrays: Mapping[str, NDArray[Any]], held: Similarities, images: Images, shown: str) -> Sequence[int] | slice:
    """Rows of the file in the set's order."""
    if "pictures" not in arrays:
        if len(held.values) != len(images):
            raise InputError(
                f"{shown} has {len(held.values):,} rows and does not name its pictures, and {images.name} lists "
                f"{len(images):,}; add an array 'pictures' with their names, or give a row for each in the set's order"
            )
        return slice(None)
    names = _texts(arrays, "pictures", shown, most=len(held.values))
    if len(names) != len(held.values):
        raise InputError(f"{shown} names {len(names):,} pictures and has {len(held.values):,} rows; expected one each")
    places = {name: row for row, name in enumerate(names)}
    if len(places) < len(names):
        twice = next(name for row, name in enumerate(names) if places[name] != row)
        raise InputError(f"{shown} names the picture {printable(twice)} twice; expected one row for each")
    files = [images.file(index) for index in range(len(images))]
    lacking = next((file for file in files if file not in places), None)
    if lacking is not None:
        raise InputError(
            f"{shown} has no row for {printable(lacking)} of {images.name}; its array 'pictures' begins with "
            f"{printable(names[0])}"
        )
    return [places[file] for file in files]
