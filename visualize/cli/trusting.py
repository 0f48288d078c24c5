"""``--trust``: remembered while the command runs, and no longer."""

from __future__ import annotations

import typer  # noqa: TC002 (typer reads the annotations at run time)


def granted(ctx: typer.Context, value: bool) -> bool:  # noqa: FBT001 (typer's signature of a callback)
    """Note that the user trusts the code of the model that is asked for."""
    if value and not ctx.resilient_parsing:
        from visualize.models import trust

        trust.grant()
        ctx.call_on_close(trust.withdraw)
    return value
