"""Several dissections side by side: counts, the concepts that only one has, the best unit of each for a concept."""
