"""Looking into vision networks: what does this unit look for, and how sure are we?

In a notebook::

    import visualize as viz

    viz.unit("places-squeezenet", "fire9", 123, images="photographs")
    viz.look("saliency", "places-squeezenet", "fire9", 123, image="photograph.jpg")

Names are loaded when they are first used, so that importing this package costs nothing; ``__init__.pyi`` lists them.
"""

from methods.lazy import attach
from visualize import moved as _moved

__getattr__, __dir__ = attach(__name__)
_moved.register()
