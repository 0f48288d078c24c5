"""A network that learns the names of scenes: its recipe, its loop, and what its file says."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

from supervisions.rendering import SIZE, SceneSet
from supervisions.trunk import prepared
from visualize.models.architectures.scenes_alexnet import scenes_alexnet
from visualize.scenes import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ROOMS = ("bedroom", "living_room", "kitchen", "bathroom", "office")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what the weights become, but for the machine."""

    seed: int = 0
    epochs: tuple[int, ...] = (13, 20)  # passes over the scenes of each round; every round draws new ones
    rates: tuple[float, ...] = (1e-3, 8e-4)  # the highest learning rate of each round
    dropouts: tuple[tuple[float, float], ...] = ((0.5, 0.3), (0.3, 0.1))  # before fc6 and fc7
    outdoors: tuple[float, ...] = (1.0, 0.25)  # share of the outdoor scenes in a pass: rooms are harder to tell apart
    pictures: int = 7_200
    held_out: int = 1_200
    batch: int = 32
    decay: float = 0.02
    precision: str = "float32"  # bf16 takes less than half the time where the processor has it; other weights come out

    def seed_of(self, turn: int) -> int:
        """The seed of a round's scenes and of whatever is random in it."""
        return 2 * self.seed + turn

    def scenes(self, turn: int) -> SceneSet:
        """The scenes of a round."""
        return SceneSet("train", self.pictures, self.seed_of(turn))

    @property
    def fresh(self) -> SceneSet:
        """The held-out scenes. Their seed decided nothing: the recipe was found with those of ``seed`` itself."""
        return SceneSet("held-out", self.held_out, self.seed + 1)


def draw(wanted: SceneSet, *, scenes: Path | None, workers: int) -> tuple[Tensor, Tensor]:
    """Render a set of scenes on several processes, or take it from where it is kept.

    Args:
        wanted: the set.
        scenes: folder that rendered scenes are kept in; None keeps them in memory alone.
        workers: processes that draw.

    Returns:
        pictures, N x 3 x 128 x 128, uint8; and the number of each one's kind.
    """
    return wanted.pictures(workers=workers, folder=scenes), torch.arange(wanted.count) % len(KINDS)


def varied(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Half of the pictures mirrored, all shifted by up to 8 pixels, each lighter or darker by a fourth at most."""
    count = len(pictures)
    mirrored = torch.rand(count, generator=generator) < 0.5
    pictures = torch.where(mirrored.view(-1, 1, 1, 1), pictures.flip(3), pictures)
    for axis in (2, 3):
        shift = int(torch.randint(-8, 9, (1,), generator=generator))
        places = (torch.arange(SIZE) + shift).abs()
        pictures = pictures.index_select(axis, torch.minimum(places, 2 * (SIZE - 1) - places))
    return prepared(pictures, 0.75 + 0.5 * torch.rand(count, 1, 1, 1, generator=generator))


def batches(kinds: Tensor, share: float, size: int, generator: torch.Generator) -> tuple[Tensor, ...]:
    """All pictures of rooms and a share of the others, in a new order."""
    order = torch.randperm(len(kinds), generator=generator)
    room = torch.tensor([kind in ROOMS for kind in KINDS])[kinds[order]]
    outdoor = order[~room]
    kept = torch.zeros(len(kinds), dtype=torch.bool)
    kept[order[room]] = kept[outdoor[: round(share * len(outdoor))]] = True
    return torch.split(order[kept[order]], size)


def train(network: nn.Module, pictures: Tensor, kinds: Tensor, recipe: Recipe, turn: int) -> None:
    """One round: ``recipe.epochs[turn]`` passes over the pictures, the learning rate going up and down once."""
    generator = torch.Generator().manual_seed(recipe.seed_of(turn))
    epochs, rate = recipe.epochs[turn], recipe.rates[turn]
    share = recipe.outdoors[turn]
    steps = epochs * len(batches(kinds, share, recipe.batch, torch.Generator()))
    dropouts = [module for module in network.modules() if isinstance(module, nn.Dropout)]
    for module, probability in zip(dropouts, recipe.dropouts[turn], strict=True):
        module.p = probability
    optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.15)
    network.train()
    for epoch in range(epochs):
        began, total, right, count = time.perf_counter(), 0.0, 0, 0
        for chosen in batches(kinds, share, recipe.batch, generator):
            with torch.autocast("cpu", torch.bfloat16, enabled=recipe.precision == "bf16"):
                logits = network(varied(pictures[chosen], generator)).float()
            loss = functional.cross_entropy(logits, kinds[chosen], label_smoothing=0.05)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            optimiser.step()
            schedule.step()
            total += loss.item() * len(chosen)
            count += len(chosen)
            right += int((logits.argmax(1) == kinds[chosen]).sum())
        print(
            f"round {turn + 1}  epoch {epoch + 1}/{epochs}  loss {total / count:.3f}  training accuracy "
            f"{right / count:.3f}  {time.perf_counter() - began:.0f} s",
            flush=True,
        )
    network.eval()


@torch.no_grad()
def accuracy(network: nn.Module, pictures: Tensor, kinds: Tensor) -> float:
    """The share of pictures whose kind the network names."""
    right = 0
    for chosen in torch.split(torch.arange(len(pictures)), 128):
        right += int((network(prepared(pictures[chosen])).argmax(1) == kinds[chosen]).sum())
    return right / len(pictures)


def save(network: nn.Module, said: Mapping[str, str], out: Path, *, half: bool = False) -> None:
    """Write the weights in one go: a file of that name is always whole.

    Args:
        network: trained.
        said: what the file says of it.
        out: the file.
        half: write them in half precision.
    """
    weights = {name: value.detach().contiguous() for name, value in network.state_dict().items()}
    if half:
        weights = {name: value.half() for name, value in weights.items()}
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        save_file(weights, part, metadata={"classes": json.dumps(list(KINDS)), "torch": torch.__version__, **said})
        part.chmod(0o644)  # safetensors writes files that only their owner can read
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)


def by_labels(recipe: Recipe, out: Path, *, scenes: Path | None, workers: int) -> float:
    """Draw, train, test, write.

    Args:
        recipe: what to do.
        out: file of the weights.
        scenes: folder that rendered scenes are kept in.
        workers: processes that draw.

    Returns:
        the accuracy on held-out scenes.
    """
    network: nn.Module | None = None
    for turn in range(len(recipe.epochs)):
        pictures, kinds = draw(recipe.scenes(turn), scenes=scenes, workers=workers)
        torch.manual_seed(recipe.seed_of(turn))  # dropout
        if network is None:
            network = scenes_alexnet(len(KINDS), seed=recipe.seed).to(memory_format=torch.channels_last)
        train(network, pictures, kinds, recipe, turn)
    if network is None:
        raise SystemExit("--epochs needs a number for each round, such as --epochs 13 5")
    reached = accuracy(network, *draw(recipe.fresh, scenes=scenes, workers=workers))
    said = {
        "accuracy": f"{reached:.4f}",
        "epochs": json.dumps(recipe.epochs),
        "held_out": str(recipe.held_out),
        "pictures": str(recipe.pictures),
        "precision": recipe.precision,
        "seed": str(recipe.seed),
    }
    save(network, said, out)
    return reached
