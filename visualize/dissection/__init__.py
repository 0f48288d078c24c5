"""Network Dissection into folders: runs that survive being killed, shards, results, and tables to read again.

* :func:`run` dissects layers of a network over a labelled probe set; :func:`merge` puts shards together.
* :func:`read`, :func:`read_all` and :func:`read_csv` read tables (this project's folders, NetDissect's CSV files) as
  :class:`Table`; ``visualize.dissection(PATH)`` is :func:`read`. They know both ways of counting detectors;
  :func:`read_scores` reads the full unit x concept table.

Names are loaded when they are first used, so that importing this package costs nothing; ``__init__.pyi`` lists them.
"""

import sys
from types import ModuleType

from visualize.methods.lazy import attach

__getattr__, __dir__ = attach(__name__)


class _Package(ModuleType):
    def __call__(self, path, *, layer=None):  # noqa: ANN001, ANN204 (typed in the stub of read)
        """The table of one layer: see :func:`read`."""
        return self.read(path, layer=layer)


sys.modules[__name__].__class__ = _Package
