"""The kinds of scene, and what stands in each."""
