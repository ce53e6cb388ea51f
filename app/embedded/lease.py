"""Who uses the embedded services of a data folder, kept by the kernel.

Every process that uses them holds a shared lock on one file as long as it lives. Whoever can take
that lock exclusively is alone, so the last one out may stop the services. A process killed with
-9 drops its lock by dying: there is no list of process ids that could lie.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_held: dict[Path, tuple[int, int]] = {}  # folder -> (file descriptor, process that opened it)


@contextmanager
def exclusively(folder: Path) -> Iterator[None]:
    """Let one process at a time start or stop the services of a folder; the others wait."""
    descriptor = _open(folder / "lock")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def join(folder: Path) -> bool:
    """Count this process as a user; return False when it was counted already."""
    if holds(folder):
        return False
    descriptor = _open(folder / "users")
    fcntl.flock(descriptor, fcntl.LOCK_SH)
    _held[folder] = (descriptor, os.getpid())
    return True


def leave(folder: Path) -> None:
    """Stop counting this process; do nothing in a fork of one that joined."""
    if holds(folder):
        descriptor, _ = _held.pop(folder)
        os.close(descriptor)  # not LOCK_UN, which would also take the lock from our forks


def holds(folder: Path) -> bool:
    """Tell whether this very process, not a fork's parent, is counted as a user."""
    return folder in _held and _held[folder][1] == os.getpid()


def unused(folder: Path) -> bool:
    """Tell whether no process uses the services of a folder."""
    descriptor = _open(folder / "users")
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def _open(path: Path) -> int:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
