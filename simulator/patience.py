"""Hold an answer back, as long as there is somebody who waits for it."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable

Gone = Callable[[], bool]
_LOOK_EVERY = 0.05  # seconds


def hold(seconds: float, gone: Gone) -> bool:
    """Wait; return True as soon as the client has gone, whom no answer can reach any more."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, _LOOK_EVERY))
        if left > _LOOK_EVERY and gone():
            return True
    return False


def has_gone(connection: socket.socket) -> bool:
    """Tell whether the other side of a connection closed it, or died."""
    poll = select.poll()
    poll.register(connection, select.POLLIN | select.POLLHUP | select.POLLERR)
    if not poll.poll(0):
        return False
    try:
        return not connection.recv(1, socket.MSG_PEEK)
    except OSError:
        return True
