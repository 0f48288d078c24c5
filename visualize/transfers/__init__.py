"""Worth of features: how much of another task can be read off each layer of a network by a simple classifier."""
