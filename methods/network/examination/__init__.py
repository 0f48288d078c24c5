"""Behaviour of a network when it runs, found out by experiments before anything is measured.

Whoever measures assumes that a forward pass is a pure function which gives one row for each picture, and that it is
known which tensor is the network's answer. Some networks are not like that; these are found out here.

- ``examination.py``: the record of what came out, and how it is said.
- ``experiments.py``: the experiments, a few runs of two or three pictures.
- ``passes.py``: one run of a network, and samples of what all its modules gave; how runs are compared.
- ``output.py``: which tensor is the network's output, and whether it holds logits or probabilities.
- ``memory.py``: what a run changed in the network itself, and in what its code reaches beside it.
- ``facts.py``: what is noted of values, so that a change of them shows.
- ``inputs.py``: why a network does not take a picture, and the wrapper that would help.
"""
