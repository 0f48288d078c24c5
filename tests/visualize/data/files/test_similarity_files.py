"""Files of similarities: rows that follow the set, cosines of embeddings, and faults in one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from visualize.data.files.similarity_files import read_similarities, similarities_npz
from visualize.methods import InputError, Similarities, Stack

if TYPE_CHECKING:
    from pathlib import Path

SET = Stack([np.zeros((8, 8, 3), np.uint8)] * 3, name="set")
NAMES = np.array(["set/2", "set/9", "set/0", "set/1"])
VALUES = np.arange(8.0).reshape(4, 2)


def _saved(path: Path, **arrays: Any) -> Path:  # noqa: ANN401 (whatever a file may hold)
    np.savez(path, **arrays)
    return path


def test_rows_follow_the_names_of_the_sets_pictures(tmp_path: Path) -> None:
    embeddings = np.arange(12.0).reshape(4, 3)
    file = _saved(
        tmp_path / "s.npz", words=np.array(["a", "b"]), similarities=VALUES, pictures=NAMES, embeddings=embeddings
    )
    read = read_similarities(file, SET)
    assert read.values.tolist() == VALUES[[2, 3, 0]].tolist()
    assert read.embeddings is not None
    assert read.embeddings.tolist() == embeddings[[2, 3, 0]].tolist()
    assert (read.words, read.source) == (("a", "b"), "s.npz")


def test_rows_without_names_are_those_of_the_set_in_its_order(tmp_path: Path) -> None:
    read = read_similarities(_saved(tmp_path / "s.npz", words=np.array(["a", "b"]), similarities=VALUES[:3]), SET)
    assert read.values.tolist() == VALUES[:3].tolist()


def test_embeddings_of_pictures_and_words_are_compared_by_their_cosine(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    pictures, words = generator.normal(size=(3, 5)), generator.normal(size=(2, 5))
    file = _saved(tmp_path / "s.npz", words=np.array(["a", "b"]), embeddings=pictures, word_embeddings=words)
    expected = pictures @ words.T / np.outer(np.linalg.norm(pictures, axis=1), np.linalg.norm(words, axis=1))
    np.testing.assert_allclose(read_similarities(file, SET).values, expected, rtol=0, atol=1e-6)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    given = Similarities(("a", "b"), np.eye(3, 2), source="x", embeddings=np.ones((3, 4), np.float32))
    read = read_similarities(_saved(tmp_path / "s.npz", **similarities_npz(given, SET)), SET)
    assert read.values.tolist() == given.values.tolist()
    assert read.words == given.words


TEXTS = np.array(["a", "b"])


@pytest.mark.parametrize(
    ("arrays", "match"),
    [
        ({"similarities": VALUES[:3]}, "no array 'words'"),
        ({"words": TEXTS}, "expected words and similarities"),
        ({"words": np.array([1, 2]), "similarities": VALUES[:3]}, "a list of at most"),
        ({"words": np.array(["a" * 600, "b"]), "similarities": VALUES[:3]}, "600 letters"),
        ({"words": TEXTS, "similarities": VALUES}, "4 rows and does not name its pictures"),
        ({"words": TEXTS, "similarities": VALUES, "pictures": NAMES[:3]}, "names 3 pictures and has 4 rows"),
        ({"words": TEXTS, "similarities": VALUES[:3], "pictures": NAMES[:3]}, "no row for set/1"),
        ({"words": TEXTS, "similarities": VALUES, "pictures": [*NAMES[:3], NAMES[1]]}, f"{NAMES[1]} twice"),
        ({"words": TEXTS, "similarities": VALUES[:3] + np.inf}, "not all finite"),
        ({"words": TEXTS, "similarities": VALUES[:3].astype("U")}, "a table of numbers"),
        ({"words": TEXTS, "embeddings": np.eye(3), "word_embeddings": np.eye(2)}, "those of one model"),
        ({"words": TEXTS, "embeddings": np.eye(3) * np.nan, "word_embeddings": np.eye(2, 3)}, "finite numbers"),
        ({"words": np.array(["a", None]), "similarities": VALUES[:3]}, "plain arrays"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_a_line(tmp_path: Path, arrays: dict[str, Any], match: str) -> None:
    with pytest.raises(InputError, match=match):
        read_similarities(_saved(tmp_path / "s.npz", **arrays), SET)


def test_a_file_that_is_not_there_or_no_archive_is_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        read_similarities(tmp_path / "none.npz", SET)
    with pytest.raises(InputError, match="is a folder"):
        read_similarities(tmp_path, SET)
    (tmp_path / "text.npz").write_text("word")
    with pytest.raises(InputError, match=r"text\.npz is damaged"):
        read_similarities(tmp_path / "text.npz", SET)
