"""Train the embedded network: scene labels only, on scenes drawn as they are needed.

    python examples/train_scenes.py

writes ``visualize/models/weights/scenes-alexnet.safetensors`` and prints the accuracy on held-out scenes. The same seed
on the same machine and the same versions gives the same weights.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a checkout without being installed

from typing import TYPE_CHECKING

from visualize.data.scenes import KINDS, Scenes
from visualize.models.architectures.scenes_alexnet import MEAN, STD, scenes_alexnet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

OUT = Path(__file__).resolve().parents[1] / "visualize/models/weights/scenes-alexnet.safetensors"
SIZE = 128


@dataclass(frozen=True)
class Recipe:
    """Everything that decides what the weights become, but for the machine."""

    seed: int = 0
    epochs: int = 13
    pictures: int = 7_200
    held_out: int = 1_200
    batch: int = 64
    rate: float = 1.5e-3
    decay: float = 0.02
    threads: int = 1


def _draw(job: tuple[str, int, int, int]) -> NDArray[np.uint8]:
    split, seed, count, index = job
    return Scenes(count, seed, SIZE, split).scene(index).image


def draw(split: str, count: int, seed: int, workers: int) -> tuple[Tensor, Tensor]:
    """Render a set of scenes on several processes.

    Returns:
        pictures, N x 3 x 128 x 128, uint8; and the number of each one's kind.
    """
    jobs = [(split, seed, count, index) for index in range(count)]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        pictures = np.stack(pool.map(_draw, jobs, chunksize=32))
    kinds = torch.arange(count) % len(KINDS)
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).contiguous(), kinds


def prepared(pictures: Tensor, level: Tensor | float = 1.0) -> Tensor:
    """Bytes to the network's input; ``level`` makes them lighter or darker."""
    mean, std = torch.tensor(MEAN).view(1, 3, 1, 1), torch.tensor(STD).view(1, 3, 1, 1)
    values = pictures.contiguous(memory_format=torch.channels_last).float()
    return values * (level / (255 * std)) - mean / std


def varied(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """Half of the pictures mirrored, all shifted by up to 8 pixels with mirrored rims, each lighter or darker by a fourth."""
    count = len(pictures)
    mirrored = torch.rand(count, generator=generator) < 0.5
    pictures = torch.where(mirrored.view(-1, 1, 1, 1), pictures.flip(3), pictures)
    for axis in (2, 3):
        shift = int(torch.randint(-8, 9, (1,), generator=generator))
        places = (torch.arange(SIZE) + shift).abs()
        pictures = pictures.index_select(axis, torch.minimum(places, 2 * (SIZE - 1) - places))
    return prepared(pictures, 0.75 + 0.5 * torch.rand(count, 1, 1, 1, generator=generator))


def batches(count: int, recipe: Recipe, generator: torch.Generator) -> Iterator[Tensor]:
    """All pictures once, in a new order."""
    yield from torch.randperm(count, generator=generator).split(recipe.batch)


def train(pictures: Tensor, kinds: Tensor, recipe: Recipe) -> nn.Module:
    """The network after ``recipe.epochs`` passes over the pictures."""
    torch.manual_seed(recipe.seed)  # dropout
    generator = torch.Generator().manual_seed(recipe.seed)
    network = scenes_alexnet(len(KINDS), seed=recipe.seed).to(memory_format=torch.channels_last)
    rounds = recipe.epochs * -(-len(pictures) // recipe.batch)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=rounds, pct_start=0.15)
    for epoch in range(recipe.epochs):
        network.train()
        began, total, right = time.perf_counter(), 0.0, 0
        for chosen in batches(len(pictures), recipe, generator):
            logits = network(varied(pictures[chosen], generator))
            loss = functional.cross_entropy(logits, kinds[chosen], label_smoothing=0.05)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item() * len(chosen)
            right += int((logits.argmax(1) == kinds[chosen]).sum())
        print(
            f"epoch {epoch + 1}/{recipe.epochs}  loss {total / len(pictures):.3f}  training accuracy "
            f"{right / len(pictures):.3f}  {time.perf_counter() - began:.0f} s",
            flush=True,
        )
    return network.eval()


@torch.no_grad()
def accuracy(network: nn.Module, pictures: Tensor, kinds: Tensor) -> float:
    """The share of pictures whose kind the network names."""
    right = 0
    for chosen in torch.arange(len(pictures)).split(128):
        right += int((network(prepared(pictures[chosen])).argmax(1) == kinds[chosen]).sum())
    return right / len(pictures)


def save(network: nn.Module, recipe: Recipe, reached: float, out: Path) -> None:
    """Write the weights in one go: a file of that name is always whole."""
    facts = {
        "accuracy": f"{reached:.4f}",
        "classes": json.dumps(list(KINDS)),
        "epochs": str(recipe.epochs),
        "held_out": str(recipe.held_out),
        "pictures": str(recipe.pictures),
        "seed": str(recipe.seed),
        "torch": torch.__version__,
    }
    weights = {name: value.detach().contiguous() for name, value in network.state_dict().items()}
    out.parent.mkdir(parents=True, exist_ok=True)
    half = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        save_file(weights, half, metadata=facts)
        half.replace(out)
    finally:
        half.unlink(missing_ok=True)


def main(arguments: Sequence[str] | None = None) -> float:
    """Draw, train, test, write; returns the accuracy on held-out scenes."""
    options = _parser().parse_args(arguments)
    recipe = Recipe(
        options.seed, options.epochs, options.pictures, options.held_out, options.batch, threads=options.threads
    )
    torch.set_num_threads(recipe.threads)
    torch.use_deterministic_algorithms(mode=True)
    began = time.perf_counter()
    pictures, kinds = draw("train", recipe.pictures, recipe.seed, options.workers)
    print(f"{len(pictures)} scenes drawn in {time.perf_counter() - began:.0f} s", flush=True)
    network = train(pictures, kinds, recipe)
    reached = accuracy(network, *draw("held-out", recipe.held_out, recipe.seed, options.workers))
    save(network, recipe, reached, options.out)
    print(f"accuracy on {recipe.held_out} held-out scenes: {reached:.4f}")
    print(f"{time.perf_counter() - began:.0f} s in all; weights in {options.out}")
    return reached


def _parser() -> argparse.ArgumentParser:
    plain = Recipe()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT, help="where the weights go (%(default)s)")
    parser.add_argument("--seed", type=int, default=plain.seed, help="decides the scenes and the weights (%(default)s)")
    parser.add_argument("--epochs", type=int, default=plain.epochs, help="passes over the scenes (%(default)s)")
    parser.add_argument("--pictures", type=int, default=plain.pictures, help="scenes to train on (%(default)s)")
    parser.add_argument("--held-out", type=int, default=plain.held_out, help="scenes to test on (%(default)s)")
    parser.add_argument("--batch", type=int, default=plain.batch, help="scenes in a batch (%(default)s)")
    parser.add_argument("--threads", type=int, default=plain.threads, help="of torch (%(default)s)")
    parser.add_argument("--workers", type=int, default=2, help="processes that draw (%(default)s)")
    return parser


if __name__ == "__main__":
    main()
