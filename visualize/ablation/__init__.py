"""Loss of a network without single units, measured on labelled pictures or on its own answers."""
