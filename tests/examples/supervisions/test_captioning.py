"""Captions: a decoder that never reads ahead, mirrored pictures with mirrored sentences."""

from __future__ import annotations

import itertools

import torch
from supervisions.captioning import Captioning, one_of, turned
from supervisions.rendering import SceneSet
from supervisions.task import Batch, pooled
from supervisions.trunk import plain_trunk, prepared
from torch import Tensor

from tests.examples.supervisions.located import noise
from visualize.scenes import Scenes
from visualize.scenes.captions import END, PAD, captions, sentence_of, tokens


def sentences(*said: str) -> Tensor:
    return torch.stack([torch.from_numpy(tokens(each)) for each in said])


def test_a_scene_is_told_its_own_captions() -> None:
    told = SceneSet("train", 3, 3).told(workers=1, folder=None)
    scenes = Scenes(3, 3, split="train")
    for index, written in enumerate(Captioning.told(told)):
        expected = captions(scenes.scene(index), scenes.number(index), 5)
        assert tuple(sentence_of(each) for each in written.tolist()) == expected


def test_in_a_mirror_left_is_right() -> None:
    pictures = noise(1).expand(20, -1, -1, -1)
    written = sentences("a bed is left of a lamp").expand(20, -1)
    seen, said = turned(pictures, written, torch.Generator().manual_seed(0))
    flipped = [torch.equal(picture, pictures[0].flip(2)) for picture in seen]
    assert 4 < sum(flipped) < 16
    for mirrored, words in zip(flipped, said.tolist(), strict=True):
        assert sentence_of(words) == f"a bed is {'right' if mirrored else 'left'} of a lamp"


def test_each_scene_gets_one_of_its_own_captions() -> None:
    several = torch.arange(40).view(4, 5, 2)
    drawn = torch.stack([one_of(several, torch.Generator().manual_seed(seed)) for seed in range(30)])
    for scene in range(4):
        assert {tuple(each) for each in drawn[:, scene].tolist()} == {tuple(each) for each in several[scene].tolist()}


@torch.no_grad()
def test_the_decoder_reads_what_is_written_and_never_ahead() -> None:
    torch.manual_seed(0)
    task = Captioning(plain_trunk()).eval()
    asked = prepared(noise(1))
    first, other = sentences("a bed is left of a lamp", "a bed is right of a lamp")
    one, two = (task(asked, each[None])[0] for each in (first, other))
    assert torch.allclose(one[:4], two[:4])  # <begin> a bed is
    assert not torch.allclose(one[4], two[4])


@torch.no_grad()
def test_the_loss_is_the_surprise_of_each_word_and_of_the_end_step_by_step() -> None:
    torch.manual_seed(0)
    task = Captioning(plain_trunk()).eval()
    written = sentences("there is a lamp", "a bed is left of a lamp")
    scenes = Batch(noise(2), written[:, None])
    surprises = []
    loss = task.loss(scenes, torch.Generator().manual_seed(3))
    drawn = torch.Generator().manual_seed(3)
    pictures, said = turned(scenes.pictures, one_of(scenes.told, drawn), drawn)
    level = 0.75 + 0.5 * torch.rand(2, 1, 1, 1, generator=drawn)
    maps = pooled(task.trunk(prepared(pictures, level)))
    for seen, words in zip(maps, said, strict=True):
        state = task.head.start(seen[None]).tanh()[None]
        for word, following in itertools.pairwise(words):
            if following == PAD:
                break
            out, state = task.head.cell(task.head.words(word[None, None]), state)
            surprises.append(-task.head.next(out)[0, 0].log_softmax(0)[following])
    assert int((said == END).sum()) == 2
    assert torch.allclose(loss, torch.stack(surprises).mean(), atol=1e-5)
