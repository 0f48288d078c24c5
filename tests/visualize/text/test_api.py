"""Names in free text from Python: planted similarities, a model's embeddings, and going on where a run ended."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from torch import nn

import visualize as viz
from visualize.methods import InputError, Preparation, Probe, Similarities, Stack
from visualize.text.picture_embeddings import picture_embeddings
from visualize.text.word_lists import read_words

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

LIGHT = np.random.default_rng(0).integers(0, 256, (40, 3))
PICTURES = Stack([np.broadcast_to(row.astype(np.uint8), (12, 12, 3)).copy() for row in LIGHT], name="lights")
SIMILAR = Similarities(("red", "green", "blue"), 0.2 + 0.1 * LIGHT / 255, source="planted", embeddings=LIGHT / 255)


def _probe() -> Probe:
    return Probe(nn.Sequential(nn.AvgPool2d(3)), prepare=Preparation((12, 12)))


def test_whole_layers_are_named_with_a_table_and_a_document() -> None:
    naming = viz.text_names(_probe(), "0", data=PICTURES, similarities=SIMILAR, settings={"top": 8})
    assert [result.words[0] for result in naming.layers["0"]] == ["red", "green", "blue"]
    document = json.loads(json.dumps(naming.document()))
    assert document["settings"]["top"] == 8
    assert [unit["words"][0]["word"] for unit in document["layers"]["0"]["units"]] == ["red", "green", "blue"]
    values = [result.redundancy for result in naming.layers["0"]]
    assert document["layers"]["0"]["redundancy"] == pytest.approx(np.mean(values))  # type: ignore[arg-type]
    rows = [line.split(",") for line in naming.csv("0").splitlines()]
    assert rows[0][:4] == ["unit", "word1", "score1", "lift1"]
    assert rows[0][-5:] == ["margin", "clarity", "polysemanticity", "redundancy", "twin"]
    assert [row[:2] for row in rows[1:]] == [["0", "red"], ["1", "green"], ["2", "blue"]]
    assert float(rows[1][2]) == naming.layers["0"][0].scores[0]


def test_units_that_are_named_alone_bear_the_same_names() -> None:
    whole = viz.text_names(_probe(), "0", data=PICTURES, similarities=SIMILAR)
    alone = viz.text_names(_probe(), "0", data=PICTURES, similarities=SIMILAR, units="2")
    assert alone.layers["0"][0].facts() == whole.layers["0"][2].facts()


def test_a_card_bears_names_where_similarities_are_given() -> None:
    card = viz.unit(_probe(), "0", 1, images=PICTURES, similarities=SIMILAR, methods=["top", "text"])
    assert str(card.results["text"].facts()["headline"]).startswith("green, then ")
    with pytest.raises(InputError, match="looks at no similarities"):
        viz.unit(_probe(), "0", 1, images=PICTURES, similarities=SIMILAR, methods=["top"])


def test_requests_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(InputError, match="not from both"):
        viz.text_names(_probe(), "0", data=PICTURES, similarities=SIMILAR, clip="ViT-B-32")
    with pytest.raises(InputError, match="--words is of a vision-language model"):
        viz.text_names(_probe(), "0", data=PICTURES, words="words.txt")
    with pytest.raises(InputError, match="needs images with similarities"):
        viz.text_names(_probe(), "0", data=PICTURES)
    with pytest.raises(InputError, match="no_such"):
        viz.text_names(_probe(), "0", no_such=1)


class _Model:
    """Embeds a picture as its mean colour, and stops after some."""

    source, weights, prepare, features = "means", "0" * 64, Preparation((12, 12)), 3

    def __init__(self, stop: int = 1000) -> None:
        self.stop, self.seen = stop, 0

    def pictures(self, pictures: Tensor) -> np.ndarray:
        if self.seen + len(pictures) > self.stop:
            raise KeyboardInterrupt("no more pictures")
        self.seen += len(pictures)
        return pictures.mean((2, 3)).numpy()


class _Files(Stack):
    fingerprint = "lights"


def test_embeddings_go_on_where_they_were_interrupted(tmp_path: Path) -> None:
    images, told = _Files(PICTURES.pictures, name="lights"), []
    first, second, third = _Model(stop=16), _Model(), _Model()
    with pytest.raises(KeyboardInterrupt, match="no more pictures"):
        picture_embeddings(first, images, tmp_path, lambda *_: None)  # type: ignore[arg-type]
    embedded = picture_embeddings(second, images, tmp_path, lambda *told_: told.append(told_))  # type: ignore[arg-type]
    assert (first.seen, second.seen) == (16, 24)
    assert (told[0], told[-1]) == ((16, 40), (40, 40))
    np.testing.assert_allclose(embedded, LIGHT / 255, rtol=0, atol=1e-6)
    again = picture_embeddings(third, images, tmp_path, lambda *_: None)  # type: ignore[arg-type]
    assert third.seen == 0
    assert (again == embedded).all()


def test_words_of_a_file_are_taken_once_each(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_text("# mine\ncar\n\nred tree\ncar\n")
    assert read_words(tmp_path / "words.txt") == ("car", "red tree")
    (tmp_path / "none.txt").write_text("# nothing\n")
    with pytest.raises(InputError, match="no words"):
        read_words(tmp_path / "none.txt")
    (tmp_path / "long.txt").write_text("car\n" + "a" * 501)
    with pytest.raises(InputError, match="line 2: 501 letters"):
        read_words(tmp_path / "long.txt")
    with pytest.raises(InputError, match="does not exist"):
        read_words(tmp_path / "gone.txt")
