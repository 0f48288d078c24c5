from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from visualize.methods.errors import InputError
from visualize.models.weights_choice import WeightsChoice, chosen, require_file

if TYPE_CHECKING:
    from pathlib import Path


def test_colons_of_a_file_s_own_name_are_no_key(tmp_path: Path) -> None:
    (tmp_path / "a:b.pt").touch()
    (tmp_path / "c.pt").touch()
    assert chosen(f"{tmp_path}/a:b.pt") == WeightsChoice(tmp_path / "a:b.pt")
    assert chosen(f"{tmp_path}/a:b.pt:ema.model") == WeightsChoice(tmp_path / "a:b.pt", "ema.model")
    assert chosen(f"{tmp_path}/c.pt:model") == WeightsChoice(tmp_path / "c.pt", "model")
    with pytest.raises(InputError, match="no key behind the colon"):
        chosen(f"{tmp_path}/c.pt:")


def test_what_is_no_file_is_called_what_it_is(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.pt")
    for name, reason in (("pipe.pt", "a named pipe"), ("", "a folder"), ("missing.pt", "does not exist")):
        with pytest.raises(InputError, match=reason):
            require_file(tmp_path / name)
    (tmp_path / "good.pt").touch()
    require_file(tmp_path / "good.pt")
