"""How a probe runs a network: on a private twin of it, only as far as needed, and as fast as stays exact.

- ``runner.py``: chooses the way to run, and checks the fast one against the network itself.
- ``shared_copy.py``: the private twin, which shares the network's weights and nothing else.
- ``duplicate.py``, ``contents.py``: how it is copied, whatever the network holds.
- ``own_hooks.py``, ``byte_code.py``: which hooks are the network's own, and which the user's.
- ``hooks.py``: running the twin as it is; the only place that registers hooks.
- ``writing.py``: gradients of a network that writes over its input.
- ``graph.py``: the network as a graph of operations, where it has one.
- ``optimized_graph.py``: the part of that graph that some layers need, rewritten to run faster.
"""
