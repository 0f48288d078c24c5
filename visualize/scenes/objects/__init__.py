"""Things that stand in scenes, and how they are drawn."""
