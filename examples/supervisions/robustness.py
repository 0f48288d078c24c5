"""Fine-tuning against small perturbations, which makes a network's dreams legible (Engstrom et al. 2019).

Every picture of a batch is replaced by the one in a ball around it that a single step along the gradient of the loss
makes worst (the fast gradient method from a random start: Wong et al. 2020, arXiv:2001.03994). A network that answers
to such pictures as to clean ones cannot lean on fine noise, and what excites it looks like something (Engstrom et al.
2019, "Adversarial robustness as a prior for learned representations", arXiv:1906.00945).
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

from supervisions.labels import accuracy, batches, draw, save, varied
from supervisions.rendering import SceneSet
from visualize.models.architectures.scenes_alexnet import STD, scenes_alexnet
from visualize.scenes import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

_STRIDE = 1.25  # length of the step in the largest norm, of the radius: as Wong et al. have it
_DROPPED = (0.1, 0.0)  # before fc6 and fc7: what is trained against perturbations does not learn its scenes by heart


@dataclass(frozen=True)
class Ball:
    """Perturbations that a round trains against.

    Args:
        norm: ``"l2"``, the Euclidean length over all pixels, or ``"linf"``, the largest change of a value.
        radius: the largest perturbation: RGB in 0..1 for the first, in 255ths of it for the second.
        epochs: passes over the scenes of the round.
        sets: numbers of the sets of scenes that it sees.
        least: each picture has a radius of its own, at least this share of the largest.
    """

    norm: Literal["l2", "linf"]
    radius: float
    epochs: int
    sets: tuple[int, ...]
    least: float = 0.2


@dataclass(frozen=True)
class RobustRecipe:
    """Everything that decides what the weights become, but for the machine and the network that is begun with.

    Args:
        seed: decides the scenes, their order and the perturbations.
        rounds: one after the other.
        pictures: scenes of a set; none of them was shown to the network that is begun with.
        outdoors: share of the outdoor scenes in a pass; rooms are harder to tell apart.
        batch: scenes in a batch.
        rate: highest learning rate; it goes up and down once in a round.
        decay: weight decay.
        questions: weight of the twelve questions "is it this kind of scene?" beside the usual loss. They make each
            class's number by itself say how likely the class is, which a dream needs, not only beside the others.
        smoothing: share of the label that is spread over all classes.
        held_out: scenes to test on.
    """

    seed: int = 0
    rounds: tuple[Ball, ...] = (Ball("l2", 1.5, 8, (0,)), Ball("linf", 3.0, 6, (1,)))
    pictures: int = 7_200
    outdoors: float = 0.6
    batch: int = 32
    rate: float = 6e-4
    decay: float = 0.02
    questions: float = 0.5
    smoothing: float = 0.05
    held_out: int = 1_200

    @property
    def chance(self) -> int:
        """The seed of whatever is random."""
        return 200 + 2 * self.seed

    def scenes(self, number: int) -> SceneSet:
        """Scenes of a set."""
        return SceneSet("train", self.pictures, self.chance + number)

    @property
    def fresh(self) -> SceneSet:
        """Held-out scenes: of a split that nothing is trained on."""
        return SceneSet("held-out", self.held_out, 1)


def loss_of(network: nn.Module, inputs: Tensor, kinds: Tensor, recipe: RobustRecipe) -> tuple[Tensor, Tensor]:
    """The loss of a batch, and the network's answers; in bfloat16."""
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(inputs)
    logits = logits.float()
    share = recipe.smoothing
    wanted = functional.one_hot(kinds, len(KINDS)).float() * (1 - share) + share / len(KINDS)
    asked = functional.binary_cross_entropy_with_logits(logits, wanted, reduction="none").sum(1).mean()
    return functional.cross_entropy(logits, kinds, label_smoothing=share) + recipe.questions * asked, logits


def _loss(network: nn.Module, kinds: Tensor, recipe: RobustRecipe, inputs: Tensor) -> Tensor:
    return loss_of(network, inputs, kinds, recipe)[0]


def perturbed(inputs: Tensor, ball: Ball, generator: torch.Generator, loss: Callable[[Tensor], Tensor]) -> Tensor:
    """Inputs moved to where the loss is larger, each by its own radius at most.

    From a random place in the ball a step is taken along the gradient, or in the largest norm along its signs, and what
    lies outside of the ball is brought back onto it.

    Args:
        inputs: N x 3 x H x W, prepared.
        ball: how far they may be moved.
        generator: decides the radii, and where the step begins.
        loss: of a batch of inputs.
    """
    std = torch.tensor(STD).view(1, 3, 1, 1)
    share = torch.rand(len(inputs), 1, 1, 1, generator=generator)
    radius = ball.radius * (ball.least + (1 - ball.least) * share)
    if ball.norm == "linf":
        radius = radius / 255
        moved = (2 * torch.rand(inputs.shape, generator=generator) - 1) * radius
    else:
        moved = torch.randn(inputs.shape, generator=generator)
        moved = moved / length(moved) * radius * torch.rand(len(inputs), 1, 1, 1, generator=generator)
    moved = moved.contiguous(memory_format=torch.channels_last).requires_grad_()
    (gradient,) = torch.autograd.grad(loss(inputs + moved / std), moved)
    with torch.no_grad():
        if ball.norm == "linf":
            moved = moved + _STRIDE * radius * gradient.sign()
            moved = torch.maximum(torch.minimum(moved, radius), -radius)
        else:
            moved = moved + radius * gradient / length(gradient)
            moved = moved * (radius / length(moved)).clamp(max=1)
        return inputs + moved / std


def length(values: Tensor) -> Tensor:
    """Euclidean length of each of N x C x H x W values: N x 1 x 1 x 1."""
    lengths: Tensor = torch.linalg.vector_norm(values.flatten(1), dim=1).view(-1, 1, 1, 1)
    return lengths + 1e-12


def begun(recipe: RobustRecipe, weights: Mapping[str, Tensor]) -> nn.Module:
    """The network as it is before the first step of a round.

    Args:
        recipe: what to do.
        weights: those that the round begins with.
    """
    torch.manual_seed(recipe.chance)  # dropout
    network = scenes_alexnet(len(KINDS)).to(memory_format=torch.channels_last)
    network.load_state_dict({name: value.float() for name, value in weights.items()})
    for module, probability in zip(_dropouts(network), _DROPPED, strict=True):
        module.p = probability
    return network


def steps(
    network: nn.Module, pictures: Tensor, kinds: Tensor, recipe: RobustRecipe, ball: Ball
) -> Iterator[tuple[float, float]]:
    """Train for a round, a batch at a time.

    Args:
        network: the one of :func:`begun`, changed in place.
        pictures: N x 3 x 128 x 128, uint8.
        kinds: of the scenes.
        recipe: what to do.
        ball: of the round.

    Yields:
        loss and accuracy of each batch, both on perturbed scenes.
    """
    generator = torch.Generator().manual_seed(recipe.chance)
    per_epoch = len(batches(kinds, recipe.outdoors, recipe.batch, torch.Generator()))
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.rate, total_steps=ball.epochs * per_epoch, pct_start=0.15
    )
    network.train()
    for _ in range(ball.epochs):
        for chosen in batches(kinds, recipe.outdoors, recipe.batch, generator):
            inputs, wanted = varied(pictures[chosen], generator), kinds[chosen]
            for module in _dropouts(network):
                module.eval()
            inputs = perturbed(inputs, ball, generator, partial(_loss, network, wanted, recipe))
            network.train()
            loss, logits = loss_of(network, inputs, wanted, recipe)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
            yield loss.item(), float((logits.argmax(1) == wanted).double().mean())
    network.eval()


def make(recipe: RobustRecipe, plain: Path, out: Path, *, scenes: Path | None, workers: int) -> float:
    """Draw, train, try and write in half precision.

    Args:
        recipe: what to do.
        plain: weights of the network that the first round begins with.
        out: file of the weights.
        scenes: folder that rendered scenes are kept in.
        workers: processes that draw.

    Returns:
        the accuracy on held-out scenes.
    """
    weights: Mapping[str, Tensor] = load_file(plain)
    for turn, ball in enumerate(recipe.rounds):
        drawn = [draw(recipe.scenes(number), scenes=scenes, workers=workers) for number in ball.sets]
        pictures, kinds = (torch.cat(parts) for parts in zip(*drawn, strict=True))
        network = begun(recipe, weights)
        _told(steps(network, pictures, kinds, recipe, ball), f"round {turn + 1}")
        weights = network.state_dict()
    network = begun(recipe, {name: value.half() for name, value in weights.items()}).eval()
    reached = accuracy(network, *draw(recipe.fresh, scenes=scenes, workers=workers))
    said = {"seed": recipe.seed, "pictures": recipe.pictures, "held_out": recipe.held_out}
    epochs, rounds = json.dumps([ball.epochs for ball in recipe.rounds]), json.dumps(list(map(asdict, recipe.rounds)))
    facts = {name: str(value) for name, value in said.items()}
    save(network, {**facts, "epochs": epochs, "rounds": rounds, "accuracy": f"{reached:.4f}"}, out, half=True)
    return reached


def _told(results: Iterator[tuple[float, float]], name: str) -> None:
    """Run a round, telling how far it is."""
    began, recent = time.perf_counter(), []
    for step, result in enumerate(results, 1):
        recent.append(result)
        if step % 100 == 0:
            loss, right = (sum(values) / 100 for values in zip(*recent, strict=True))
            passed = time.perf_counter() - began
            print(
                f"{name}  step {step}  loss {loss:.3f}  perturbed scenes named {right:.3f}  {passed:.0f} s", flush=True
            )
            recent.clear()


def _dropouts(network: nn.Module) -> list[nn.Dropout]:
    return [module for module in network.modules() if isinstance(module, nn.Dropout)]
