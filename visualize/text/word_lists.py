"""Words that units may be called: a file of the user's, or the list that comes along."""

from __future__ import annotations

from pathlib import Path

from visualize.data.files.similarity_files import LONGEST, MOST_WORDS
from visualize.data.files.text_files import content_lines
from visualize.methods.errors import InputError
from visualize.printable import printable

SHIPPED = Path(__file__).with_name("words.txt")
"""Everyday English words for what photographs show, written for this project."""


def read_words(path: str | Path | None = None) -> tuple[str, ...]:
    """Words of a text file, one on each line, those that repeat left out; lines that begin with ``#`` are comments.

    Args:
        path: the file; None takes the list that comes along.

    Raises:
        InputError: the file cannot be read, holds no words, or a line is too long for one.

    Example:
        >>> words = read_words()
        >>> "car" in words, len(words) == len(set(words))
        (True, True)
    """
    file = SHIPPED if path is None else Path(path).expanduser()
    shown = printable(str(file))
    if not file.is_file():
        raise InputError(f"the file of words {shown} {'is a folder' if file.is_dir() else 'does not exist'}")
    lines, _ = content_lines(file)
    words = dict.fromkeys(word.strip() for _, word in lines)
    number, longest = max(((number, word) for number, word in lines), key=lambda line: len(line[1]), default=(0, ""))
    if len(longest) > LONGEST:
        raise InputError(f"{shown}, line {number}: {len(longest):,} letters; a word or phrase has at most {LONGEST}")
    if not words:
        raise InputError(f"{shown} holds no words; write one on each line")
    if len(words) > MOST_WORDS:
        raise InputError(f"{shown} lists {len(words):,} words; at most {MOST_WORDS:,} are compared at once")
    return tuple(words)
