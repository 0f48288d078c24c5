"""``python -m visualize`` and the script ``viz``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Args:
        arguments: without the program's name; those of the process if None.

    Returns:
        the exit status: 0 when it did what was asked, 2 when something that was given cannot be used, 130 when it was
        interrupted, 1 when it failed.
    """
    try:
        from visualize.cli.app import run

        return run(arguments)
    except BaseException as fault:  # everything ends here that nobody caught
        from visualize.cli.errors import report
        from visualize.user_code import failure

        if not isinstance(fault, Exception | KeyboardInterrupt) and failure(fault) is None:
            raise  # such as what ends Python where a shell asks how a word goes on
        return report(fault)


if __name__ == "__main__":
    sys.exit(main())
