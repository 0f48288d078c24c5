"""Options from settings: each setting has the option that it describes, and what is typed reaches it."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any, Literal

import pytest
import typer
from typer.testing import CliRunner

from visualize.cli.setting_options import of_exports, of_settings, read, taking
from visualize.methods.errors import InputError
from visualize.methods.method import Export
from visualize.methods.settings import setting


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings of a method that nobody has."""

    count: int = setting(3, least=1, unit="N", help="How many.")
    share: float = setting(0.5, least=0, most=1, unit="SHARE", help="How much.")
    kind: Literal["plain", "fancy"] = setting("plain", help="Which sort.")
    loud: bool = setting(False, help="Whether to shout.")


def _ran(*arguments: str) -> dict[str, Any]:
    """The settings that a command takes from its arguments."""
    taken: dict[str, Any] = {}

    @taking(Settings)
    def command(*, settings: dict[str, Any], name: str = "me") -> None:
        """Do it."""
        taken.update(settings, name=name)

    app = typer.Typer()
    app.command()(command)
    result = CliRunner().invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return taken


def test_a_setting_that_was_not_given_is_left_to_its_own_default() -> None:
    assert _ran() == {"name": "me"}
    assert read(Settings, {"count": None, "kind": None}) == {}


def test_what_is_typed_reaches_the_setting_in_its_own_type() -> None:
    given = _ran("--count", "7", "--share", "0.25", "--kind", "fancy", "--loud", "--name", "you")
    assert given == {"count": 7, "share": 0.25, "kind": "fancy", "loud": True, "name": "you"}
    assert Settings(**{key: value for key, value in given.items() if key != "name"}).loud is True
    assert _ran("--no-loud")["loud"] is False


def test_the_help_of_an_option_is_the_setting_s_with_its_default() -> None:
    help_of = {name: option.__metadata__[0].help for name, (option, _) in of_settings(Settings).items()}
    assert list(help_of) == ["count", "share", "kind", "loud"]
    assert help_of["count"].startswith("How many.")
    assert "[default: 3]" in help_of["count"]


def test_a_command_keeps_its_name_its_help_and_its_other_options() -> None:
    @taking(Settings)
    def command(*, settings: dict[str, Any], name: str = "me") -> None:
        """Do it."""
        del settings, name

    assert (command.__name__, command.__doc__) == ("command", "Do it.")
    assert list(inspect.signature(command).parameters) == ["count", "share", "kind", "loud", "name"]


def test_a_text_of_another_form_than_its_setting_is_refused() -> None:
    from visualize.methods.dream.method import DeepDream

    with pytest.raises(InputError, match="HEIGHTxWIDTH"):
        read(DeepDream, {"size": "big"})


def test_an_export_has_an_option_that_names_its_endings() -> None:
    frames = Export(name="frames", help="The frames.", endings=(".webp", ".gif"))
    ((name, (option, default)),) = of_exports((frames,)).items()
    assert (name, default) == ("frames", None)
    assert option.__metadata__[0].help == "The frames.  [a file that ends in .webp or .gif]"
