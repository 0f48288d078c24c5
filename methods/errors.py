"""Errors because of what the user gave, as opposed to defects of ours."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class InputError(ValueError):
    """Something the user gave cannot be used.

    The message is one line that says what was wrong, what was expected and what to do; the command line prints it
    as it is and exits with status 2.

    Example:
        >>> from visualize.methods import Saliency
        >>> try:
        ...     Saliency(samples=0)
        ... except InputError as fault:
        ...     print(fault)
        samples is 1 or more, not 0
    """


class UnitError(InputError):
    """A layer that the network does not have, or a unit or position that the layer does not have.

    Example:
        >>> from visualize.methods import Unit
        >>> Unit.parse("conv5")
        Traceback (most recent call last):
        visualize.methods.errors.UnitError: 'conv5' is no unit; write LAYER:UNIT or LAYER:UNIT@ROW,COLUMN, such as
        conv5:79@6,6
    """


class BrokenImage(InputError):  # noqa: N818 (it is what a picture is; Images implementations raise it)
    """One picture of a probe set cannot be read; scans skip and count it.

    Args:
        file: the picture's name within its probe set.
        reason: what is wrong with it, without the name.

    Example:
        >>> print(BrokenImage("street/7.jpg", "it is no picture"))
        street/7.jpg: it is no picture
    """

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


class BrokenImageWarning(UserWarning):
    """Says which picture of a probe set was skipped, and why.

    Example:
        >>> import warnings
        >>> warnings.simplefilter("error", BrokenImageWarning)  # stop at the first broken picture
        >>> warnings.simplefilter("default", BrokenImageWarning)  # go on, and say so
    """


class InputWarning(UserWarning):
    """Says what of the input was left out, or how it was understood where that could be doubted.

    Example:
        >>> import warnings
        >>> warnings.simplefilter("error", InputWarning)  # stop where anything is left out
        >>> warnings.simplefilter("default", InputWarning)  # go on, and say so
    """


class InputNote(UserWarning):
    """Says how the input was understood where nothing is wrong: a piece of information, and no warning.

    Example:
        >>> import warnings
        >>> warnings.simplefilter("ignore", InputNote)  # warnings are said all the same
    """


class MemoryWarning(UserWarning):
    """Says that memory did not hold what was to be done together, and in what parts it is done instead.

    Example:
        >>> import warnings
        >>> warnings.simplefilter("error", MemoryWarning)  # stop, to make room
        >>> warnings.simplefilter("default", MemoryWarning)  # go on, and say so
    """


class NetworkWarning(UserWarning):
    """Says what a network does that results depend on, such as being random in evaluation mode.

    Example:
        >>> import warnings
        >>> warnings.simplefilter("error", NetworkWarning)  # stop at a network that is no pure function
        >>> warnings.simplefilter("default", NetworkWarning)  # go on, and say so
    """


def one_line(fault: BaseException) -> str:
    r"""Message of an exception in one line; the name of its kind where it has none.

    Example:
        >>> one_line(ValueError("two\n  lines")), one_line(MemoryError())
        ('two lines', 'MemoryError')
    """
    return " ".join(str(fault).split()) or type(fault).__name__


def system_words(fault: BaseException) -> str:
    """Reason of an exception in one line: the system's words without number and file, where the system raised it.

    Example:
        >>> system_words(FileNotFoundError(2, "No such file or directory", "gone.png"))
        'No such file or directory'
        >>> system_words(EOFError("it ends early"))
        'it ends early'
    """
    words = fault.strerror if isinstance(fault, OSError) else None
    return words or one_line(fault)


def with_kind(fault: BaseException) -> str:
    """Kind and message of an exception in one line, as a traceback ends with.

    Example:
        >>> with_kind(KeyError("conv5")), with_kind(MemoryError())
        ("KeyError: 'conv5'", 'MemoryError')
    """
    kind, words = type(fault).__name__, " ".join(str(fault).split())
    return f"{kind}: {words}" if words else kind


def suggest(wrong: str, known: Iterable[str], *, most: int = 4) -> str:
    """The end of an error message: ``"; did you mean a, b?"``, or the empty string when nothing known is close.

    Names that begin with what was written come first, in their own order.
    """
    names = list(known)
    lowered = {name.lower(): name for name in reversed(names)}
    begun = [name for name in names if wrong and name.lower().startswith(wrong.lower())]
    close = difflib.get_close_matches(wrong.lower(), list(lowered), n=most, cutoff=0.5)
    names_close = list(dict.fromkeys([*begun, *(lowered[name] for name in close)]))[:most]
    return f"; did you mean {', '.join(names_close)}?" if names_close else ""
