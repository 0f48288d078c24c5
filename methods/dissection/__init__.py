"""Network Dissection (Bau et al. 2017): exact, in one run of the network, in bounded memory.

Two phases. :class:`~visualize.methods.dissection.scanning.Scanning` runs the network over the probe set once; of every
layer it keeps each unit's largest activations so far, whose smallest is a lower bound of the unit's threshold, and
hands what may lie above it, cell by cell, to a :class:`~visualize.methods.dissection.store.Store`. With the thresholds
known, :class:`~visualize.methods.dissection.counting.Counting` works the masks out where a map comes near its
threshold, and counts where they meet the labels. Both can be cut into parts whose results add up exactly.
"""
