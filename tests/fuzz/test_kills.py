"""Kills at any moment; ``python -m tests.fuzz.kills 40`` takes more of them."""

from __future__ import annotations

import subprocess
import sys

from tests.kit.checkout import ROOT


def test_whatever_was_killed_gives_the_same_bytes_when_it_is_begun_again() -> None:
    """In a process of its own, which forks: this one may have threads."""
    command = [sys.executable, "-m", "tests.fuzz.kills", "6"]
    ran = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert ran.stdout.splitlines()[-1] == str({f"{kind} right": 2 for kind in ("dissection", "merge", "download")})
