"""Where a picture's places lie in the outputs of layers: which axis is which, and which token sees which patch.

Axes of convolutions follow from the operations that led to them. All others are found by occlusion: a few small blocks
of a picture of noise are changed, one in each copy, and the place that changes most is the block's. Nothing is told
from counts of tokens or from shapes alone, so queries, latents, windows and matrices of attention are no maps.
"""
