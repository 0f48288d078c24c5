from __future__ import annotations

import pytest

from tests.visualize.cli.kit import python


@pytest.mark.parametrize(
    ("typed", "offered", "withheld"),
    [
        ("viz unit --model scenes", {"scenes-alexnet"}, "places-squeezenet"),
        ("viz unit --methods ascent,", {"ascent,ascent", "ascent,top"}, "ascent"),
        ("viz unit --model imagenet-squeezenet --layer features.1", {"features.12"}, "fire9"),
        ("viz fetch broden-2", {"broden-224", "broden-227"}, "places-squeezenet"),
        ("viz la", {"layers"}, "models"),
    ],
)
def test_the_shell_completes(typed: str, offered: set[str], withheld: str) -> None:
    words = typed.split(" ")
    ran = python(
        "-c",
        "from visualize.__main__ import main; main()",
        _VIZ_COMPLETE="complete_bash",
        COMP_WORDS=" ".join(words),
        COMP_CWORD=str(len(words) - 1),
    )
    assert offered <= set(ran.stdout.split()), ran.stderr
    assert withheld not in ran.stdout.split()
