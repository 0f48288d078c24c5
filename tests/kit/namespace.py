"""A network and processes apart from the machine's: what listens there on all addresses is heard by nobody else."""

from __future__ import annotations

import fcntl
import functools
import shutil
import socket
import struct
import subprocess

APART = ("unshare", "--map-root-user", "--net", "--pid", "--fork", "--mount-proc", "--kill-child")
"""What to put before a command, so that it has a loopback of its own, and takes all that it started with it."""

_SET_FLAGS, _UP_AND_RUNNING = 0x8914, 0x41  # of the interface, in Linux's words


@functools.cache
def available() -> bool:
    """Whether this machine lets us have one."""
    if shutil.which(APART[0]) is None:
        return False
    return subprocess.run([*APART, "true"], capture_output=True, check=False).returncode == 0


def wake_loopback() -> None:
    """Switch the loopback on, which sleeps at first; to be called within."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh", b"lo", _UP_AND_RUNNING))
