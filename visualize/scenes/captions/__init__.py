"""Captions of scenes: sentences that are true of what is visible, and the words and numbers that they are made of."""

from __future__ import annotations

from visualize.scenes.captions.sentences import captions
from visualize.scenes.captions.vocabulary import BEGIN, END, LONGEST, PAD, VOCABULARY, mirrored, sentence_of, tokens

__all__ = ["BEGIN", "END", "LONGEST", "PAD", "VOCABULARY", "captions", "mirrored", "sentence_of", "tokens"]
