"""Names of units in free text, from the similarity of pictures to words, and how clear a unit's pictures are."""
