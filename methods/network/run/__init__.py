"""How a probe runs a network: on a private twin of it, only as far as needed, and as fast as stays exact."""
