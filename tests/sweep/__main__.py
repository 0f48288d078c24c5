"""``python -m tests.sweep [NAME ...]``: one line for each network, and a summary; all networks without a name."""

from __future__ import annotations

import sys
import warnings

from tests.sweep.networks import names, network
from tests.sweep.oracle import Report, report


def main() -> int:
    """Sweep, print, and say by the status whether all was right."""
    warnings.simplefilter("ignore")
    reports: list[Report] = []
    for name in sys.argv[1:] or names():
        try:
            item = report(name, *network(name))
        except Exception as fault:  # noqa: BLE001 (one network must not end the sweep)
            item = Report(name, fault=f"{type(fault).__name__}: {str(fault)[:150]}")
        reports.append(item)
        sys.stdout.write(f"{item.line()}\n")
        sys.stdout.flush()
    right, output = sum(item.right for item in reports), sum(item.output for item in reports)
    missed = sum(len(item.missed) for item in reports)
    layers, mapped = sum(item.layers for item in reports), sum(item.mapped for item in reports)
    sys.stdout.write(
        f"{len(reports)} networks: {right} right, {output} with the network's own output as logits; {layers} runs of "
        f"modules, {mapped} with maps, {missed} without that may have one\n"
    )
    return 0 if right == len(reports) else 1


if __name__ == "__main__":
    sys.exit(main())
