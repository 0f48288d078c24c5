"""Figures: the unit card and the contact sheet, drawn from any method's panels. Nothing here touches the disk."""

from visualize.figures.contact_sheet import Summary, contact_sheet, summary
from visualize.figures.section import Section, sections
from visualize.figures.unit_card import unit_card
from visualize.figures.unit_facts import About

__all__ = ["About", "Section", "Summary", "contact_sheet", "sections", "summary", "unit_card"]
