"""Figures: the unit card, contact sheets and the like, drawn from any method's panels."""

from visualize.figures.contact_sheet import Summary, contact_sheet, sheet_block, summary
from visualize.figures.section import Section, sections
from visualize.figures.strip import strip_block
from visualize.figures.unit_card import card_block, unit_card
from visualize.figures.unit_facts import About

__all__ = [
    "About",
    "Section",
    "Summary",
    "card_block",
    "contact_sheet",
    "sections",
    "sheet_block",
    "strip_block",
    "summary",
    "unit_card",
]
