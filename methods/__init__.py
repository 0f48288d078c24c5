"""Ways of looking at one unit of a vision network, behind one interface.

Names are loaded when they are first used, so that importing this package costs nothing; ``__init__.pyi`` lists them.
"""

from methods import moved as _moved
from methods.lazy import attach

__getattr__, __dir__ = attach(__name__)
_moved.register()
