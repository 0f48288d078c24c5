"""Figures: the unit card and the contact sheet, drawn from any method's panels. Nothing here touches the disk."""

from visualize.figures.about import About
from visualize.figures.card import unit_card
from visualize.figures.contact import Summary, contact_sheet, summary
from visualize.figures.section import Section, sections

__all__ = ["About", "Section", "Summary", "contact_sheet", "sections", "summary", "unit_card"]
