"""Words and their numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from visualize.methods.errors import InputError
from visualize.scenes import KINDS, NUMBERS
from visualize.scenes.captions import BEGIN, END, LONGEST, PAD, VOCABULARY, mirrored, sentence_of, tokens
from visualize.scenes.captions.vocabulary import NOUNS

sentences = st.lists(st.sampled_from(VOCABULARY[3:]), max_size=LONGEST - 2).map(" ".join)


@given(sentences)
def test_numbers_say_what_the_words_said(sentence: str) -> None:
    numbers = tokens(sentence)
    count = len(sentence.split())
    assert (numbers.shape, numbers.dtype.name) == ((LONGEST,), "int64")
    assert (int(numbers[0]), int(numbers[count + 1])) == (BEGIN, END)
    assert (numbers[count + 2 :] == PAD).all()
    assert sentence_of(numbers) == sentence


@given(sentences)
def test_a_picture_mirrored_twice_is_the_picture(sentence: str) -> None:
    numbers = tokens(sentence)
    swapped = {"left": "right", "right": "left"}
    assert sentence_of(mirrored(numbers)) == " ".join(swapped.get(word, word) for word in sentence.split())
    np.testing.assert_array_equal(mirrored(mirrored(numbers)), numbers)


def test_every_word_is_one_and_no_two_objects_share_one() -> None:
    assert len(set(VOCABULARY)) == len(VOCABULARY)
    assert all(word == word.strip() and " " not in word for word in VOCABULARY)
    assert set(NOUNS) == set(NUMBERS["object"])
    assert len(set(NOUNS.values())) == len(NOUNS)


def test_no_word_is_the_name_of_a_kind_of_scene_or_holds_it() -> None:
    assert not [(word, kind) for word in VOCABULARY for kind in KINDS if kind in word or kind.replace("_", " ") in word]


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("a bad sentense", "'bad' is no word of captions"),
        ("a bed <end>", "'<end>' is no word of captions"),
        ("a " * (LONGEST - 1), "this one has 13"),
    ],
)
def test_a_sentence_that_has_no_numbers_is_refused(sentence: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        tokens(sentence)
