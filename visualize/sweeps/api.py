"""Sweeps in one call, from Python."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from visualize.methods.plain_state import plain_state
from visualize.models.trust import trusting
from visualize.notebook import load_torch, usual
from visualize.sweeps.plan_file import plan_of, read_plan
from visualize.sweeps.result import Sweep

if TYPE_CHECKING:
    from pathlib import Path

    from visualize.sweeps.plan import Plan
    from visualize.watch import Watch


def sweep(
    plan: str | Path | Mapping[str, Any],
    *,
    out: str | Path | None = None,
    on: str | None = None,
    dry_run: bool = False,
    trust: bool = False,
    watch: Watch | None = None,
) -> Sweep:
    """Look into many networks at once: every layer of each, on every probe set, by every method.

    What is done already is kept, and what cannot be done is listed with its reason and keeps nothing else from being
    done. All layers of a network share one run over each set.

    Args:
        plan: a TOML file, or what it would hold: ``models``, ``layers``, ``data``, ``methods``, ``seed``, ``device``
            and ``out``, and a table of settings for each method.
        out: the folder of the results; by default the plan's, else ``viz-out/sweep/FILE``.
        on: a Ray cluster whose workers look at the pictures, as ``viz sweep --on`` takes it.
        dry_run: load networks and open sets, and say what there is to do; nothing is done or written.
        trust: let the code run that comes with a model, as :func:`visualize.load` takes it, on workers too.
        watch: shows how the work goes on; by default a bar in a notebook, and nothing elsewhere.

    Returns:
        what became of every item.

    Raises:
        InputError: something in the plan cannot be; the message names the key.

    Example:
        >>> plan = {"models": ["scenes-alexnet", "random/scenes-alexnet"], "layers": ["conv5"], "methods": ["dissect"]}
        >>> sweep(plan, out="swept", dry_run=True)
        <Sweep of 0 done, 2 to do: swept>
    """
    asked = plan_of(plan, out=out) if isinstance(plan, Mapping) else read_plan(plan, out=out)
    with trusting(yes=trust):
        return work(asked, on=on, dry_run=dry_run, watch=watch or usual(), trusted=trust)


@plain_state()
def work(plan: Plan, *, on: str | None, dry_run: bool, watch: Watch, trusted: bool = False) -> Sweep:
    """Do what a plan asks for.

    Args:
        plan: the plan.
        on: the cluster; None is this machine alone.
        dry_run: do nothing, and say what there is to do.
        watch: shows how the work goes on.
        trusted: whether networks' own code may run on workers.

    Raises:
        InputError: something in the plan cannot be, or the folder is in use.
    """
    if on is not None:
        from visualize.cluster.ray_address import check_address

        check_address(on)
    load_torch(watch)
    from visualize.sweeps.measuring import Means
    from visualize.sweeps.sets import Sets
    from visualize.sweeps.work import Work

    means = Means(plan=plan, sets=Sets(plan, watch), watch=watch, on=on, trusted=trusted)
    done = Sweep(plan.out, Work(means, dry=dry_run).done())
    if not dry_run:
        done.save()
    return done
