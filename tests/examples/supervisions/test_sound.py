"""Sound: an answer is the cluster, and chance says the commonest."""

from __future__ import annotations

import torch
from supervisions.rendering import SceneSet
from supervisions.sound import Sound
from supervisions.task import Batch
from supervisions.trunk import plain_trunk
from torch import nn
from torch.nn import functional

from tests.examples.supervisions.located import noise
from visualize.scenes import Scenes
from visualize.scenes.sound import CLUSTERS, shipped, soundtrack, texture


def test_a_scene_is_told_the_cluster_of_its_own_sound() -> None:
    told = SceneSet("train", 5, 3).told(workers=1, folder=None)
    scenes = Scenes(5, 3, split="train")
    for index, sound in enumerate(Sound.told(told).tolist()):
        wave = soundtrack(scenes.scene(index), scenes.number(index))
        apart = ((shipped().standardised(texture(wave)) - shipped().centres) ** 2).sum(1)
        assert apart[sound] == apart.min()


@torch.no_grad()
def test_an_answer_is_right_where_it_is_the_cluster_and_chance_is_the_commonest() -> None:
    task = Sound(plain_trunk()).eval()
    last = task.head[2]  # type: ignore[index]
    assert isinstance(last, nn.Linear)
    last.weight.zero_()
    last.bias.copy_(functional.one_hot(torch.tensor(7), CLUSTERS).float())  # says 7 whatever it sees
    share, chance = task.score(Batch(noise(4), torch.tensor([7, 2, 2, 2])), torch.Generator())
    assert (share, chance) == (0.25, 0.75)
    loss = task.loss(Batch(noise(1), torch.tensor([7])), torch.Generator())
    assert torch.allclose(loss, torch.log(torch.exp(torch.tensor(1.0)) + CLUSTERS - 1) - 1)
