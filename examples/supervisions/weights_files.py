"""What is kept of a training: the trunk, which is shipped, and the head, which proves how well the task was learned.

Both are in half precision. The head lies beside these scripts, not in the package: nobody looks into it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import load_file, save_file

from supervisions.trunk import plain_trunk

if TYPE_CHECKING:
    from collections.abc import Mapping

    from torch import Tensor

    from supervisions.task import Batch, Pretext
    from supervisions.training import Recipe

_HEADS = Path(__file__).parent / "heads"
_SHIPPED = Path(__file__).parents[2] / "visualize/models/weights"
QUICK = 100
"""Held-out scenes that the test of each network tries again, of those that its card speaks of."""


def head_of(trunk: Path) -> Path:
    """The file of the head of a trunk: beside it, but for the trunks of the package."""
    folder = _HEADS if trunk.parent.resolve() == _SHIPPED.resolve() else trunk.parent
    return folder / f"{trunk.stem}-head.safetensors"


def rounded(network: Pretext) -> Pretext:
    """The network with the weights that half precision leaves of them."""
    with torch.no_grad():
        for value in network.state_dict().values():
            if value.is_floating_point():
                value.copy_(value.half())
    return network


def facts(network: Pretext, recipe: Recipe, scenes: Batch) -> dict[str, str]:
    """What a file says of its network: how well it solves its task on held-out scenes, and how it was made.

    Args:
        network: trained, :func:`rounded`.
        recipe: how it was trained.
        scenes: held-out ones.
    """
    right, chance = network.score(scenes, questions(recipe))
    quick, _ = network.score(scenes[:QUICK], questions(recipe))
    return {
        "batch": str(recipe.batch),
        "chance": f"{chance:.4f}",
        "epochs": str(recipe.epochs),
        "held_out": str(len(scenes)),
        "pictures": str(recipe.pictures),
        "question": network.question,
        "seed": str(recipe.seed),
        "solved": f"{right:.4f}",
        "solved_of_the_first": f"{quick:.4f}",
        "torch": torch.__version__,
    }


def questions(recipe: Recipe) -> torch.Generator:
    """Decides the questions about held-out scenes."""
    return torch.Generator().manual_seed(recipe.seed + 1)


def save(network: Pretext, said: Mapping[str, str], out: Path, head: Path) -> None:
    """Write the trunk and the head."""
    _write(network.trunk.state_dict(), said, out)
    own = {name: value for name, value in network.state_dict().items() if name.startswith(network.kept)}
    _write(own, said, head)


def opened(recipe: Recipe, trunk: Path, head: Path) -> Pretext:
    """A trained network as its files hold it, ready to answer."""
    plain = plain_trunk()
    plain.load_state_dict(_single(load_file(trunk)))
    network = recipe.task(plain)
    network.load_state_dict(_single(load_file(head)), strict=False)
    return network.to(memory_format=torch.channels_last).eval()


def _single(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.float() for name, value in weights.items()}


def _write(weights: Mapping[str, Tensor], said: Mapping[str, str], out: Path) -> None:
    """Write a file in one go: one of that name is always whole."""
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.{os.getpid()}")
    halves = {name: value.detach().half().contiguous() for name, value in weights.items()}
    try:
        save_file(halves, part, metadata=dict(said))
        part.chmod(0o644)  # safetensors writes files that only their owner can read
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
