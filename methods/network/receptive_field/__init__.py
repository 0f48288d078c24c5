"""Which pixels of the input a position of a layer's map sees.

- ``field.py``: :class:`~visualize.methods.network.receptive_field.field.ReceptiveField`, the record: size, stride and
  offset.
- ``from_graph.py``: derived from the network's graph; never too small.
- ``from_gradients.py``: measured, for networks without a graph; never too large.
- ``sampling.py``: where pixels lie between the centres of fields, for scaling maps up.
"""
