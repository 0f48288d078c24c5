"""Captions are true: each is read again, by other rules than it was written by, and held against the labels."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pytest

from visualize.methods.errors import InputError
from visualize.scenes import KINDS, NUMBERS, Scene, Scenes, render
from visualize.scenes.captions import captions, tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

SYNONYMS = {"peak": "mountain", "lantern": "streetlight", "tower": "skyscraper"}
FORMS = {
    "place": r"(?P<a>.+) is (?P<way>left of|right of|above|below) (?P<b>.+)",
    "most": r"(?P<a>.+) fills most of the view",
    "glass": r"(?P<a>.+) is seen behind glass",
    "there": r"there is (?P<a>.+)",
    "list": r"(?P<a>.+?)( , (?P<b>.+))? and (?P<c>.+)",
}
PHRASE = (
    r"(?:(?P<article>a|an|the) )?(?:(?P<look>\w+) )?(?P<noun>\w+)"
    r"(?: (?P<how>of|with) (?:(?P<other>a|an|the) )?(?P<what>\w+))?"
)


def read(sentence: str) -> tuple[str, dict[str, str]]:
    """The form of a sentence, and its phrases."""
    for form, pattern in FORMS.items():
        match = re.fullmatch(pattern, sentence)
        if match:
            return form, {name: text for name, text in match.groupdict().items() if text}
    raise AssertionError(f"no sentence: {sentence}")


def shown(phrase: str, scene: Scene, *, glass: bool = False) -> NDArray[np.bool_] | None:
    """Where the scene shows what the phrase says; None where it does not."""
    match = re.fullmatch(PHRASE, phrase)
    assert match, phrase
    noun, look, how, what = match["noun"], match["look"], match["how"], match["what"]
    for article, next_word in ((match["article"], look or noun), (match["other"], what)):
        assert article in {None, "the"} or (article == "an") == (next_word[0] in "aeiou"), phrase
    number = NUMBERS["object"][SYNONYMS.get(noun, noun)]
    maps = scene.labels["object"]
    place: NDArray[np.bool_] = np.any([labels == number for labels in (maps[1:] if glass else maps[:1])], axis=0)
    if place.mean() < 0.001:
        return None
    categories = ("color", "texture") if look else ()
    claims = [(scene.labels[c][0] == NUMBERS[c][look])[place].mean() for c in categories if look in NUMBERS[c]]
    assert len(claims) == bool(look), phrase
    if how == "of":
        claims.append((scene.labels["material"][0] == NUMBERS["material"][what])[place].mean())
    if how == "with" and ((scene.labels["part"][0] == NUMBERS["part"][what]) & place).mean() < 0.0005:
        return None
    return place if all(claim >= 0.5 for claim in claims) else None


def true(sentence: str, scene: Scene) -> bool:
    """Whether the scene shows what a sentence says."""
    form, said = read(sentence)
    places = [shown(said[name], scene, glass=form == "glass") for name in ("a", "b", "c") if name in said]
    held = [place for place in places if place is not None]
    if len(held) < len(places):
        return False
    if form == "most":
        return bool(held[0].mean() > 0.5)
    if form != "place":
        return True
    middles = [np.argwhere(place).mean(0) / place.shape for place in held]
    down, across = middles[1] - middles[0]
    return bool({"left of": across, "right of": -across, "above": down, "below": -down}[said["way"]] >= 0.1)


@pytest.fixture(scope="module")
def told() -> list[tuple[Scene, tuple[str, ...]]]:
    scenes = Scenes(48, seed=8, split="held-out")
    return [(scene := scenes.scene(index), captions(scene, scenes.number(index), 12)) for index in range(48)]


def test_every_sentence_is_true_of_its_scene(told: list[tuple[Scene, tuple[str, ...]]]) -> None:
    assert [(scene.name, sentence) for scene, said in told for sentence in said if not true(sentence, scene)] == []


def test_the_reader_above_can_tell_true_from_false(told: list[tuple[Scene, tuple[str, ...]]]) -> None:
    """Sentences about one scene are mostly false of another: else the test before this one would say nothing."""
    others = [true(sentence, told[(at + 7) % len(told)][0]) for at, (_, said) in enumerate(told) for sentence in said]
    assert np.mean(others) < 0.25
    scene, said = told[9]
    turned = [s for s in said if " is below " in s]
    assert turned
    assert not any(true(sentence.replace(" below ", " above "), scene) for sentence in turned)


def test_all_forms_occur_and_no_scene_is_named(told: list[tuple[Scene, tuple[str, ...]]]) -> None:
    sentences = [sentence for _, said in told for sentence in said]
    assert set(Counter(read(sentence)[0] for sentence in sentences)) == set(FORMS)
    assert not [sentence for sentence in sentences for kind in KINDS if kind.replace("_", " ") in sentence]
    assert all(tokens(sentence).any() for sentence in sentences)


def test_a_scene_s_sentences_differ(told: list[tuple[Scene, tuple[str, ...]]]) -> None:
    assert all(len(set(said[:5])) == 5 for _, said in told)


@pytest.mark.parametrize("size", [64, 160])
def test_sentences_are_true_at_any_size(size: int) -> None:
    for kind in KINDS:
        scene = render(kind, 21, size)
        assert all(true(sentence, scene) for sentence in captions(scene, 21))


def test_the_same_seed_says_the_same_and_fewer_sentences_are_the_first() -> None:
    scene = render("village", 5)
    assert captions(scene, 5) == captions(render("village", 5), 5) == captions(scene, 5, 9)[:5]
    assert captions(scene, 5) != captions(scene, 6)


def test_a_scene_without_labels_has_no_caption() -> None:
    scene = render("field", 2)
    nothing = replace(scene, labels=MappingProxyType({**scene.labels, "object": (np.zeros((128, 128), np.int16),)}))
    with pytest.raises(InputError, match="nothing in this scene is labelled"):
        captions(nothing, 2)
    with pytest.raises(InputError, match="has no 0 captions"):
        captions(scene, 2, 0)
