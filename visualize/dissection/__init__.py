"""Network Dissection into folders: runs that survive being killed, shards, results, and tables to read again.

* :func:`run` dissects layers of a network over a labelled probe set; :func:`merge` puts shards together.
* :func:`read`, :func:`read_all` and :func:`read_csv` read tables (this project's folders, NetDissect's CSV files) as
  :class:`Table`, with both ways of counting detectors; :func:`read_scores` reads the full unit x concept table.

Names are loaded when they are first used, so that importing this package costs nothing; ``__init__.pyi`` lists them.
"""

from visualize.methods.lazy import attach

__getattr__, __dir__ = attach(__name__)
