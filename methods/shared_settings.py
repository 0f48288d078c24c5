"""Settings that several methods have, each said once."""

from __future__ import annotations

from typing import Any

from visualize.methods.settings import setting


def batch_setting(words: str = "Pictures in one run of the network;") -> Any:  # noqa: ANN401 (as dataclasses.field)
    """How many pictures a method takes together: a field for its dataclass, by default 8.

    Args:
        words: begin the setting's explanation, up to what ``auto`` is.

    Example:
        >>> from dataclasses import dataclass
        >>> from visualize.methods.settings import settings
        >>> @dataclass(frozen=True, kw_only=True)
        ... class Blur:
        ...     batch: int = batch_setting()
        >>> settings(Blur)[0].setting.help
        'Pictures in one run of the network; auto takes as many as half of the memory holds.'
    """
    return setting(8, least=1, unit="N|auto", help=f"{words} auto takes as many as half of the memory holds.")


def precision_setting() -> Any:  # noqa: ANN401 (as dataclasses.field)
    """The arithmetic in which a method changes pictures: a field for its dataclass, by default float32."""
    return setting(
        "float32",
        help="Arithmetic in which the picture is changed: bf16 is faster where the processor has it. The finished "
        "picture is measured in float32 either way.",
    )


def count_setting(default: int) -> Any:  # noqa: ANN401 (as dataclasses.field)
    """How many pictures a method takes for each unit: a field for its dataclass.

    Args:
        default: its default.
    """
    return setting(default, least=1, help="Pictures for each unit: of a set, those that excite it most.")
