"""Bits that flip in a dissection's folder, finished or not: ``python -m tests.fuzz.flips 500``."""

from __future__ import annotations

import random
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.visualize.dissection.made import LAYERS, SETTINGS, contents, dissected, held, probe, stopping
from visualize.dissection import merge, read_all, read_scores, run
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

STATES = ("finished", "interrupted", "shards", "counted")


def make(state: str, out: Path) -> None:
    """A dissection's folder in a state; of shards, two folders in one."""
    if state == "finished":
        dissected(out)
    elif state == "interrupted":
        with pytest.raises(KeyboardInterrupt, match="30 pictures"):
            run(probe(), LAYERS, held(), out, SETTINGS, chunk=8, watch=stopping, source={"where": "nowhere"})
    else:
        for which in (1, 2):
            dissected(out / str(which), (which, 2))
        if state == "counted":
            merge([out / "1", out / "2"], out / "merged", labelled=held())
            shutil.rmtree(out / "merged")


def finish(state: str, out: Path) -> dict[str, bytes]:
    """The tables of the dissection, which is read, gone on with or put together first."""
    if state == "finished":
        for table in read_all(out):
            read_scores(out, table.layer).verdicts()
        return {name: content for name, content in contents(out).items() if name != "dissection.json"}
    if state == "interrupted":
        dissected(out)
    else:
        merge([out / "1", out / "2"], out / "merged", labelled=held())
        out = out / "merged"
    return {name: content for name, content in contents(out).items() if name != "dissection.json"}


def flip(folder: Path, chance: random.Random) -> str:
    """Flip one bit: of any byte in the folder, or, as often, of any file; tells where."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
    weights = None if chance.random() < 0.5 else [path.stat().st_size for path in files]
    path = chance.choices(files, weights)[0]
    return f"{path.relative_to(folder).parent}: {flip_bit(path, chance)}"


def flip_bit(path: Path, chance: random.Random) -> str:
    """Flip one bit of a file; tells which."""
    content = bytearray(path.read_bytes())
    place, bit = chance.randrange(len(content)), chance.randrange(8)
    content[place] ^= 1 << bit
    path.write_bytes(content)
    return f"{path.name}, byte {place}, bit {bit}"


def flipped(count: int, seed: int = 0, said: Callable[[str], object] = lambda _: None) -> Counter[str]:
    """Flip a bit in ``count`` folders in all states; gives what came of it: refused, right or wrong."""
    chance, results = random.Random(seed), Counter[str]()
    with tempfile.TemporaryDirectory() as root:
        originals = {state: Path(root) / state for state in STATES}
        for state, original in originals.items():
            make(state, original)
        dissected(Path(root) / "whole")
        whole = {name: content for name, content in contents(Path(root) / "whole").items() if not name.endswith("json")}
        for number in range(count):
            state, copy = STATES[number % len(STATES)], Path(root) / "copy"
            shutil.copytree(originals[state], copy)
            where = flip(copy, chance)
            try:
                result = "right" if finish(state, copy) == whole else "wrong"
            except InputError as fault:
                result = "refused" if len(str(fault).splitlines()) == 1 else "more than a line"
            results[result] += 1
            said(f"{state}: {where}: {result}")
            shutil.rmtree(copy)
    return results


if __name__ == "__main__":
    sys.stdout.write(f"{dict(flipped(int(sys.argv[1]), said=lambda line: sys.stdout.write(line + chr(10))))}\n")
