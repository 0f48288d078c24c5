"""From a model, a layer and a unit to its card: what the command line and a notebook share."""
