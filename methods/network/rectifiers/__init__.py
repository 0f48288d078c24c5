"""The rectifiers of a network, and what each does to the gradient on its way back.

- ``rules.py``: the rules, as values: :data:`~visualize.methods.network.rectifiers.rules.DECONVOLUTION`,
  :data:`~visualize.methods.network.rectifiers.rules.GUIDED`, a leak; and how to write one's own.
- ``override.py``: ``with rectified(rule):`` puts a rule in force for whatever a network runs.
- ``kinds.py``: the one table of rectifiers, and how a call of one is recognised.
- ``forms.py``: what one such call does to a signal: hard, leaky, smooth.
- ``composed.py``: rectifiers that a network puts together from other operations.
- ``operations.py``: what a rectifier under a rule is in torch's graph of the way back.
- ``reach.py``: which rectifiers are on the way to an output, and which a rule cannot reach.
"""
