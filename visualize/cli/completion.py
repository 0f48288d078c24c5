"""What the shell offers when the tab key is pressed; everything here must answer at once, without torch."""

from __future__ import annotations

import typer  # noqa: TC002 (typer reads the annotations at run time)


def models(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:  # noqa: ARG001 (typer's signature)
    """Names of the zoo, with what they are."""
    from visualize.models.registry import listing

    return [(model.name, model.title) for model in listing() if model.name.startswith(incomplete)]


def fetchable(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """Names of the zoo and of the probe sets that can be downloaded."""
    from visualize.data.catalogue import CARDS

    sets = [(card.name, card.title) for card in CARDS.values() if card.resources]
    return [*models(ctx, incomplete), *(one for one in sets if one[0].startswith(incomplete))]


def layers(ctx: typer.Context, incomplete: str) -> list[str]:
    """The names that the model's card knows; all layers, or those of other models, would take the network itself."""
    from visualize.models.registry import card, names

    asked = ctx.params.get("model") or names()[0]
    if asked not in names():
        return []
    found = card(asked)
    known = {found.default_layer, *found.aliases, *found.aliases.values()}
    return sorted(name for name in known if name and name.startswith(incomplete))


def methods(ctx: typer.Context, incomplete: str) -> list[str]:  # noqa: ARG001 (typer's signature)
    """Names of methods, after a comma as well."""
    from methods.registry import entries

    done, comma, begun = incomplete.rpartition(",")
    return [f"{done}{comma}{name}" for name in entries() if name.startswith(begun)]
