"""Train the embedded networks: from nothing but the names of scenes, or from the scenes themselves.

    python examples/train_scenes.py
    python examples/train_scenes.py --by jigsaw

writes ``visualize/models/weights/scenes-alexnet.safetensors`` and prints the accuracy on held-out scenes; with ``--by``
it is the network that learned without names, such as ``scenes-jigsaw.safetensors``, and how well it solves its task.
The same seed on the same machine and the same versions gives the same weights.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from torch.nn import functional

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a checkout without being installed
sys.path.insert(0, str(Path(__file__).resolve().parent))

from supervisions.rendering import SceneSet, kept_scenes
from supervisions.training import RECIPES, make, proven

from visualize.models.architectures.scenes_alexnet import MEAN, STD, scenes_alexnet
from visualize.scenes import KINDS

if TYPE_CHECKING:
    from collections.abc import Sequence

WEIGHTS = Path(__file__).resolve().parents[1] / "visualize/models/weights"
LABELS = "labels"
SIZE = 128
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
    threads: int = 1
    precision: str = "float32"  # bf16 takes less than half the time where the processor has it; other weights come out

    def scenes(self, turn: int) -> int:
        """The seed of a round's scenes."""
        return 2 * self.seed + turn

    @property
    def fresh(self) -> int:
        """The seed of the held-out scenes. It decided nothing: the recipe was found with those of ``seed`` itself."""
        return self.seed + 1


def draw(split: str, count: int, seed: int, options: argparse.Namespace) -> tuple[Tensor, Tensor]:
    """Render a set of scenes on several processes, or take it from where it is kept.

    Returns:
        pictures, N x 3 x 128 x 128, uint8; and the number of each one's kind.
    """
    pictures = SceneSet(split, count, seed).pictures(workers=options.workers, folder=options.scenes)
    return pictures, torch.arange(count) % len(KINDS)


def prepared(pictures: Tensor, level: Tensor | float = 1.0) -> Tensor:
    """Bytes to the network's input; ``level`` makes them lighter or darker."""
    mean, std = torch.tensor(MEAN).view(1, 3, 1, 1), torch.tensor(STD).view(1, 3, 1, 1)
    values = pictures.contiguous(memory_format=torch.channels_last).float()
    return values * (level / (255 * std)) - mean / std


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
    generator = torch.Generator().manual_seed(recipe.scenes(turn))
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


def save(network: nn.Module, recipe: Recipe, reached: float, out: Path) -> None:
    """Write the weights in one go: a file of that name is always whole."""
    facts = {
        "accuracy": f"{reached:.4f}",
        "classes": json.dumps(list(KINDS)),
        "epochs": json.dumps(recipe.epochs),
        "held_out": str(recipe.held_out),
        "pictures": str(recipe.pictures),
        "precision": recipe.precision,
        "seed": str(recipe.seed),
        "torch": torch.__version__,
    }
    weights = {name: value.detach().contiguous() for name, value in network.state_dict().items()}
    out.parent.mkdir(parents=True, exist_ok=True)
    half = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        save_file(weights, half, metadata=facts)
        half.chmod(0o644)  # safetensors writes files that only their owner can read
        half.replace(out)
    finally:
        half.unlink(missing_ok=True)


def main(arguments: Sequence[str] | None = None) -> float:
    """Draw, train, test, write; returns the accuracy on held-out scenes, or how well a task is solved there."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    torch.use_deterministic_algorithms(mode=True)
    return _by_labels(options) if options.by == LABELS else _by_task(options)


def _by_task(options: argparse.Namespace) -> float:
    """Train a trunk without names of scenes, or try one again that was trained."""
    recipe = replace(RECIPES[options.by], seed=options.seed)
    if options.epochs is not None:
        if len(options.epochs) != 1:
            raise SystemExit("without names of scenes there is one round; give --epochs one number")
        recipe = replace(recipe, epochs=options.epochs[0])
    given = {name: getattr(options, name) for name in ("pictures", "held_out", "batch")}
    recipe = replace(recipe, **{name: value for name, value in given.items() if value is not None})
    out = options.out or WEIGHTS / f"scenes-{options.by}.safetensors"
    began = time.perf_counter()
    if options.check:
        said = proven(recipe, out, scenes=options.scenes, workers=options.workers)
    else:
        said = make(recipe, out, scenes=options.scenes, workers=options.workers)
    right, chance = float(said["solved"]), float(said["chance"])
    print(f"{said['question']}: {right:.1%} right on {said['held_out']} held-out scenes (chance {chance:.1%})")
    print(f"{time.perf_counter() - began:.0f} s in all; weights in {out}")
    return right


def _by_labels(options: argparse.Namespace) -> float:
    plain = Recipe()
    recipe = Recipe(
        seed=options.seed,
        epochs=plain.epochs if options.epochs is None else tuple(options.epochs),
        pictures=options.pictures or plain.pictures,
        held_out=options.held_out or plain.held_out,
        batch=options.batch or plain.batch,
        threads=options.threads,
        precision=options.precision,
    )
    if options.check:
        raise SystemExit("--check is of the networks that learn without names; name one with --by")
    if len(recipe.epochs) > len(recipe.rates):
        raise SystemExit(f"there are {len(recipe.rates)} rounds at most; give --epochs as many numbers or fewer")
    out = options.out or WEIGHTS / "scenes-alexnet.safetensors"
    began = time.perf_counter()
    network: nn.Module | None = None
    for turn in range(len(recipe.epochs)):
        pictures, kinds = draw("train", recipe.pictures, recipe.scenes(turn), options)
        print(f"{len(pictures)} scenes drawn; {time.perf_counter() - began:.0f} s so far", flush=True)
        torch.manual_seed(recipe.scenes(turn))  # dropout
        if network is None:
            network = scenes_alexnet(len(KINDS), seed=recipe.seed).to(memory_format=torch.channels_last)
        train(network, pictures, kinds, recipe, turn)
    if network is None:
        raise SystemExit("--epochs needs a number for each round, such as --epochs 13 5")
    reached = accuracy(network, *draw("held-out", recipe.held_out, recipe.fresh, options))
    save(network, recipe, reached, out)
    print(f"accuracy on {recipe.held_out} held-out scenes: {reached:.4f}")
    print(f"{time.perf_counter() - began:.0f} s in all; weights in {out}")
    return reached


def _parser() -> argparse.ArgumentParser:
    plain = Recipe()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--by", choices=[LABELS, *RECIPES], default=LABELS, help="what the network learns from (%(default)s)"
    )
    parser.add_argument("--out", type=Path, help="where the weights go (into the package)")
    parser.add_argument("--seed", type=int, default=plain.seed, help="decides the scenes and the weights (%(default)s)")
    parser.add_argument(
        "--epochs", type=int, nargs="+", help="passes over each round's scenes (as the recipe says; by labels 13 20)"
    )
    parser.add_argument("--pictures", type=int, help="scenes of a round (as the recipe says)")
    parser.add_argument("--held-out", type=int, help="scenes to test on (as the recipe says)")
    parser.add_argument("--batch", type=int, help="scenes in a batch (as the recipe says)")
    parser.add_argument("--threads", type=int, default=plain.threads, help="of torch (%(default)s)")
    parser.add_argument(
        "--precision",
        choices=["float32", "bf16"],
        default=plain.precision,
        help="by labels: arithmetic of the training; bf16 is faster where the processor has it (%(default)s)",
    )
    parser.add_argument("--workers", type=int, default=2, help="processes that draw (%(default)s)")
    parser.add_argument(
        "--scenes",
        type=Path,
        default=kept_scenes(),
        help="where rendered scenes are kept for the next training (%(default)s)",
    )
    parser.add_argument("--check", action="store_true", help="try again how well the network solves its task")
    return parser


if __name__ == "__main__":
    main()
