"""Plans of sweeps and tables of classes that mean harm or are none: one line, before anything is done."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from tests.fuzz.mutations import of_table
from tests.kit.hostile import outcome, refused
from tests.visualize.cli.kit import TINY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NET, TOP = 'models = ["tiny.py:tiny"]\n', 'methods = ["top"]\ndata = ["set"]\n'
PLANS: dict[str, str | bytes] = {
    "nothing": "", "no methods": NET, "no models": TOP, "UTF-16": NET.encode("utf-16"),
    "no text": b"models = ['\xff']",
    "a zero byte": b"models = ['a\0']", "lists nested deep": "a = " + "[" * 100_000,
    "tables nested deep": "a = " + "{a = " * 3000, "a key of keys": ".".join("a" * 3000) + " = 1\n" + NET,
    "a list nested deep as a fact": 'models = [{model = "tiny.py:tiny", mean = ' + "[" * 300 + "]" * 300 + "}]\n" + TOP,
    "a number of 6,000 digits": f"seed = {'9' * 6000}\n{NET}{TOP}", "five megabytes": b"#" + b"x" * (5 << 20),
    "a key that clears the screen": f'"\\u001b[2J" = 1\n{NET}{TOP}', "a long key": f"{'x' * 100_000} = 1\n{NET}{TOP}",
    "a key twice": NET + NET + TOP, "a model that is a date": f"models = [1979-05-27]\n{TOP}",
    "a model that is no number": f"models = [nan]\n{TOP}", "models in models": f'models = [["tiny.py:tiny"]]\n{TOP}',
    "a table that is a list": f"{NET}{TOP}[[top]]\ncount = 1\n",
    "a table in a table": f"{NET}{TOP}[top.count]\na = 1\n",
    "a table of no method": f"{NET}{TOP}[dissect]\nquantile = 0.1\n",
    "a seed that is true": f"seed = true\n{NET}{TOP}",
    "a seed that is a time": f"seed = 07:32:00\n{NET}{TOP}", "no such device": f'device = "cuda:99"\n{NET}{TOP}',
    "a device of escapes": f'device = "\\u001b[2J"\n{NET}{TOP}',
    "a class that is none": f'{NET}methods = ["tiny.py:tiny"]\n',
    "a file that is none": f'{NET}methods = ["none.py:X"]\n',
    "a count too many": f"{NET}{TOP}[top]\ncount = 1000000000\n",
    "a quantile that is none": f'{NET}methods = ["dissect"]\ndata = ["set"]\n[dissect]\nquantile = inf\n',
    "sizes in sizes": f'{NET}methods = ["ablate"]\n[ablate]\nsizes = [[1]]\n',
    "no such set": f'{NET}methods = ["top"]\ndata = ["nowhere"]\n',
    "a set that is a number": f'{NET}methods = ["top"]\ndata = [1]\n',
    "a set on no server": f'{NET}methods = ["top"]\ndata = ["http://127.0.0.1:1/x"]\n',
    "weights everywhere": f'models = [{{model = "tiny.py:tiny", weights = "{"/*" * 40}"}}]\n{TOP}',
    "weights on every path": f'models = [{{model = "tiny.py:tiny", weights = "/proc/*/*/*/*/*/*"}}]\n{TOP}',
    "weights that are a folder": f'models = [{{model = "tiny.py:tiny", weights = "set"}}]\n{TOP}',
    "a name for several": f'models = [{{model = "tiny.py:tiny", weights = "set/masks/*", name = "a"}}]\n{TOP}',
    "a side of 10^9": f'models = [{{model = "tiny.py:tiny", size = 1000000000}}]\n{TOP}',
    "a deviation of nothing": f'models = [{{model = "tiny.py:tiny", std = 0}}]\n{TOP}',
    "results in a file": f'out = "tiny.py"\n{NET}{TOP}', "results in no name": f'out = "{"x" * 300}"\n{NET}{TOP}',
    "results of a zero byte": f'out = "a\\u0000b"\n{NET}{TOP}',
    "results of nobody": f'out = "~nobody-here/x"\n{NET}{TOP}',
}  # fmt: skip
_THOUSAND = ";".join(map(str, range(1000)))
TABLES: dict[str, str | bytes] = {
    "UTF-16": "file,label\na.png,x\n".encode("utf-16"), "6,000,000 lines": b"file,label\n" + b"a,b\n" * 6_000_000,
    "24,000,000 blank lines": b"file\n" + b"\n" * 24_000_000, "10,000,000 columns": b"x," * 10_000_000,
    "a picture 100,000 times": "file,label\n" + "a.png,x\n" * 100_000,
    "a name of 5,000 letters": f"file,label\n{'x' * 5000},x\n",
    "a name of 300 letters": f"file,label\nd/{'x' * 300}.png,x\n", "a zero byte": "file,label\na\0.png,x\n",
    "a label on all": "file,label\na.png,x;y\nb.png,x;y\nc.png,x\nd.png,x\n",
    "a thousand labels on all": "file,label\n" + "".join(f"{name}.png,{_THOUSAND}\n" for name in "abcd"),
    "an address": "file,label\nfile:///etc/passwd,x\n", "a device": "file,label\n/dev/zero,x\n",
    "a folder": "file,label\nset,x\n",
}  # fmt: skip
TRANSFER = [
    "transfer",
    "-m",
    "tiny.py:tiny",
    "-l",
    "conv",
    "--no-twin",
    "--device",
    "cpu",
    "--data",
    "t.csv",
    "-o",
    "o",
]


@pytest.fixture(scope="module", autouse=True)
def _warm() -> None:
    """Load what the commands need before anything is timed."""
    import sklearn.svm  # noqa: F401

    from visualize.cli.commands import sweep, transfer  # noqa: F401
    from visualize.transfers import api  # noqa: F401


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a network, a labelled set and some pictures."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VIZ_CACHE", str(tmp_path / "cache"))
    (tmp_path / "tiny.py").write_text(TINY)
    for folder in ("images", "masks"):
        (tmp_path / "set" / folder).mkdir(parents=True)
    for name, value in (("a", 60), ("b", 90), ("c", 120), ("d", 150)):
        picture = Image.fromarray(np.full((16, 16, 3), value, np.uint8))
        picture.save(tmp_path / f"{name}.png")
        picture.save(tmp_path / f"set/images/{name}.png")
        Image.fromarray(np.ones((16, 16), np.uint8)).save(tmp_path / f"set/masks/{name}.png")
    (tmp_path / "set/names.txt").write_text("1 sky\n")
    return tmp_path


def _write(file: Path, content: str | bytes) -> None:
    file.write_bytes(content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize("plan", PLANS.values(), ids=PLANS)
def test_a_plan_that_cannot_be_is_one_line(plan: str | bytes, home: Path) -> None:
    _write(home / "plan.toml", plan)
    refused("sweep", "plan.toml", within=home, warned=True)


@pytest.mark.parametrize(
    "make", [os.mkfifo, os.mkdir, lambda file: file.symlink_to(file)], ids=["pipe", "folder", "loop"]
)
def test_a_plan_that_is_no_file_is_one_line(make: Callable[[Path], None], home: Path) -> None:
    make(home / "plan.toml")
    refused("sweep", "plan.toml", within=home)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_a_table_of_classes_that_cannot_be_is_one_line(table: str | bytes, home: Path) -> None:
    _write(home / "t.csv", table)
    refused(*TRANSFER, within=home)


_GOOD = "file,label,split\na.png,x,train\nb.png,y,train\nc.png,x,test\nd.png,y,test\n"


@pytest.mark.parametrize("number", range(20))
def test_a_table_of_classes_with_something_wrong_is_one_line_or_measured(number: int, home: Path) -> None:
    cases = list(of_table(_GOOD, most=60))
    _write(home / "t.csv", cases[3 * number][1])
    outcome(*TRANSFER, within=home)
