"""What holds for every test."""

from __future__ import annotations

import os

# One thread: the networks here are tiny, and threads that wait for one another on a busy machine cost a hundredfold.
# Set before torch is imported, and handed on to the processes that tests start.
os.environ.setdefault("OMP_NUM_THREADS", "1")
