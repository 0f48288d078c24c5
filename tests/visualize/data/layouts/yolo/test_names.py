from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from visualize.data.layouts.yolo.names import class_names
from visualize.methods.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "text",
    [
        "names: [car, 'big dog', \"cat\"]\n",
        "nc: 3\nnames: ['car', 'big dog',\n  'cat']  # three\n",
        "names:\n  - car\n  - big dog  # of two\n  - 'cat'\nnc: 3\n",
        'path: x\nnames:\n  0: car\n  1: big dog\n\n  2: "cat"\nval: y\n',
        "names: {0: car, 1: 'big dog', 2: cat}\n",
    ],
)
def test_names_are_those_of_pyyaml_in_every_form(text: str, tmp_path: Path) -> None:
    yaml = pytest.importorskip("yaml")
    (tmp_path / "data.yaml").write_text(text)
    names = yaml.safe_load(text)["names"]
    assert class_names(tmp_path / "data.yaml") == dict(names if isinstance(names, dict) else enumerate(names))


@pytest.mark.parametrize(
    "text", ["names: *other\n", "names: !!python/object:x []\n", "names:\n  a: {b: c}\n", "nc: 3\n"]
)
def test_what_is_no_plain_list_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "data.yaml").write_text(text)
    with pytest.raises(InputError, match=r"write names: \['car', 'dog'\]"):
        class_names(tmp_path / "data.yaml")
