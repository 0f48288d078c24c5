"""Everything that a GPU is measured by: ``python -m tests.bench gpu``."""
