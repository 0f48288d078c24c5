"""Pictures as numbers to optimise, priors and step sizes: the tools of ascent, inversion and dream."""
