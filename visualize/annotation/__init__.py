"""Naming by people: a local page that asks what units look for, what people answered, and how far they agree."""
