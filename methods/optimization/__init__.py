"""What ascent, inversion and dream share."""
