"""Small drawings that go into panels: highlights, charts, text."""
