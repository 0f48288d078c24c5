"""The network that is looked into, as a guest that is left as it was found.

- ``probe.py``: :class:`~visualize.methods.network.probe.Probe`, the door to it: pictures in, activations and gradients
  out.
- ``preprocessing.py``: how a picture becomes the network's input; ``affine.py`` does its colours in one product.
- ``layer.py``: one layer, and what its positions see of a picture; ``layer_table.py``: all layers by name.
- ``blocks.py``: the layers worth looking at first, found in how the network's modules call one another
  (``call_tree.py``, ``layer_groups.py``).
- ``axes.py``: a layer's output as maps of units, whatever order its axes have.
- ``upsample.py``: maps at the resolution of pictures.
- ``run/``: how the network is run. ``receptive_field/``: which pixels a position sees. ``rectifiers/``: what the
  rectifiers do to a gradient on its way back.
"""
