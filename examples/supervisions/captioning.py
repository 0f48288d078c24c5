"""Captions: sentences about a picture, word by word (Vinyals et al. 2015, arXiv:1411.4555)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from supervisions.task import SIDE, Batch, Pretext, layers, levels, pooled
from supervisions.trunk import UNITS, prepared
from visualize.scenes import captions

if TYPE_CHECKING:
    from supervisions.rendering import Told

STATE, WORD = 96, 48
"""Numbers that the decoder remembers, and numbers that stand for a word."""


class Decoder(nn.Module):
    """A recurrent network that writes on: the picture is where it begins."""

    def __init__(self) -> None:
        super().__init__()
        words = len(captions.VOCABULARY)
        self.start = layers([UNITS * SIDE**2, STATE])
        self.words = nn.Embedding(words, WORD)
        self.cell = nn.GRU(WORD, STATE, batch_first=True)
        self.next = nn.Linear(STATE, words)

    def forward(self, maps: Tensor, written: Tensor) -> Tensor:
        """Pooled maps, N x 720, and numbers of words, N x T, to the next words' logits, N x T x words."""
        begun = self.start(maps).tanh()[None]
        logits: Tensor = self.next(self.cell(self.words(written), begun)[0])
        return logits


class Captioning(Pretext):
    """A picture and the beginning of a sentence about it: which word comes next?

    An answer is the likeliest word after the true ones before it. Chance is what the decoder answers when it is shown
    another scene, so it knows the language and not the picture.
    """

    question = "the next word of a caption"
    listens = True
    head: Decoder

    @staticmethod
    def new_head() -> nn.Module:
        """A decoder with new weights."""
        return Decoder()

    @staticmethod
    def told(told: Told) -> Tensor:
        """The captions of each scene."""
        return told.sentences

    def forward(self, asked: Tensor, written: Tensor) -> Tensor:
        """N x 3 x 128 x 128 and N x T numbers of words to N x T x words."""
        logits: Tensor = self.head(pooled(self.trunk(asked)), written)
        return logits

    def loss(self, scenes: Batch, generator: torch.Generator) -> Tensor:
        """Cross entropy with the next words of one caption of each scene; in a mirror left is right."""
        pictures, sentences = turned(scenes.pictures, one_of(scenes.told, generator), generator)
        logits = self(prepared(pictures, levels(len(pictures), generator)), sentences[:, :-1])
        return functional.cross_entropy(logits.flatten(0, 1), sentences[:, 1:].flatten(), ignore_index=captions.PAD)

    def right(self, scenes: Batch, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """The share of next words that are right, with the scene itself and with the one after it."""
        sentences = one_of(scenes.told, generator)
        maps, answers = pooled(self.trunk(prepared(scenes.pictures))), sentences[:, 1:]
        said = answers != captions.PAD
        own, other = (
            (self.head(seen, sentences[:, :-1]).argmax(2) == answers)[said].float().mean()
            for seen in (maps, maps.roll(1, 0))
        )
        return own, other


def one_of(sentences: Tensor, generator: torch.Generator) -> Tensor:
    """One of the captions of each scene: N x K x T to N x T."""
    count, several = sentences.shape[:2]
    return sentences[torch.arange(count), torch.randint(several, (count,), generator=generator)]


def turned(pictures: Tensor, sentences: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Half of the pictures mirrored, with their captions."""
    chosen = torch.rand(len(pictures), generator=generator) < 0.5
    words = torch.from_numpy(captions.mirrored(np.arange(len(captions.VOCABULARY))))
    sentences = torch.where(chosen[:, None], words[sentences], sentences)
    return torch.where(chosen.view(-1, 1, 1, 1), pictures.flip(3), pictures), sentences
