"""The loop that trains a trunk on a pretext task, and the recipe that decides what it becomes."""

from __future__ import annotations

import time
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import torch
from torch import nn

from supervisions.captioning import Captioning
from supervisions.colorization import Colorization
from supervisions.context import Context
from supervisions.contrast import Contrast
from supervisions.jigsaw import Jigsaw
from supervisions.rendering import SceneSet
from supervisions.rotation import Rotation
from supervisions.sound import Sound
from supervisions.task import Batch, untold
from supervisions.trunk import plain, training_trunk
from supervisions.weights_files import facts, head_of, opened, rounded, save

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from supervisions.task import Pretext

_TOLD = 200  # steps between two lines about the training


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what the weights become, but for the machine.

    Args:
        task: the pretext task.
        epochs: passes over the scenes.
        batch: scenes in a batch.
        rate: highest learning rate; it goes up and down once.
        decay: weight decay.
        pictures: scenes to train on.
        held_out: scenes that the pretext task is tried on in the end.
        seed: decides the scenes, the first weights and the questions.
    """

    task: type[Pretext]
    epochs: int
    batch: int = 32
    rate: float = 2e-3
    decay: float = 0.02
    pictures: int = 12_000
    held_out: int = 1_200
    seed: int = 0

    @property
    def scenes(self) -> SceneSet:
        """The scenes to train on."""
        return SceneSet("train", self.pictures, self.seed)

    @property
    def fresh(self) -> SceneSet:
        """The scenes that the pretext task is tried on: of a split that nothing is trained on."""
        return SceneSet("held-out", self.held_out, 1)


RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        "context": Recipe(Context, epochs=16),
        "jigsaw": Recipe(Jigsaw, epochs=14),
        "colorization": Recipe(Colorization, epochs=8),
        "rotation": Recipe(Rotation, epochs=4, batch=16),
        "sound": Recipe(Sound, epochs=6),
        "captions": Recipe(Captioning, epochs=6),
        "moco": Recipe(Contrast, epochs=12, batch=64),
    }
)
"""How each supervision without names of scenes is trained."""


def beginning(recipe: Recipe) -> Pretext:
    """The network as it is before the first step."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)  # the head's weights
        network = recipe.task(training_trunk(recipe.seed, recipe.task.colours))
    return network.to(memory_format=torch.channels_last)


def steps(network: Pretext, scenes: Batch, recipe: Recipe) -> Iterator[float]:
    """Train, a batch at a time.

    Args:
        network: the one of :func:`beginning`, changed in place.
        scenes: to train on.
        recipe: what to do.

    Yields:
        the loss of each batch.
    """
    generator = torch.Generator().manual_seed(recipe.seed)
    per_epoch = len(scenes) // recipe.batch
    learned = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(learned, lr=recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.rate, total_steps=recipe.epochs * per_epoch, pct_start=0.15
    )
    network.begin(scenes)
    network.train()
    for _ in range(recipe.epochs):
        order = torch.randperm(len(scenes), generator=generator)[: per_epoch * recipe.batch]
        for chosen in torch.split(order, recipe.batch):
            loss = network.loss(scenes[chosen], generator)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
            network.after_step()
            yield loss.item()
    network.eval()


def train(recipe: Recipe, scenes: Batch) -> Pretext:
    """Train from the beginning to the end, telling how far it is; the trunk of the result is plain."""
    network = beginning(recipe)
    began, losses = time.perf_counter(), [0.0]
    total = recipe.epochs * (len(scenes) // recipe.batch)
    for step, loss in enumerate(steps(network, scenes, recipe), 1):
        losses.append(loss)
        if step % _TOLD == 0 or step == total:
            recent = losses[-_TOLD:]
            passed = time.perf_counter() - began
            print(f"step {step}/{total}  loss {sum(recent) / len(recent):.3f}  {passed:.0f} s", flush=True)
    trunk = network.trunk
    if not isinstance(trunk, nn.Sequential):
        raise TypeError("a trunk is a sequence of layers")
    network.trunk = plain(trunk)
    return network.eval()


def drawn(recipe: Recipe, wanted: SceneSet, *, scenes: Path | None, workers: int) -> Batch:
    """A set of scenes, with what the task needs to be told of them; see :func:`make`."""
    pictures = wanted.pictures(workers=workers, folder=scenes)
    if not recipe.task.listens:
        return untold(pictures)
    return Batch(pictures, recipe.task.told(wanted.told(workers=workers, folder=scenes)))


def make(recipe: Recipe, out: Path, *, scenes: Path, workers: int) -> dict[str, str]:
    """Draw, train, try and write.

    Args:
        recipe: what to do.
        out: file of the trunk's weights; the head's go beside it, or with the other heads if ``out`` is in the package.
        scenes: folder that rendered scenes are kept in.
        workers: processes that draw.

    Returns:
        what the file says of the network.
    """
    shown = drawn(recipe, recipe.scenes, scenes=scenes, workers=workers)
    print(f"{len(shown)} scenes to train on lie in {scenes}", flush=True)
    network = rounded(train(recipe, shown))
    said = facts(network, recipe, drawn(recipe, recipe.fresh, scenes=scenes, workers=workers))
    save(network, said, out, head_of(out))
    return said


def proven(recipe: Recipe, out: Path, *, scenes: Path, workers: int) -> dict[str, str]:
    """Try a trained network again on held-out scenes; see :func:`make`."""
    return facts(opened(recipe, out, head_of(out)), recipe, drawn(recipe, recipe.fresh, scenes=scenes, workers=workers))
