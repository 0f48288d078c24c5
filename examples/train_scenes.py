"""Train the embedded networks: from nothing but the names of scenes, or from the scenes themselves.

    python examples/train_scenes.py
    python examples/train_scenes.py --robust
    python examples/train_scenes.py --by jigsaw

writes ``visualize/models/weights/scenes-alexnet-plain.safetensors`` and prints the accuracy on held-out scenes; with
``--robust`` it is ``scenes-alexnet.safetensors``, the same trained on against small perturbations; with ``--by`` the
network that learned without names, such as ``scenes-jigsaw.safetensors``, and how well it solves its task.
The same seed on the same machine and the same versions gives the same weights.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # runs from a checkout without being installed
sys.path.insert(0, str(Path(__file__).resolve().parent))

from supervisions.labels import Recipe, by_labels
from supervisions.rendering import kept_scenes
from supervisions.robustness import RobustRecipe
from supervisions.robustness import make as against_perturbations
from supervisions.training import RECIPES, make, proven

if TYPE_CHECKING:
    from collections.abc import Sequence

WEIGHTS = Path(__file__).resolve().parents[1] / "visualize/models/weights"
PLAIN = WEIGHTS / "scenes-alexnet-plain.safetensors"
LABELS = "labels"


def main(arguments: Sequence[str] | None = None) -> float:
    """Draw, train, test, write; returns the accuracy on held-out scenes, or how well a task is solved there."""
    options = _parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    torch.use_deterministic_algorithms(mode=True)
    if options.robust:
        return _robust(options)
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


def _robust(options: argparse.Namespace) -> float:
    """Train the network of labels on against perturbations."""
    if options.by != LABELS or options.check:
        raise SystemExit("--robust trains the network of labels on; leave --by and --check out")
    recipe = RobustRecipe(seed=options.seed)
    given = {name: getattr(options, name) for name in ("pictures", "held_out", "batch")}
    recipe = replace(recipe, **{name: value for name, value in given.items() if value is not None})
    if options.epochs is not None:
        if len(options.epochs) > len(recipe.rounds):
            raise SystemExit(f"with --robust there are {len(recipe.rounds)} rounds; give --epochs as many numbers")
        rounds = zip(recipe.rounds, options.epochs, strict=False)
        recipe = replace(recipe, rounds=tuple(replace(ball, epochs=epochs) for ball, epochs in rounds))
    out = options.out or WEIGHTS / "scenes-alexnet.safetensors"
    began = time.perf_counter()
    reached = against_perturbations(recipe, PLAIN, out, scenes=options.scenes, workers=options.workers)
    print(f"accuracy on {recipe.held_out} held-out scenes: {reached:.4f}")
    print(f"{time.perf_counter() - began:.0f} s in all; weights in {out}")
    return reached


def _by_labels(options: argparse.Namespace) -> float:
    plain = Recipe()
    if options.check:
        raise SystemExit("--check is of the networks that learn without names; name one with --by")
    recipe = Recipe(
        seed=options.seed,
        epochs=plain.epochs if options.epochs is None else tuple(options.epochs),
        pictures=options.pictures or plain.pictures,
        held_out=options.held_out or plain.held_out,
        batch=options.batch or plain.batch,
        precision=options.precision,
    )
    if len(recipe.epochs) > len(recipe.rates):
        raise SystemExit(f"there are {len(recipe.rates)} rounds at most; give --epochs as many numbers or fewer")
    out = options.out or PLAIN
    began = time.perf_counter()
    reached = by_labels(recipe, out, scenes=options.scenes, workers=options.workers)
    print(f"accuracy on {recipe.held_out} held-out scenes: {reached:.4f}")
    print(f"{time.perf_counter() - began:.0f} s in all; weights in {out}")
    return reached


def _parser() -> argparse.ArgumentParser:
    plain = Recipe()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--by", choices=[LABELS, *RECIPES], default=LABELS, help="what the network learns from (%(default)s)"
    )
    parser.add_argument(
        "--robust", action="store_true", help="train scenes-alexnet-plain on against small perturbations of its input"
    )
    parser.add_argument("--out", type=Path, help="where the weights go (into the package)")
    parser.add_argument("--seed", type=int, default=plain.seed, help="decides the scenes and the weights (%(default)s)")
    parser.add_argument(
        "--epochs", type=int, nargs="+", help="passes over each round's scenes (as the recipe says; by labels 13 20)"
    )
    parser.add_argument("--pictures", type=int, help="scenes of a round (as the recipe says)")
    parser.add_argument("--held-out", type=int, help="scenes to test on (as the recipe says)")
    parser.add_argument("--batch", type=int, help="scenes in a batch (as the recipe says)")
    parser.add_argument("--threads", type=int, default=1, help="of torch (%(default)s)")
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
